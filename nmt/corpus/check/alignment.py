"""What tells the pairs of a corpus from strangers, learnt from the corpus itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nmt.corpus.check.aligned_sample import AlignedSample
from nmt.corpus.check.evidence import band_features, evidence
from nmt.corpus.check.lexicon import Floats, Sentences, bags, embed
from nmt.corpus.check.words import Vocabulary
from nmt.corpus.sentence_pair import SentencePair

LEAST_PAIRS = 300
LEAST_GAIN = 1.0  # by which the evidence of true pairs must exceed that of strangers, on average


@dataclass(frozen=True, slots=True)
class AlignmentModel:
    """What tells the pairs of a corpus from strangers; a few megabytes."""

    source_vocabulary: Vocabulary
    target_vocabulary: Vocabulary
    source_vectors: Floats  # (V, D)
    target_vectors: Floats  # (V, D)
    log_ratio: float  # of a source's length to its target's, in characters: the usual one
    weights: Floats  # (F,) of the features of a pair
    gain: float  # evidence of a true pair minus that of strangers, on average

    def embed_source(self, lines: Sequence[str]) -> Sentences:
        """Lines of the source as vectors."""
        return embed(bags(lines, self.source_vocabulary), self.source_vectors)

    def embed_target(self, lines: Sequence[str]) -> Sentences:
        """Lines of the target as vectors."""
        return embed(bags(lines, self.target_vocabulary), self.target_vectors)

    def evidence(self, source: Sentences, target: Sentences) -> Floats:
        """Evidence (N, K) of each source line for each offset; see `band_features` for the sides."""
        return evidence(band_features(source, target, self.log_ratio), self.weights)


def learn_alignment(windows: Sequence[Sequence[SentencePair]]) -> AlignmentModel | None:
    """Learn from windows of consecutive pairs, which may be misaligned in parts.

    Windows of 250 pairs or more, 10,000 pairs in all, serve a corpus of any size; a small corpus is
    best taken whole, as one window.

    Returns:
        None when there is too little text, or when the two sides don't tell pairs from strangers.
    """
    if sum(map(len, windows)) < LEAST_PAIRS:
        return None
    sample = AlignedSample(windows)
    weights, gain = sample.align()
    if gain < LEAST_GAIN:
        return None
    vectors = sample.word_vectors(sample.pieces)
    return AlignmentModel(*sample.vocabularies, *vectors, sample.log_ratio(), weights, gain)
