"""Batches of similar lengths, bounded by padded tokens; their order is f(seed, epoch).

B sentences, S source length, T target length, all with padding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nmt.corpus.encoded import EncodedCorpus
from nmt.corpus.token_links import attention_of_links
from nmt.text.vocabulary import BOS, EOS, PAD

# Matrix kernels are fastest on whole tiles, and are made anew for each shape they first meet.
# benchmarks/RESULTS.md has what rounding gives.
ROWS_MULTIPLE = 8
LENGTH_MULTIPLE = 2


@dataclass(frozen=True, slots=True)
class Batch:
    """Sentence pairs as tensors; source and target_output end in EOS, target_input starts BOS."""

    source: Tensor  # (B, S) int64
    source_lengths: Tensor  # (B,) int64, EOS included
    target_input: Tensor  # (B, T) int64
    target_output: Tensor  # (B, T) int64, PAD where there is nothing to predict
    alignment: Tensor | None = None  # (B, T, S) the attention that was given, zeros where none was

    @property
    def target_tokens(self) -> int:
        """Predicted tokens, without padding."""
        return int((self.target_output != PAD).sum())

    @property
    def source_tokens(self) -> int:
        """Source tokens, without padding."""
        return int(self.source_lengths.sum())

    def __len__(self) -> int:
        return len(self.source)

    def rows(self, rows: slice) -> "Batch":
        """A part of the sentences, as padded as the whole."""
        return self._each(lambda tensor: tensor[rows])

    def twice(self) -> "Batch":
        """All sentences, and then all of them again."""
        return self._each(lambda tensor: torch.cat((tensor, tensor)))

    def to(self, device: torch.device) -> "Batch":
        """The same batch on a device; the lengths too."""
        return self._each(lambda tensor: tensor.to(device))

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        return Batch(
            change(self.source),
            change(self.source_lengths),
            change(self.target_input),
            change(self.target_output),
            None if self.alignment is None else change(self.alignment),
        )


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The batches of one epoch, as rows of the corpus."""

    batches: tuple[np.ndarray, ...]
    real_tokens: float  # share of the padded tokens of both sides that are real

    def __len__(self) -> int:
        return len(self.batches)


def plan_batches(
    lengths: tuple[np.ndarray, np.ndarray],
    batch_tokens: int,
    *,
    seed: int,
    epoch: int,
    part: int = 0,
) -> BatchPlan:
    """Plan an epoch, or a part of one: every row once, similar lengths together, in random order.

    Args:
        lengths: tokens of each sentence, source (rows,) and target (rows,), without BOS and EOS.
        batch_tokens: B * max(S, T) of a batch is at most this (but a batch has one row at least).
        seed, epoch, part: the plan is a pure function of them and of the lengths.
    """
    random = np.random.default_rng((seed, epoch, part) if part else (seed, epoch))
    source, target = (side.astype(np.int64) + 1 for side in lengths)  # EOS or BOS
    order = _sort_by_both_lengths(source, target, random)
    padded_source, padded_target = padded_length(source), padded_length(target)
    batches = _cut(order, np.maximum(padded_source, padded_target), batch_tokens)
    shuffled = [batches[i] for i in random.permutation(len(batches))]
    padded = sum(len(b) * int(padded_source[b].max() + padded_target[b].max()) for b in batches)
    return BatchPlan(tuple(shuffled), float(source.sum() + target.sum()) / max(1, padded))


def padded_length(length: Any) -> Any:
    """The length, or an array of them, that sequences are padded to."""
    return -(-length // LENGTH_MULTIPLE) * LENGTH_MULTIPLE


def _sort_by_both_lengths(
    source: np.ndarray, target: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Rows by source length and, within one, by target length: up for odd ones, down for even.

    The turning direction puts the ends of neighbouring source lengths beside each other; equal
    rows stand in random order.
    """
    rows = random.permutation(len(source))
    turning = np.where(source[rows] % 2, target[rows], -target[rows])
    return rows[np.lexsort((turning, source[rows]))]


def _cut(order: np.ndarray, longer: np.ndarray, batch_tokens: int) -> list[np.ndarray]:
    """Cut the sorted rows into batches of at most `batch_tokens` padded tokens.

    The number of rows is a multiple of `ROWS_MULTIPLE` where so many fit; the others come first in
    the next batch.
    """
    batches: list[np.ndarray] = []
    start, end, longest = 0, 0, 0
    while end < len(order):
        longest = max(longest, int(longer[order[end]]))
        if end > start and (end + 1 - start) * longest > batch_tokens:
            rows = end - start
            rows -= rows % ROWS_MULTIPLE if rows > ROWS_MULTIPLE else 0
            batches.append(order[start : start + rows])
            start, end, longest = start + rows, start + rows, 0
        else:
            end += 1
    if start < len(order):
        batches.append(order[start:])
    return batches


def make_batch(corpus: EncodedCorpus, rows: Sequence[int] | np.ndarray) -> Batch:
    """The tensors of the given rows of a corpus."""
    sources = [corpus.source.sentence(int(row)) for row in rows]
    targets = [corpus.target.sentence(int(row)) for row in rows]
    batch = collate(sources, targets)
    if corpus.links is None:
        return batch
    shape = (*batch.target_output.shape, batch.source.shape[1])
    links = [corpus.links.sentence(int(row)) for row in rows]
    return replace(batch, alignment=attention_of_links(links, shape))


def collate(
    sources: Sequence[Sequence[int] | np.ndarray], targets: Sequence[Sequence[int] | np.ndarray]
) -> Batch:
    """Pad token ids of sentence pairs into a batch."""
    source, lengths = pad_sources(sources)
    size = padded_length(max(len(target) for target in targets) + 1)
    target_input = np.full((len(targets), size), PAD, dtype=np.int64)
    target_output = np.full((len(targets), size), PAD, dtype=np.int64)
    target_input[:, 0] = BOS
    for row, target in enumerate(targets):
        target_input[row, 1 : len(target) + 1] = target
        target_output[row, : len(target)] = target
        target_output[row, len(target)] = EOS
    return Batch(source, lengths, torch.from_numpy(target_input), torch.from_numpy(target_output))


def pad_sources(sources: Sequence[Sequence[int] | np.ndarray]) -> tuple[Tensor, Tensor]:
    """Source sentences with EOS, padded: (B, S) and their lengths (B,)."""
    lengths = [len(source) + 1 for source in sources]
    padded = np.full((len(sources), padded_length(max(lengths))), PAD, dtype=np.int64)
    for row, source in enumerate(sources):
        padded[row, : len(source)] = source
        padded[row, len(source)] = EOS
    return torch.from_numpy(padded), torch.tensor(lengths)
