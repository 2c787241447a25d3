"""How often each corpus is seen in an epoch, and which rows make up a part of an epoch.

An epoch over more pairs than a plan of batches should hold in memory is cut into parts: blocks of
neighbouring rows, drawn at random from all corpora.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

BLOCK = 8192  # neighbouring rows that are read together
PART = 1 << 19  # rows of a part at most; 56 bytes each while it is planned


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


class _Block(NamedTuple):
    """Neighbouring rows of an epoch."""

    first: int
    size: int
    copies: float  # how many times they are seen
    seen: int  # how many times another block of the same rows has them


@dataclass(frozen=True, slots=True)
class EpochRows:
    """The rows of each epoch, a pure function of (seed, epoch, part).

    A row that is seen again has another number each time, so that it can be changed in another way:
    the numbers of row r of n are r, r + n, r + 2n ...
    """

    shares: tuple[Share, ...]
    part_rows: int = PART
    block: int = BLOCK

    @property
    def parts(self) -> int:
        """The number of parts of an epoch."""
        return max(1, -(-self._row_count() // self.part_rows))

    def rows(self, *, seed: int, epoch: int, part: int) -> np.ndarray:
        """The rows of one part as such numbers, ascending."""
        blocks = self._blocks()
        if self.parts > 1:
            order = np.random.default_rng((seed, epoch)).permutation(len(blocks))
            chosen = np.array_split(order, self.parts)[part]
            blocks = [blocks[number] for number in sorted(chosen)]
        total = sum(share.pairs for share in self.shares)
        pieces = [_pick(block, total, (seed, epoch, block.first)) for block in blocks]
        return np.sort(np.concatenate(pieces)) if pieces else np.zeros(0, dtype=np.int64)

    def _row_count(self) -> int:
        return round(sum(share.pairs * share.copies for share in self.shares))

    def _blocks(self) -> list[_Block]:
        """The blocks of an epoch."""
        blocks: list[_Block] = []
        start = 0
        for share in self.shares:
            for first in range(start, start + share.pairs, self.block):
                size = min(self.block, start + share.pairs - first)
                most = max(1, self.block // size)  # copies of a small block that make a large one
                large = int(share.copies) // most * most
                blocks += [_Block(first, size, float(most), n) for n in range(0, large, most)]
                if share.copies > large:
                    blocks.append(_Block(first, size, share.copies - large, large))
            start += share.pairs
        return blocks


def _pick(block: _Block, total: int, seed: tuple[int, int, int]) -> np.ndarray:
    """The rows of a block, as many times as it is seen; of a part of one time, a random choice."""
    whole, first = int(block.copies), block.first + block.seen * total
    rows = np.add.outer(np.arange(whole) * total, first + np.arange(block.size)).ravel()
    if block.copies == whole:
        return rows
    random = np.random.default_rng(seed)
    part = (block.copies - whole) * block.size
    count = int(part + random.random())  # in the mean this part
    return np.concatenate([rows, first + whole * total + random.permutation(block.size)[:count]])
