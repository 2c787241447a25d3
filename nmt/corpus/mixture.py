"""How often each corpus is seen in an epoch, and which rows make up a part of an epoch.

An epoch over more pairs than a plan of batches should hold in memory is cut into parts: blocks of
neighbouring rows, drawn at random from all corpora.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BLOCK = 8192  # neighbouring rows that are read together
PART = 1 << 21  # rows of a part at most; 40 bytes each while it is planned


@dataclass(frozen=True, slots=True)
class Share:
    """One corpus of the mixture."""

    name: str
    pairs: int
    copies: float  # how often a pair of it is seen in an epoch


def mix(
    names: Sequence[str], pairs: Sequence[int], weights: Sequence[float], temperature: float
) -> tuple[Share, ...]:
    """The effective mixture of corpora.

    A pair of corpus i, of n_i pairs, is seen w_i * (n_max / n_i)^(1 - 1/T) times in an epoch, so
    that corpora are drawn in proportion to w_i * n_i^(1/T) (Arivazhagan et al. 2019, section 3.1):
    T = 1 leaves their sizes as they are, a large T makes them equal.

    Args:
        names, pairs, weights: of each corpus.
        temperature: T, at least 1.
    """
    largest = max(pairs, default=0)
    return tuple(
        Share(name, count, weight * (largest / max(1, count)) ** (1 - 1 / temperature))
        for name, count, weight in zip(names, pairs, weights, strict=True)
    )


@dataclass(frozen=True, slots=True)
class EpochRows:
    """The rows of each epoch, a pure function of (seed, epoch, part)."""

    shares: tuple[Share, ...]
    part_rows: int = PART
    block: int = BLOCK

    @property
    def parts(self) -> int:
        """The number of parts of an epoch."""
        return max(1, -(-self._row_count() // self.part_rows))

    def rows(self, *, seed: int, epoch: int, part: int) -> np.ndarray:
        """The rows of one part, ascending; one seen twice stands there twice."""
        blocks = self._blocks()
        if self.parts > 1:
            order = np.random.default_rng((seed, epoch)).permutation(len(blocks))
            chosen = np.array_split(order, self.parts)[part]
            blocks = [blocks[number] for number in sorted(chosen)]
        pieces = [
            _pick(first, size, copies, (seed, epoch, first)) for first, size, copies in blocks
        ]
        return np.sort(np.concatenate(pieces)) if pieces else np.zeros(0, dtype=np.int64)

    def _row_count(self) -> int:
        return round(sum(share.pairs * share.copies for share in self.shares))

    def _blocks(self) -> list[tuple[int, int, float]]:
        """Blocks of an epoch: first row, number of rows, and how many times they are seen."""
        blocks: list[tuple[int, int, float]] = []
        start = 0
        for share in self.shares:
            for first in range(start, start + share.pairs, self.block):
                size = min(self.block, start + share.pairs - first)
                most = max(1, self.block // size)  # copies of a small block that make a large one
                whole, copies = int(share.copies), share.copies
                blocks += [(first, size, float(most))] * (whole // most)
                if rest := copies - whole // most * most:
                    blocks.append((first, size, rest))
            start += share.pairs
        return blocks


def _pick(first: int, size: int, copies: float, seed: tuple[int, int, int]) -> np.ndarray:
    """The rows of a block, as many times as it is seen; of a part of one time, a random choice."""
    whole = int(copies)
    rows = np.tile(np.arange(first, first + size), whole)
    if copies == whole:
        return rows
    random = np.random.default_rng(seed)
    count = int((copies - whole) * size + random.random())  # in the mean (copies - whole) * size
    return np.concatenate([rows, first + random.permutation(size)[:count]])
