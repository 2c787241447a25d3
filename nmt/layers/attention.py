"""Attention: a weighted mean of the source, weighted by how well it answers a query.

    context_t = sum_s a_ts value_s        a_t = softmax_s(score(query_t, key_s))

B sentences, T queries (target steps), S source positions, H hidden size. Every attention is pure:
`keys(memory)` and `values(memory)` are computed once a sentence, then each call maps
(query (B, T, H), keys, values, mask (B, S)) to (context (B, T, H), weights (B, T, S)).
"""

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nmt.layers.precision import widen


class Attention(Protocol):
    """What a decoder knows of attention."""

    def keys(self, memory: Tensor) -> Tensor:
        """(B, S, H) -> (B, S, H)."""
        ...

    def values(self, memory: Tensor) -> Tensor:
        """(B, S, H) -> (B, S, H)."""
        ...

    def __call__(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, T, H), (B, S, H), (B, S, H), (B, S) -> context (B, T, H), weights (B, T, S)."""
        ...


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the last axis, with weight 0 where the mask is False; both (..., S)."""
    return F.softmax(widen(scores).masked_fill(~mask, float("-inf")), dim=-1)


class DotAttention(nn.Module):
    """score(q, k) = q . k (Luong et al. 2015, "dot")."""

    def __init__(self, size: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def keys(self, memory: Tensor) -> Tensor:
        """The memory itself."""
        return memory

    def values(self, memory: Tensor) -> Tensor:
        """The memory itself."""
        return memory

    def forward(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, T, H), keys and values (B, S, H), mask (B, S) -> (B, T, H), (B, T, S)."""
        scores = query @ keys.transpose(1, 2)  # (B, T, S)
        weights = masked_softmax(scores, mask[:, None]).to(values.dtype)
        return self.dropout(weights) @ values, weights


class GeneralAttention(DotAttention):
    """score(q, k) = q . W k (Luong et al. 2015, "general")."""

    def __init__(self, size: int, dropout: float) -> None:
        super().__init__(size, dropout)
        self.project = nn.Linear(size, size, bias=False)
        nn.init.xavier_uniform_(self.project.weight)

    def keys(self, memory: Tensor) -> Tensor:
        """W k."""
        projected: Tensor = self.project(memory)
        return projected


class AdditiveAttention(nn.Module):
    """score(q, k) = v . tanh(W q + U k + b) (Bahdanau et al. 2015)."""

    def __init__(self, size: int, dropout: float) -> None:
        super().__init__()
        self.project_query = nn.Linear(size, size)
        self.project_key = nn.Linear(size, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)
        self.dropout = nn.Dropout(dropout)
        for layer in (self.project_query, self.project_key, self.score):
            nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(self.project_query.bias)

    def keys(self, memory: Tensor) -> Tensor:
        """U k."""
        projected: Tensor = self.project_key(memory)
        return projected

    def values(self, memory: Tensor) -> Tensor:
        """The memory itself."""
        return memory

    def forward(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, T, H), keys and values (B, S, H), mask (B, S) -> (B, T, H), (B, T, S)."""
        # (B, T, 1, H) + (B, 1, S, H) -> (B, T, S, H) -> (B, T, S)
        hidden = torch.tanh(self.project_query(query)[:, :, None] + keys[:, None])
        weights = masked_softmax(self.score(hidden)[..., 0], mask[:, None]).to(values.dtype)
        return self.dropout(weights) @ values, weights


class ConcatAttention(nn.Module):
    """score(q, k) = v . tanh(W [q; k]) (Luong et al. 2015, "concat")."""

    def __init__(self, size: int, dropout: float) -> None:
        super().__init__()
        self.project = nn.Linear(2 * size, size, bias=False)  # W = [W_q, W_k]
        self.score = nn.Linear(size, 1, bias=False)
        self.dropout = nn.Dropout(dropout)
        nn.init.xavier_uniform_(self.project.weight)
        nn.init.xavier_uniform_(self.score.weight)

    def keys(self, memory: Tensor) -> Tensor:
        """W_k k, which with W_q q makes W [q; k]."""
        return F.linear(memory, self.project.weight[:, memory.shape[2] :])

    def values(self, memory: Tensor) -> Tensor:
        """The memory itself."""
        return memory

    def forward(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, T, H), keys and values (B, S, H), mask (B, S) -> (B, T, H), (B, T, S)."""
        projected = F.linear(query, self.project.weight[:, : query.shape[2]])
        hidden = torch.tanh(projected[:, :, None] + keys[:, None])  # (B, T, S, H)
        weights = masked_softmax(self.score(hidden)[..., 0], mask[:, None]).to(values.dtype)
        return self.dropout(weights) @ values, weights
