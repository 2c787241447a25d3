"""A small lexicon learnt from a corpus: words as vectors, near where one translates the other.

Letters: N sentences, V words of a side, D numbers of a vector, U places of a sketch.

For a source word s and a target word t, which occur in n(s) and n(t) of N pairs and in n(s, t)
together, the pointwise mutual information is

    W(s, t) = log(N n(s, t) / (n(s) n(t)))

kept where n(s, t) is clearly above chance, 0 elsewhere. A truncated singular value decomposition,
W = P diag(w) Q', makes the rows of P diag(w)^1/2 the vectors of the source words and those of
Q diag(w)^1/2 the vectors of the target words (randomized: Halko, Martinsson and Tropp 2011,
algorithm 4.4). A sentence is the sum of its words, scaled to length 1: the product of two sentences
is high where they translate each other.

Words that the lexicon doesn't know, and numbers, are matched by spelling: the sketch of a sentence
adds +1 or -1 in a place drawn by the word's hash (Charikar et al. 2002), so the product of two
sketches counts the words in common, nearly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmt.corpus.check.words import Vocabulary, words

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

TINY = 1e-6  # below this, a singular value is 0 for single precision
RANK = 128  # D
SKETCH = 128  # U
CLEARLY = 3.0  # standard deviations above chance
PAIRS_AT_ONCE = 2000
POWER = 2  # steps of the power method; more add little
SPARE = 16  # dimensions above RANK, for precision
AROUND = 10  # lines on each side: few, so that most of a table is compared with itself


@dataclass(frozen=True, slots=True)
class Sentences:
    """N sentences of one side, as vectors."""

    vectors: Floats  # (N, D), of length 1; 0 where no word is known
    sketches: Floats  # (N, U)
    lengths: Floats  # (N,): logarithm of the number of characters; NaN when there are none
    levels: Floats  # (N,): mean of the lengths of a sentence and of the AROUND on each side of it

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, rows: slice) -> "Sentences":
        return Sentences(
            self.vectors[rows], self.sketches[rows], self.lengths[rows], self.levels[rows]
        )


def join(parts: Sequence[Sentences]) -> Sentences:
    """The sentences of all parts, in order."""
    return Sentences(
        np.concatenate([part.vectors for part in parts]),
        np.concatenate([part.sketches for part in parts]),
        np.concatenate([part.lengths for part in parts]),
        np.concatenate([part.levels for part in parts]),
    )


@dataclass(frozen=True, slots=True)
class Bags:
    """The words of N sentences, each once a sentence."""

    ids: Integers  # of all sentences, one after the other
    starts: Integers  # (N + 1,): where those of each sentence start, and the end
    lengths: Floats  # (N,): as in Sentences

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, rows: slice) -> "Bags":
        starts = self.starts[rows.start : rows.stop + 1]
        ids = self.ids[starts[0] : starts[-1]]
        return Bags(ids, starts - starts[0], self.lengths[rows])

    def known(self, size: int) -> list[Integers]:
        """The ids below `size` of each sentence."""
        return [part[part < size] for part in np.split(self.ids, self.starts[1:-1])]


def bags(lines: Iterable[str], vocabulary: Vocabulary) -> Bags:
    """Look up the words of lines."""
    ids: list[int] = []
    starts = [0]
    lengths: list[int] = []
    for line in lines:
        ids += set(map(vocabulary.__getitem__, words(line)))
        starts.append(len(ids))
        lengths.append(len(line.strip()))
    characters = np.array(lengths, dtype=np.float32)
    characters[characters == 0] = np.nan
    return Bags(np.array(ids, dtype=np.int64), np.array(starts), np.log(characters))


def embed(bag: Bags, table: Floats) -> Sentences:
    """Consecutive sentences from their words and the vectors (V, D) of the words."""
    unknown = np.flatnonzero(bag.ids >= len(table))
    rows = np.searchsorted(bag.starts, unknown, side="right") - 1
    hashes = bag.ids[unknown] - len(table)
    sketches = np.bincount(
        rows * SKETCH + hashes % SKETCH,
        weights=1.0 - 2.0 * (hashes // SKETCH % 2),
        minlength=len(bag) * SKETCH,
    )
    vectors = _sums(bag, np.concatenate((table, np.zeros((1, table.shape[1]), table.dtype))))
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(norms > 0, norms, 1)
    signs: Floats = sketches.reshape(-1, SKETCH).astype(np.float32)
    return Sentences(vectors, signs, bag.lengths, _levels(bag.lengths))


def _levels(lengths: Floats) -> Floats:
    """The mean of the lengths around each one, without those that are NaN; 0 where all are."""
    full = ~np.isnan(lengths)
    sums, counts = (
        np.cumsum(np.concatenate(([0.0], numbers)))
        for numbers in (np.where(full, lengths, 0), full)
    )
    lines = np.arange(len(lengths))
    first, stop = np.maximum(lines - AROUND, 0), np.minimum(lines + AROUND + 1, len(lengths))
    levels: Floats = (sums[stop] - sums[first]) / np.maximum(counts[stop] - counts[first], 1)
    return levels.astype(np.float32)


def _sums(bag: Bags, table: Floats) -> Floats:
    """The sum (N, D) of the vectors of each sentence's words; the last of `table` is for others."""
    ids = np.minimum(bag.ids, len(table) - 1)
    counts = np.diff(bag.starts)
    order = np.argsort(-counts, kind="stable")  # so that sentences with an n-th word come first
    starts, counts = bag.starts[:-1][order], counts[order]
    sums = np.zeros((len(bag), table.shape[1]), dtype=np.float32)
    for place in range(counts.max(initial=0)):
        rows = np.searchsorted(-counts, -place)
        sums[:rows] += table[ids[starts[:rows] + place]]
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return sums[back]


