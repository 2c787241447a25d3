"""Training pairs that differ from epoch to epoch: augmented text, freely cut into tokens.

What becomes of a pair is a function of (seed, epoch, row), whatever batch it is in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nmt.corpus.encoded import EncodedCorpus
from nmt.text.augmentation import Augmenter
from nmt.text.normalization import Normalization, normalize
from nmt.text.subword_sampling import SubwordSampler


@dataclass(frozen=True, slots=True)
class EpochRewriter:
    """Makes the token ids of some rows anew, from the text that the corpus kept."""

    corpus: EncodedCorpus
    augmenter: Augmenter
    normalization: Normalization
    samplers: tuple[SubwordSampler, SubwordSampler]  # of source and target
    tags: tuple[str | None, ...]  # in front of the sources, of each corpus of the mixture
    starts: np.ndarray  # the first row of each corpus
    max_length: int  # tokens; a pair that would become longer is left as it was

    def __call__(self, rows: np.ndarray, epoch: int) -> tuple[list[list[int]], list[list[int]]]:
        """The token ids of the sources and of the targets."""
        pairs = [self._rewrite(int(row), epoch) for row in rows]
        return [source for source, _ in pairs], [target for _, target in pairs]

    def _rewrite(self, row: int, epoch: int) -> tuple[list[int], list[int]]:
        changed = self.augmenter(*self.corpus.text(row), epoch=epoch, row=row)
        source, target = (normalize(text, self.normalization) for text in changed)
        tag = self.tags[int(np.searchsorted(self.starts, row, side="right")) - 1]
        texts = (f"{tag} {source}" if tag else source, target)
        ids = [
            sampler.encode(text, epoch=epoch, row=row)
            for sampler, text in zip(self.samplers, texts, strict=True)
        ]
        if all(0 < len(side) <= self.max_length for side in ids):
            return ids[0], ids[1]
        return _stored(self.corpus, row)


def _stored(corpus: EncodedCorpus, row: int) -> tuple[list[int], list[int]]:
    sides: Sequence[list[int]] = [
        side.sentence(row).tolist() for side in (corpus.source, corpus.target)
    ]
    return sides[0], sides[1]
