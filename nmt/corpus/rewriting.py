"""Training pairs that differ from epoch to epoch: augmented text, freely cut into tokens.

What becomes of a pair is a function of (seed, epoch, row), whatever batch it is in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nmt.corpus.encoded import EncodedCorpus, EncodedSide
from nmt.text.augmentation import Augmenter
from nmt.text.normalization import normalize
from nmt.text.subword_sampling import SubwordSampler
from nmt.text.tokenizers import Tokenizers

TokenIds = list[list[int]]


@dataclass(frozen=True, slots=True)
class EpochRewriter:
    """Makes the token ids of some rows anew, from the text that the corpus kept."""

    corpus: EncodedCorpus
    tokenizers: Tokenizers
    augmenter: Augmenter
    samplers: tuple[SubwordSampler, SubwordSampler] | None  # of source and target
    tags: tuple[str | None, ...]  # in front of the sources, of each corpus of the mixture
    starts: np.ndarray  # the first row of each corpus
    max_length: int  # tokens; a pair that would become longer is left as it was

    def __call__(self, rows: np.ndarray, epoch: int) -> tuple[TokenIds, TokenIds]:
        """The token ids of the sources and of the targets."""
        changed = [self._change(int(row), epoch) for row in rows]
        sources = self._encode([source for source, _ in changed], 0, rows, epoch)
        targets = self._encode([target for _, target in changed], 1, rows, epoch)
        for place, row in enumerate(rows):
            sides = (sources[place], targets[place])
            if not all(0 < len(side) <= self.max_length for side in sides):
                sources[place] = _stored(self.corpus.source, int(row))
                targets[place] = _stored(self.corpus.target, int(row))
        return sources, targets

    def _change(self, row: int, epoch: int) -> tuple[str, str]:
        """The text of a pair in this epoch."""
        source, target = self.augmenter(*self.corpus.text(row), epoch=epoch, row=row)
        tag = self.tags[int(np.searchsorted(self.starts, row, side="right")) - 1]
        return f"{tag} {source}" if tag else source, target

    def _encode(self, texts: list[str], side: int, rows: np.ndarray, epoch: int) -> TokenIds:
        tokenizer = (self.tokenizers.source, self.tokenizers.target)[side]
        if self.samplers is None:
            return tokenizer.encode(texts)
        sampler = self.samplers[side]
        return [
            sampler.encode(normalize(text, tokenizer.normalization), epoch=epoch, row=int(row))
            for text, row in zip(texts, rows, strict=True)
        ]


def _stored(side: EncodedSide, row: int) -> list[int]:
    ids: Sequence[int] = side.sentence(row).tolist()
    return list(ids)