def word_vectors(
    source: Bags, target: Bags, pairs: tuple[Integers, Integers], sizes: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Vectors of the source words (V, D) and of the target words (V, D).

    `pairs` are rows of `source` and rows of `target` that are taken to translate each other;
    `sizes` are those of the two vocabularies.
    """
    association = _association(source, target, pairs, sizes)
    rank = min(RANK, *sizes)
    generator = np.random.default_rng(1)
    basis = generator.standard_normal((sizes[1], rank + SPARE), dtype=np.float32)
    # Products with W and W' find the space of its greatest singular values.
    basis = _orthonormal(association @ basis)
    for _ in range(POWER):
        basis = _orthonormal(association.T @ basis)
        basis = _orthonormal(association @ basis)
    projected = association.T @ basis  # (V of the target, D)
    squares, left = np.linalg.eigh(projected.T @ projected)
    values = np.sqrt(np.maximum(squares[::-1][:rank], TINY))
    left = left[:, ::-1][:, :rank]
    return basis @ left * np.sqrt(values), projected @ left / np.sqrt(values)


def _orthonormal(columns: Floats) -> Floats:
    """An orthonormal basis of the space that columns span.

    By the eigenvectors of their products, which takes a tenth of the time of a QR decomposition.
    """
    squares, vectors = np.linalg.eigh(columns.T @ columns)
    basis: Floats = columns @ (vectors / np.sqrt(np.maximum(squares, TINY)))
    return basis


def _association(
    source: Bags, target: Bags, pairs: tuple[Integers, Integers], sizes: tuple[int, int]
) -> Floats:
    """W (V of the source, V of the target)."""
    together = np.zeros(sizes[0] * sizes[1], dtype=np.float32)
    if len(pairs[0]) == 0:
        return together.reshape(sizes)
    sources, targets = source.known(sizes[0]), target.known(sizes[1])
    lefts, rights = [sources[i] for i in pairs[0]], [targets[j] for j in pairs[1]]
    alone = [
        np.bincount(np.concatenate(side), minlength=size)
        for side, size in zip((lefts, rights), sizes, strict=True)
    ]
    for start in range(0, len(lefts), PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        keys = [
            (left[:, None] * sizes[1] + right).ravel()
            for left, right in zip(lefts[part], rights[part], strict=True)
        ]
        _count(together, np.concatenate(keys))
    places = np.flatnonzero(together > 1)
    observed = together[places].astype(np.float64)
    expected = alone[0][places // sizes[1]] * alone[1][places % sizes[1]] / len(lefts)
    clear = observed - expected > CLEARLY * np.sqrt(expected + 0.5)
    together[:] = 0
    together[places[clear]] = np.log(observed[clear] / expected[clear])
    return together.reshape(sizes)


def _count(counts: Floats, keys: Integers) -> None:
    """Add 1 to `counts` at each key."""
    ordered = np.sort(keys.astype(np.int32))
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    counts[ordered[first]] += np.diff(first, append=len(ordered))
