"""Subword sampling: text is cut differently in each epoch, so that a model learns words' parts.

BPE-dropout (Provilkov et al. 2020): at each step each merge of two pieces that is possible is left
out with probability p; the best of the rest is made; where there is none, the pieces stand.

Unigram sampling (Kudo 2018): a segmentation into pieces x_1 ... x_n is drawn with a probability
proportional to (p(x_1) ... p(x_n))^alpha from all that there are, by forward filtering and backward
sampling over their lattice.

SentencePiece can do this, but from one generator of the process, by distributions that differ
between C++ libraries. Here the result is a function of (model, text, rate, seed, epoch, row). Words
are cut independently of one another, and what is known of a word is kept until it comes again.
"""

import math
import random
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Protocol

import sentencepiece

from nmt.errors import ConfigError
from nmt.text.sentencepiece_model import model_type, user_defined_symbols
from nmt.text.tokenizer import Tokenizer
from nmt.text.vocabulary import UNK

STATES_KEPT, WORDS_KEPT = 200_000, 20_000  # by the two classes below, about 100 MB
LONGEST_KEPT = 32  # characters; a longer word hardly comes again
UNKNOWN_PENALTY = 10.0  # an unknown character is so much less likely than any piece

Draw = Callable[[], float]  # a random number in [0, 1)


class Segmenter(Protocol):
    """Cuts a word into pieces and unknown characters, by random draws."""

    def segment(self, word: str, draw: Draw) -> Sequence[str]:
        """The pieces of the word, in order."""


def check_sampling(rate: float, kind: str) -> None:
    """Refuse to sample where a kind of tokenizer leaves nothing to draw.

    Raises:
        ConfigError: it does.
    """
    if rate and kind not in ("bpe", "unigram"):
        raise ConfigError(
            f"tokenizer.sampling = {rate}: needs a tokenizer of the kind bpe or unigram, "
            f"and this one's is {kind}; set it to 0"
        )


class SubwordSampler:
    """Text to token ids, differently in each epoch.

    Args:
        rate: the probability that a merge is dropped (bpe; usual: 0.1), or alpha (unigram; usual:
            0.1 to 0.5, where 1 follows the model and near 0 all segmentations are equally likely).
            0 turns sampling off, in both.
        seed: give source and target different ones.

    Raises:
        ConfigError: a tokenizer of this kind leaves nothing to draw.
    """

    def __init__(self, tokenizer: Tokenizer, rate: float, seed: int) -> None:
        kind = model_type(tokenizer.model)
        check_sampling(rate, kind)
        self.rate = rate
        self.seed = seed
        processor = sentencepiece.SentencePieceProcessor()
        processor.LoadFromSerializedProto(tokenizer.model)
        self._processor = processor
        self._symbols = frozenset(user_defined_symbols(tokenizer.model))
        pieces = tokenizer.pieces(range(tokenizer.vocabulary_size))
        self._ids = {piece: [i] for i, piece in enumerate(pieces)}
        self._byte_ids = [i for i in range(len(pieces)) if processor.is_byte(i)]
        scores = {
            piece: float(processor.get_score(i))
            for i, piece in enumerate(pieces)
            if not (processor.is_control(i) or processor.is_unknown(i) or processor.is_byte(i))
            and not (processor.is_unused(i) or piece in self._symbols)
        }
        self._segmenter: Segmenter = (
            MergeDropout(scores, rate) if kind == "bpe" else LatticeSampling(scores, rate)
        )
        self._units = _unit_pattern(self._symbols, whole=any("▁" in piece[1:] for piece in scores))

    def encode(self, text: str, *, epoch: int, row: int) -> list[int]:
        """The token ids of a normalized line, as drawn for this row of the corpus in this epoch."""
        if not self.rate:
            best: list[int] = self._processor.encode(text)
            return best
        draw = random.Random(f"subwords {self.seed} {epoch} {row}").random
        ids: list[int] = []
        for unit in self._units.findall(self._processor.normalize(text)):
            if unit in self._symbols:
                ids += self._ids[unit]
                continue
            for piece in self._segmenter.segment(unit, draw):
                ids += self._ids.get(piece) or self._unknown(piece, ids)
        return ids

    def _unknown(self, character: str, before: list[int]) -> list[int]:
        """What SentencePiece makes of an unknown character: its bytes, or one UNK for a run."""
        if self._byte_ids:
            return [self._byte_ids[byte] for byte in character.encode()]
        return [] if before[-1:] == [UNK] else [UNK]


