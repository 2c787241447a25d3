"""Which lines of a sample are pairs, though the sides of the corpus may have slipped.

First each piece of the sample is moved to the offset at which lengths correlate best and most
unknown words and numbers are shared. Then a lexicon learnt from one half of the pieces aligns the
lines of the other half, so that no piece is judged by what was learnt from its own mistakes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nmt.corpus.check.evidence import (
    FEATURES,
    LOST,
    OFFSETS,
    REACH,
    band_features,
    blank,
    learn_weights,
    log_odds,
    state_evidence,
)
from nmt.corpus.check.lexicon import Bags, Floats, Integers, Sentences, bags, embed, join
from nmt.corpus.check.lexicon import word_vectors as learn_word_vectors
from nmt.corpus.check.offset_path import OffsetPath
from nmt.corpus.check.words import learn_vocabulary, words
from nmt.corpus.sentence_pair import SentencePair

VOCABULARY_SIZE = 4096
PIECE = 250  # pairs: enough to tell their offset, few enough to have a single one mostly
PENALTY = 10.0  # low: it costs little to leave out a few pairs that are none
ROUNDS = 3
SURE = 4.5  # standard deviations by which an offset must stand out among the others
HEARD = 3.0  # and by which a stretch must be above none; the best of 65 by chance stays below
FEWEST = 20  # lines from which a correlation is taken
STRANGERS = (-21, -13, -8, -5, -3, -2, -1, 1, 2, 3, 5, 8, 13, 21)  # lines away from the true one


@dataclass(frozen=True, slots=True)
class Calibration:
    """What evidence to expect: the weights of the features, and means in the sample."""

    weights: Floats  # (F,)
    true: float  # evidence of pairs for their offset
    false: float  # and for offsets close to it


class AlignedSample:
    """Pieces of a corpus, and for each line of the source the offset of its target."""

    def __init__(self, windows: Sequence[Sequence[SentencePair]]) -> None:
        self.pieces = _pieces([len(window) for window in windows])
        sources = [pair.source for window in windows for pair in window]
        targets = [pair.target for window in windows for pair in window]
        self.vocabularies = (
            learn_vocabulary(map(words, sources), VOCABULARY_SIZE),
            learn_vocabulary(map(words, targets), VOCABULARY_SIZE),
        )
        self._source: Bags = bags(sources, self.vocabularies[0])
        self._target: Bags = bags(targets, self.vocabularies[1])
        self._states: Integers = np.full(
            len(sources), REACH
        )  # of each line: offset + REACH, or LOST

    def align(self, sure: float = -np.inf) -> Calibration:
        """Find the offset of each line, and what evidence to expect.

        Offsets at which no stretch has evidence of `sure` standard deviations are left out.
        """
        self._guess()
        for _ in range(ROUNDS):
            features = self._features()
            true, false = map(_full, self._examples(features))
            if len(true) < FEWEST or len(false) < FEWEST:
                return Calibration(np.zeros(FEATURES, dtype=np.float32), 0.0, 0.0)
            weights = learn_weights(true, false)
            evidence = [state_evidence(log_odds(band, weights), 0.0) for band in features]
            before = self._states.copy()
            self._follow(evidence, sure)
            if (self._states == before).all():
                break
        true, false = self._examples(evidence)
        if len(true) == 0 or len(false) == 0:
            return Calibration(weights, 0.0, 0.0)
        return Calibration(weights, float(true.mean()), float(false.mean()))

    def _follow(self, evidence: list[Floats], sure: float) -> None:
        """Take the best path through each piece; it may begin at any offset.

        Of lines that belong together at none, some offset is the best by chance. A lexicon learnt
        from it would find it again, so no offset is taken that stands out nowhere.
        """
        found: list[tuple[slice, int]] = []
        known = {LOST}
        for piece, rows in zip(self.pieces, evidence, strict=True):
            path = OffsetPath(np.zeros(LOST + 1, dtype=np.float32), PENALTY)
            path.extend(rows)
            segments = path.segments()
            stops = [segment.first for segment in segments[1:]] + [len(rows)]
            for segment, stop in zip(segments, stops, strict=True):
                column = rows[segment.first : stop, segment.state]
                found.append(
                    (slice(piece.start + segment.first, piece.start + stop), segment.state)
                )
                if column.sum() > sure * np.sqrt(np.square(column).sum()):
                    known.add(segment.state)
        for place, state in found:
            self._states[place] = state if state in known else LOST

    def word_vectors(self, pieces: Sequence[slice]) -> tuple[Floats, Floats]:
        """Vectors of the words of both sides, learnt from the pairs of some pieces."""
        sizes = self.vocabularies[0].size, self.vocabularies[1].size
        return learn_word_vectors(self._source, self._target, self.pairs(pieces), sizes)

    def pairs(self, pieces: Sequence[slice]) -> tuple[Integers, Integers]:
        """Rows of the source and rows of the target that belong together, within their pieces."""
        left = np.concatenate([np.arange(piece.start, piece.stop) for piece in pieces])
        right = left + self._states[left] - REACH
        start = np.repeat([p.start for p in pieces], [p.stop - p.start for p in pieces])
        stop = np.repeat([p.stop for p in pieces], [p.stop - p.start for p in pieces])
        inside = (self._states[left] != LOST) & (start <= right) & (right < stop)
        return left[inside], right[inside]

    def _guess(self) -> None:
        """Move each piece to its best offset by lengths and shared words."""
        empty = [np.zeros((known.size, 1), dtype=np.float32) for known in self.vocabularies]
        fits = np.stack(
            [
                _fit(embed(self._source[piece], empty[0]), embed(self._target[piece], empty[1]))
                for piece in self.pieces
            ]
        )
        fits -= np.median(fits, axis=1, keepdims=True)
        best = np.where(fits.max(axis=1) > SURE, fits.argmax(axis=1), fits.sum(axis=0).argmax())
        for piece, state in zip(self.pieces, best, strict=True):
            self._states[piece] = state

    def _features(self) -> list[Floats]:
        """Features of each piece, by a lexicon learnt from pieces that it is not among."""
        features: dict[int, Floats] = {}
        for half in (0, 1):
            tables = self.word_vectors(self.pieces[1 - half :: 2])
            for number in range(half, len(self.pieces), 2):
                piece = self.pieces[number]
                target = embed(self._target[piece], tables[1])
                edge = blank(REACH, target)
                features[number] = band_features(
                    embed(self._source[piece], tables[0]), join([edge, target, edge])
                )
        return [features[number] for number in range(len(self.pieces))]

    def _examples(self, bands: list[Floats]) -> tuple[Floats, Floats]:
        """What bands (N, K, ...), one a piece, have for true pairs and for strangers."""
        true, false = [], []
        for piece, band in zip(self.pieces, bands, strict=True):
            rows = np.flatnonzero(self._states[piece] != LOST)
            states = self._states[piece][rows]
            true.append(band[rows, states])
            for distance in STRANGERS:
                columns = states + distance
                inside = (columns >= 0) & (columns < OFFSETS)
                false.append(band[rows[inside], columns[inside]])
        return np.concatenate(true), np.concatenate(false)


def _pieces(lengths: Sequence[int]) -> list[slice]:
    """Windows of the given lengths cut into pieces of about equal length."""
    pieces: list[slice] = []
    start = 0
    for length in lengths:
        edges = (
            np.linspace(start, start + length, max(1, round(length / PIECE)) + 1)
            .astype(int)
            .tolist()
        )
        pieces += [slice(*ends) for ends in pairwise(edges)]
        start += length
    return pieces


def _full(features: Floats) -> Floats:
    """The rows without NaN."""
    return features[~np.isnan(features).any(axis=1)]


def _fit(source: Sentences, target: Sentences) -> Floats:
    """How well each offset (K,) fits, in standard deviations or nearly."""
    fits = np.zeros(OFFSETS, dtype=np.float32)
    for state in range(OFFSETS):
        shift = state - REACH
        count = len(source) - abs(shift)
        if count < FEWEST:
            continue
        left = source[max(0, -shift) : max(0, -shift) + count]
        right = target[max(0, shift) : max(0, shift) + count]
        full = ~np.isnan(left.lengths + right.lengths)
        lengths = np.stack((left.lengths[full], right.lengths[full]))
        if lengths.shape[1] < FEWEST or lengths.std(axis=1).min() < 1e-6:
            continue
        correlation = np.corrcoef(lengths)[0, 1].clip(-0.999, 0.999)
        shared = np.einsum("nu,nu->n", left.sketches, right.sketches).clip(-1, 3)
        fits[state] = np.arctanh(correlation) + shared.mean() / (shared.std() + 0.1)
        fits[state] *= np.sqrt(lengths.shape[1])
    return fits
