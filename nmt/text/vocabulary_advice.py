"""Which vocabulary size suits a corpus, from how often its tokens would occur.

A token is learnt from its occurrences, and a larger vocabulary makes sentences shorter. Gowda & May
(2020) advise the largest one in which 95 of 100 tokens occur 100 times or more. Trained for as many
steps, on captions, recurrent models were 7 BLEU better with larger ones (benchmarks/RESULTS.md): a
third of the size at which half of the tokens occur 20 times cost 2 to 4 BLEU, and from that size on
little or nothing was gained. The bounds, 50 and 5 times, lie between the sizes that were measured.

BPE adds one token after the other, so one large vocabulary shows how often the tokens of each
smaller one occur. Characters are not counted: their number is not a choice.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nmt.settings import TokenizerSettings
from nmt.text.normalization import normalize
from nmt.text.tokenizer import train_tokenizer
from nmt.text.vocabulary import SPECIAL_TOKENS

OFTEN, SELDOM, RARELY = 50, 20, 5  # occurrences of a token
ENOUGH = 0.5  # of the learnt tokens
ENOUGH_PAIRS = 10**9  # to make "auto" the largest vocabulary


@dataclass(frozen=True, slots=True)
class VocabularyAdvice:
    """Sizes that suit a corpus, of all its tokens: special ones, characters and learnt ones."""

    smallest: int  # half of the learnt tokens occur 50 times: a smaller one costs BLEU
    size: int  # 20 times
    largest: int  # 5 times: of a larger one most cannot be learnt
    is_open: bool = False  # whether a larger one than `largest` may suit as well: not measured

    @property
    def range(self) -> str:
        """The smallest and the largest size, for a reader."""
        return f"{self.smallest:,} to {self.largest:,}{' or more' if self.is_open else ''}"

    def fault(self, size: int) -> str | None:
        """One line on a size that is far too large or far too small; None for one in between."""
        name = f"tokenizer.vocabulary_size = {size}"
        if size > self.largest and not self.is_open:
            return (
                f"{name}: too large for this corpus: most tokens would occur fewer than {RARELY} "
                f"times; set it to about {self.size}"
            )
        if size < self.smallest / 2:
            sizes = f"{self.smallest} to {self.size}" if self.smallest < self.size else self.size
            return (
                f"{name}: too small for this corpus: even with {self.smallest}, half of the "
                f"tokens would occur {OFTEN} times; set it to {sizes}"
            )
        return None


@dataclass(frozen=True, slots=True)
class VocabularyCurve:
    """What each vocabulary of a growing series makes of a corpus."""

    sizes: NDArray[np.int64]
    tokens_per_word: NDArray[np.float64]
    often: NDArray[np.float64]  # the share of the learnt tokens that occur 50 times
    seldom: NDArray[np.float64]  # 20 times
    rarely: NDArray[np.float64]  # 5 times
    scale: float = 1.0  # how many times as large as the text that was counted the corpus is

    def advice(self) -> VocabularyAdvice:
        """The sizes that suit the corpus."""
        # the first vocabulary has no learnt token, and so no rare one
        curves = (self.often, self.seldom, self.rarely)
        last = [int(np.flatnonzero(shares >= ENOUGH)[-1]) for shares in curves]
        smallest, size, largest = (int(self.sizes[row]) for row in last)
        # of a small sample, what occurs once seems to occur 20 times in the corpus
        is_open = last[-1] == len(self.sizes) - 1 or self.scale > SELDOM
        return VocabularyAdvice(smallest, size, largest, is_open)


def advise_vocabulary_size(lines: Iterable[str], *, scale: float = 1.0) -> VocabularyAdvice:
    """The sizes that suit a corpus.

    Args:
        lines: those that the vocabulary is for: of both sides if it is joint, or of one. They take
            about a second for each 10,000, and more in scripts without spaces.
        scale: how many times as large as `lines` the corpus is, from which they are a sample.

    Raises:
        DataError: there is no text.
    """
    return vocabulary_curve(lines, scale=scale).advice()


def vocabulary_curve(lines: Iterable[str], *, scale: float = 1.0) -> VocabularyCurve:
    """Count how often tokens occur in each vocabulary, up to 32,000 or all that BPE finds.

    Raises:
        DataError: there is no text.
    """
    texts = [normalize(line) for line in lines]
    tokenizer = train_tokenizer(texts, TokenizerSettings(), pairs=ENOUGH_PAIRS)
    words = Counter(f"▁{word}" for text in texts for word in text.split())
    pieces = tokenizer.pieces(range(tokenizer.vocabulary_size))[len(SPECIAL_TOKENS) :]
    learnt = {piece: rank for rank, piece in enumerate(p for p in pieces if len(p) > 1)}
    merges: list[list[tuple[str, str, int]]] = [[] for _ in learnt]  # that each token brings
    for word, count in words.items():
        latest = 0  # a merge has to wait for those that lead to it
        for rank, left, right in _merges(word, learnt):
            latest = max(latest, rank)
            merges[latest].append((left, right, count))
    counts: Counter[str] = Counter()  # of the learnt tokens
    tokens = [sum(len(word) * count for word, count in words.items())]
    limits = (OFTEN / scale, SELDOM / scale, RARELY / scale)
    frequent: tuple[list[int], ...] = ([0], [0], [0])  # learnt tokens that occur so often
    for made in merges:
        before = {piece: counts[piece] for left, right, _ in made for piece in (left, right)}
        before |= {left + right: counts[left + right] for left, right, _ in made}
        for left, right, count in made:
            counts[left] -= count
            counts[right] -= count
            counts[left + right] += count
        tokens.append(tokens[-1] - sum(count for _, _, count in made))
        changed = [(old, counts[piece]) for piece, old in before.items() if piece in learnt]
        for number, least in zip(frequent, limits, strict=True):
            gained = sum((new >= least) - (old >= least) for old, new in changed)
            number.append(number[-1] + gained)
    known = np.arange(len(learnt) + 1)
    often, seldom, rarely = (
        (np.array(number) + (known == 0)) / np.maximum(known, 1) for number in frequent
    )
    sizes = tokenizer.vocabulary_size - len(learnt) + known
    tokens_per_word = np.array(tokens) / words.total()
    return VocabularyCurve(sizes, tokens_per_word, often, seldom, rarely, scale)


def _merges(word: str, ranks: Mapping[str, int]) -> Iterator[tuple[int, str, str]]:
    """The merges that BPE makes in a word, from its characters on: their rank and both parts."""
    pieces = list(word)
    while True:
        pairs = enumerate(pairwise(pieces))
        possible = [(ranks[a + b], i) for i, (a, b) in pairs if a + b in ranks]
        if not possible:
            return
        rank, i = min(possible)
        yield rank, pieces[i], pieces[i + 1]
        pieces[i : i + 2] = [pieces[i] + pieces[i + 1]]
