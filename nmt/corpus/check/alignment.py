"""What tells the pairs of a corpus from strangers, learnt from the corpus itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nmt.corpus.check.aligned_sample import HEARD, AlignedSample
from nmt.corpus.check.evidence import band_features, log_odds, state_evidence
from nmt.corpus.check.lexicon import Floats, Sentences, bags, embed
from nmt.corpus.check.words import Vocabulary
from nmt.corpus.sentence_pair import SentencePair

WINDOW = 250  # pairs
WINDOWS = 40
LEAST_PAIRS = 400
UNRELATED_GAIN, LEAST_UNRELATED = 0.06, 500  # below this gain, from so many pairs on
LEAST_GAIN = 1.0  # by which the evidence of true pairs must exceed that of strangers, on average


@dataclass(frozen=True, slots=True)
class AlignmentModel:
    """What tells the pairs of a corpus from strangers; a few megabytes."""

    source_vocabulary: Vocabulary
    target_vocabulary: Vocabulary
    source_vectors: Floats  # (V, D)
    target_vectors: Floats  # (V, D)
    weights: Floats  # (F,) of the features of a pair
    usual: float  # evidence of a true pair, on average
    gain: float  # and what that is above the evidence of strangers

    def embed_source(self, lines: Sequence[str]) -> Sentences:
        """Consecutive lines of the source as vectors."""
        return embed(bags(lines, self.source_vocabulary), self.source_vectors)

    def embed_target(self, lines: Sequence[str]) -> Sentences:
        """Consecutive lines of the target as vectors."""
        return embed(bags(lines, self.target_vocabulary), self.target_vectors)

    def evidence(self, source: Sentences, target: Sentences) -> Floats:
        """Evidence (N, K + 1) of each source line for each offset, and for being lost.

        `band_features` says how the two sides have to be cut.
        """
        odds = log_odds(band_features(source, target), self.weights)
        # Halfway to what pairs have usually, with a margin for stretches of odd text.
        return state_evidence(odds, self.usual / 2 - 1)


def learn_alignment(windows: Sequence[Sequence[SentencePair]]) -> AlignmentModel | None:
    """Learn from windows of consecutive pairs, which may be misaligned in parts.

    WINDOWS windows of WINDOW pairs serve a corpus of any size; a corpus that is smaller is best
    taken whole, as one window.

    Returns:
        None when there is too little text, or when the two sides don't tell pairs from strangers.
    """
    full = [bool(pair.source.strip() and pair.target.strip()) for part in windows for pair in part]
    if sum(full) < LEAST_PAIRS:
        return None
    sample = AlignedSample(windows)
    if not all(vocabulary.size for vocabulary in sample.vocabularies):
        return None
    found = sample.align(HEARD)
    gain = found.true - found.false
    if gain < LEAST_GAIN:
        return None
    vectors = sample.word_vectors(sample.pieces)
    return AlignmentModel(
        source_vocabulary=sample.vocabularies[0],
        target_vocabulary=sample.vocabularies[1],
        source_vectors=vectors[0],
        target_vectors=vectors[1],
        weights=found.weights,
        usual=found.true,
        gain=gain,
    )


def are_unrelated(windows: Sequence[Sequence[SentencePair]]) -> bool:
    """Whether nothing connects the two sides at any offset: neither words nor lengths.

    Of real corpora, even dictionaries of 500 lines gain 0.08 or more; of shuffled ones all measured
    gain 0.05 at most.
    """
    pairs = [pair for window in windows for pair in window if pair.source and pair.target]
    if len(pairs) < LEAST_UNRELATED:
        return False
    lengths = np.log([[len(pair.source), len(pair.target)] for pair in pairs])
    if (lengths.std(axis=0) < 0.01).any():  # nothing to compare
        return False
    correlation = np.corrcoef(lengths.T)[0, 1]
    if abs(correlation) > 4 / math.sqrt(len(pairs)):
        return False
    found = AlignedSample(windows).align()
    return bool(found.true - found.false < UNRELATED_GAIN)
