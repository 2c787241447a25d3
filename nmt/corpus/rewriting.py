"""Training pairs that differ from epoch to epoch: augmented text, freely cut into tokens.

What becomes of a pair is a function of (seed, epoch, row), whatever batch it is in. Rows are
numbered by `EpochRows`: a row that is seen again in an epoch has another number, and other changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nmt.corpus.encoded import EncodedCorpus, EncodedSide
from nmt.text.augmentation import CASES, Augmenter
from nmt.text.normalization import normalize
from nmt.text.subword_sampling import SubwordSampler
from nmt.text.tokenizer import Tokenizer
from nmt.text.tokenizers import Tokenizers

TokenIds = list[list[int]]
Lengths = tuple[np.ndarray, np.ndarray]  # tokens of source and target (rows,)
GROWTH_SAMPLE = 200  # pairs
MOST = 0.95  # of them: a batch is as long as its longest sentences
EACH = ""  # the key of what makes any pair longer, whatever its case


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
    growth: Mapping[str, tuple[float, float]]  # of lengths, by changes of case and by `EACH`

    def lengths(self, lengths: Lengths, numbers: np.ndarray, epoch: int) -> Lengths:
        """About how many tokens the rows will have, from how many are stored."""
        if not self.growth:
            return lengths
        each = np.array(self.growth.get(EACH, (1.0, 1.0)))
        cases = [self.augmenter.case(epoch=epoch, row=int(row)) for row in numbers]
        factors = np.array([each * (self.growth.get(case, 1.0) if case else 1.0) for case in cases])
        longer = (np.ceil(side * factors[:, i]) for i, side in enumerate(lengths))
        source, target = (np.minimum(side, self.max_length).astype(np.int32) for side in longer)
        return source, target

    def __call__(self, numbers: np.ndarray, epoch: int) -> tuple[TokenIds, TokenIds]:
        """The token ids of the sources and of the targets."""
        changed = [self._change(int(number), epoch) for number in numbers]
        sources = self._encode([source for source, _ in changed], 0, numbers, epoch)
        targets = self._encode([target for _, target in changed], 1, numbers, epoch)
        for place, row in enumerate(numbers % len(self.corpus)):
            sides = (sources[place], targets[place])
            if not all(0 < len(side) <= self.max_length for side in sides):
                sources[place] = _stored(self.corpus.source, int(row))
                targets[place] = _stored(self.corpus.target, int(row))
        return sources, targets

    def _change(self, number: int, epoch: int) -> tuple[str, str]:
        """The text of a pair in this epoch."""
        row = number % len(self.corpus)
        source, target = self.augmenter(*self.corpus.text(row), epoch=epoch, row=number)
        tag = self.tags[int(np.searchsorted(self.starts, row, side="right")) - 1]
        return f"{tag} {source}" if tag else source, target

    def _encode(self, texts: list[str], side: int, numbers: np.ndarray, epoch: int) -> TokenIds:
        tokenizer = (self.tokenizers.source, self.tokenizers.target)[side]
        if self.samplers is None:
            return tokenizer.encode(texts)
        sampler = self.samplers[side]
        return [
            sampler.encode(normalize(text, tokenizer.normalization), epoch=epoch, row=int(row))
            for text, row in zip(texts, numbers, strict=True)
        ]


def _stored(side: EncodedSide, row: int) -> list[int]:
    ids: Sequence[int] = side.sentence(row).tolist()
    return list(ids)


def case_growth(
    corpus: EncodedCorpus, tokenizers: Tokenizers, rates: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    """By what factors each wanted change of case makes source and target longer, in tokens."""
    step = max(1, len(corpus) // GROWTH_SAMPLE)
    texts = [corpus.text(row) for row in range(0, len(corpus), step)]
    growth = {}
    for case in CASES:
        if rates.get(case):
            augmenter = Augmenter({case: 1.0}, seed=0)
            changed = [augmenter(*pair, epoch=0, row=0) for pair in texts]
            growth[case] = (
                _growth(tokenizers.source, [p[0] for p in texts], [p[0] for p in changed]),
                _growth(tokenizers.target, [p[1] for p in texts], [p[1] for p in changed]),
            )
    return growth


def each_growth(rewriter: EpochRewriter) -> tuple[float, float]:
    """By what factors typing errors and free cuts make most sources and targets longer."""
    rates = {"typos": rewriter.augmenter.rates["typos"]}
    alone = replace(rewriter, augmenter=Augmenter(rates, rewriter.augmenter.seed))
    corpus = rewriter.corpus
    rows = np.arange(0, len(corpus), max(1, len(corpus) // GROWTH_SAMPLE))
    before = (corpus.source.lengths(rows), corpus.target.lengths(rows))
    source, target = (
        max(1.0, float(np.quantile([len(ids) for ids in after] / lengths, MOST)))
        for lengths, after in zip(before, alone(rows, 0), strict=True)
    )
    return source, target


def _growth(tokenizer: Tokenizer, before: list[str], after: list[str]) -> float:
    tokens = [sum(map(len, tokenizer.encode(texts))) for texts in (before, after)]
    return max(1.0, tokens[1] / max(1, tokens[0]))
