"""The attentions by name, and what a decoder keeps of the source that one of them reads.

B sentences or rows, T queries (target steps), S source positions, H hidden size.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from nmt.layers.attention import (
    AdditiveAttention,
    Attention,
    ConcatAttention,
    DotAttention,
    GeneralAttention,
)
from nmt.layers.coverage_attention import CoverageAttention
from nmt.layers.local_attention import LocalAttention
from nmt.layers.multihead_attention import MultiHeadAdditiveAttention, MultiHeadAttention
from nmt.layers.precision import wide_dtype, widen

MakeAttention = Callable[[int, float], nn.Module]  # size H, dropout

ATTENTIONS: dict[str, MakeAttention] = {
    "dot": DotAttention,
    "general": GeneralAttention,
    "additive": AdditiveAttention,
    "concat": ConcatAttention,
    "local": LocalAttention,
    "coverage": CoverageAttention,
}
MULTIHEAD_ATTENTIONS: dict[str, Callable[[int, float, int], nn.Module]] = {
    "multihead": MultiHeadAttention,
    "multihead_additive": MultiHeadAdditiveAttention,
}


@dataclass(frozen=True, slots=True)
class Attended:
    """One source as one attention reads it, row by row."""

    keys: Tensor  # (B, S, H)
    values: Tensor  # (B, S, H)
    mask: Tensor  # (B, S)
    covered: Tensor | None = None  # (B, S) sum of the weights so far, where the attention asks

    def rows(self, index: Tensor, *, moved: bool) -> "Attended":
        """The rows of an index; unless they `moved` to other sentences, only their past differs."""
        covered = None if self.covered is None else self.covered[index]
        if not moved:
            return replace(self, covered=covered)
        return Attended(self.keys[index], self.values[index], self.mask[index], covered)


def attended(attention: nn.Module, memory: Tensor, mask: Tensor) -> Attended:
    """What an attention will read of a memory (B, S, H)."""
    reader: Attention = attention  # type: ignore[assignment]
    covered = None
    if isinstance(attention, CoverageAttention):
        covered = torch.zeros(mask.shape, dtype=wide_dtype(memory), device=mask.device)
    return Attended(reader.keys(memory), reader.values(memory), mask, covered)


def attend(
    attention: nn.Module, query: Tensor, source: Attended
) -> tuple[Tensor, Tensor, Attended]:
    """Queries (B, T, H) -> context (B, T, H), weights (B, T, S), what the next query will read."""
    if source.covered is None:
        context, weights = attention(query, source.keys, source.values, source.mask)
        return context, weights, source
    context, weights = attention(query, source.keys, source.values, source.mask, source.covered)
    covered = source.covered + widen(weights).sum(dim=1)
    return context, weights, replace(source, covered=covered)