def _unit_pattern(symbols: Iterable[str], *, whole: bool) -> re.Pattern[str]:
    """Finds what is cut by itself: a symbol, or a word with the "▁" of the space before it.

    Args:
        whole: whether pieces reach over spaces, so that all text between symbols is one unit.
    """
    longest_first = sorted(map(re.escape, symbols), key=len, reverse=True)
    stop = "".join(f"(?!{symbol})" for symbol in longest_first)
    word = f"(?:{stop}.)+" if whole else f"(?:{stop}.)(?:{stop}[^▁])*"
    return re.compile("|".join([*longest_first, word]), re.DOTALL)


class MergeDropout:
    """BPE-dropout of one word after the other.

    Args:
        scores: of each piece; the best merge is that of the highest, and of these the leftmost.
        rate: the probability that a merge is dropped.
    """

    def __init__(self, scores: Mapping[str, float], rate: float) -> None:
        self._scores = scores
        self._rate = rate
        self._kept: dict[str, _Pieces] = {}
        self._states = 0

    def segment(self, word: str, draw: Draw) -> Sequence[str]:
        """The pieces of the word, in order."""
        state = self._kept.get(word)
        if state is None:
            state = _Pieces(tuple(word), self._scores)
            if len(word) <= LONGEST_KEPT and self._has_room():
                self._kept[word] = state
        while True:
            merge = next((merge for merge in state.merges if draw() >= self._rate), None)
            if merge is None:
                return state.pieces
            following = state.following.get(merge)
            if following is None:
                following = state.merged(merge, self._scores)
                if self._has_room():
                    state.following[merge] = following
            state = following

    def _has_room(self) -> bool:
        self._states += 1
        return self._states <= STATES_KEPT


class _Pieces:
    """A word cut into pieces, and the merges that are possible, by position, the best first."""

    __slots__ = ("following", "merges", "pieces")

    def __init__(self, pieces: tuple[str, ...], scores: Mapping[str, float]) -> None:
        self.pieces = pieces
        pairs = (left + right for left, right in pairwise(pieces))
        found = [(-scores[pair], i) for i, pair in enumerate(pairs) if pair in scores]
        self.merges = [i for _, i in sorted(found)]
        self.following: dict[int, _Pieces] = {}  # by the merge that leads there

    def merged(self, merge: int, scores: Mapping[str, float]) -> "_Pieces":
        """The word with the pieces at a position and after it as one."""
        before, after = self.pieces[:merge], self.pieces[merge + 2 :]
        return _Pieces((*before, self.pieces[merge] + self.pieces[merge + 1], *after), scores)


class LatticeSampling:
    """Unigram sampling of one word after the other.

    Args:
        scores: the log-probability of each piece.
        alpha: the power of the probabilities.
    """

    def __init__(self, scores: Mapping[str, float], alpha: float) -> None:
        self._log_weights = {piece: alpha * score for piece, score in scores.items()}
        self._unknown = alpha * (min(scores.values(), default=0.0) - UNKNOWN_PENALTY)
        self._longest = max(map(len, scores), default=1)
        self._kept: dict[str, list[tuple[list[int], list[float]]]] = {}

    def segment(self, word: str, draw: Draw) -> Sequence[str]:
        """The pieces of the word, in order."""
        lattice = self._kept.get(word)
        if lattice is None:
            lattice = self._lattice(word)
            if len(word) <= LONGEST_KEPT and len(self._kept) < WORDS_KEPT:
                self._kept[word] = lattice
        pieces = []
        end = len(word)
        while end:
            starts, cumulative = lattice[end]
            start = starts[bisect_right(cumulative, draw())] if cumulative else starts[0]
            pieces.append(word[start:end])
            end = start
        pieces.reverse()
        return pieces

    def _lattice(self, word: str) -> list[tuple[list[int], list[float]]]:
        """For each end of a piece: where it may start, and cumulative probabilities of all but one.

        Forward filtering: the weight of all segmentations up to an end is the sum over the last
        piece of the weight up to its start, times the weight of the piece.
        """
        totals = [0.0]  # log-weights of all segmentations of the first characters
        lattice: list[tuple[list[int], list[float]]] = [([], [])]
        for end in range(1, len(word) + 1):
            starts, log_weights = [], []
            for start in range(max(0, end - self._longest), end):
                log_weight = self._log_weights.get(word[start:end])
                if log_weight is None and start == end - 1:
                    log_weight = self._unknown
                if log_weight is not None:
                    starts.append(start)
                    log_weights.append(totals[start] + log_weight)
            highest = max(log_weights)
            weights = [math.exp(log_weight - highest) for log_weight in log_weights]
            total = sum(weights)
            totals.append(highest + math.log(total))
            lattice.append((starts, [weight / total for weight in accumulate(weights[:-1])]))
        return lattice
