"""Lengths: pairs whose sides do not go together, lines too long, and the figures for a plot.

The logarithm of the ratio of lengths r = log(t / s), in characters, spreads about a value of the
two languages the less the longer the sentences: its variance is a + b / L for the mean length L
(after Gale and Church, 1993, who have b / L alone). The middle, a and b are learnt from a sample by
medians, which outliers don't move.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nmt.corpus.check.fault import Finding, Side
from nmt.corpus.sentence_pair import SentencePair

LEAST_SAMPLE = 200  # pairs; with fewer, the ratio is not judged
LEAST_DEVIATION = 6.0  # standard deviations from the middle
LEAST_FACTOR = math.log(2)  # and at least so much longer than expected
LEAST_CHARACTERS = 20  # and by so many characters
DEVIATION = 1.4826  # standard deviations in a median absolute deviation of normal values
LEAST_VARIANCE = 0.1**2
LONG_LINE = 2500  # characters
LONG_WORD = 120  # characters without a space
WORD = re.compile(f"[!-~\u00a1-\u024f]{{{LONG_WORD},}}")  # not of the scripts without spaces
TEXT = re.compile(r"[^\W_]")
LETTER = re.compile(r"[^\W\d_]")
SHOWN = 30  # characters of a long word in a detail

# Of the counts that reports draw.
LENGTH_BINS = 4097  # lengths 0 to 4,095 characters, and all longer ones
RATIO_BINS = 129  # of a sixteenth of a doubling each: target / source from 1/16 to 16
RATIO_STEP = 16


@dataclass(frozen=True, slots=True)
class LengthProfile:
    """How the lengths of the two sides of a corpus go together; None if too little is known."""

    middle: float | None  # median of log(target characters / source characters)
    constant: float = 0.0  # a, of the variance a + b / L
    per_length: float = 0.0  # b


def learn_lengths(
    sample: Sequence[SentencePair], languages: tuple[str | None, str | None]
) -> LengthProfile:
    """The profile of a corpus, from some of its pairs; the languages are not needed."""
    lengths = np.array([(len(p.source.strip()), len(p.target.strip())) for p in sample])
    lengths = lengths[lengths.min(axis=1) > 0] if len(lengths) else lengths
    if len(lengths) < LEAST_SAMPLE:
        return LengthProfile(None)
    source, target = lengths[:, 0].astype(np.float64), lengths[:, 1].astype(np.float64)
    ratio = np.log(target / source)
    middle = float(np.median(ratio))
    means = (source * math.exp(middle) + target) / 2
    order = np.argsort(means)
    bins = np.array_split(order, min(20, len(order) // 50))
    variances = [(DEVIATION * np.median(np.abs(ratio[b] - np.median(ratio[b])))) ** 2 for b in bins]
    inverse = [1 / np.mean(means[b]) for b in bins]
    constant, per_length = _line(np.array(inverse), np.array(variances))
    return LengthProfile(middle, max(LEAST_VARIANCE, constant), per_length)


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """The a and b, neither negative, of y = a + b x by least squares."""
    spread = float(np.var(x))
    slope = float(np.mean((x - x.mean()) * (y - y.mean()))) / spread if spread > 0 else 0.0
    constant = float(y.mean()) - slope * float(x.mean())
    return (
        (constant, slope) if slope > 0 and constant > 0 else (float(np.median(y)), max(0.0, slope))
    )


def find_length_faults(pair: SentencePair, profile: LengthProfile) -> list[Finding]:
    """Sides that do not go together (`length_ratio`) and lines that are no sentence (`length`)."""
    source, target, _ = pair
    s, t = len(source.strip()), len(target.strip())
    if not (s and t):
        return []
    findings: list[Finding] = []
    if len(source) >= LONG_WORD:
        findings.extend(_of_side(source, "source"))
    if len(target) >= LONG_WORD:
        findings.extend(_of_side(target, "target"))
    if not (TEXT.search(source) and TEXT.search(target)):
        findings.extend(_no_letters(source, target))
    elif profile.middle is not None:
        deviation = math.log(t / s) - profile.middle
        if deviation > LEAST_FACTOR or deviation < -LEAST_FACTOR:
            shorter = target if deviation < 0 else source
            if LETTER.search(shorter):  # a bare number may stand for many words
                findings.extend(_ratio(s, t, profile.middle, profile))
    return findings


def _ratio(s: int, t: int, middle: float, profile: LengthProfile) -> list[Finding]:
    """The finding of two lengths that are a factor of two apart, if it is not chance."""
    expected = s * math.exp(middle)
    variance = profile.constant + profile.per_length / ((expected + t) / 2)
    deviation = math.log(t / expected) / math.sqrt(variance)
    if abs(deviation) < LEAST_DEVIATION or abs(t - expected) < LEAST_CHARACTERS:
        return []
    longer: Side = "target" if deviation > 0 else "source"
    factor = t / expected if deviation > 0 else expected / t
    detail = f"{s} and {t} characters: the {longer} is {factor:.1f} times as long as is usual"
    return [Finding("length_ratio", f"{longer}_too_long", longer, detail)]


def _of_side(text: str, side: Side) -> list[Finding]:
    """What is too long in itself: a line, a word."""
    if len(text) > LONG_LINE:
        return [Finding("length", "long_line", side, f"{len(text):,} characters")]
    if match := WORD.search(text):
        shown = f'"{match[0][:SHOWN]}…" has {len(match[0])} characters without a space'
        return [Finding("length", "long_word", side, shown)]
    return []


def _no_letters(source: str, target: str) -> list[Finding]:
    """A side of signs only, beside one with words."""
    has_text = [bool(TEXT.search(text)) for text in (source, target)]
    if not any(has_text):
        return []
    side: Side = "target" if has_text[0] else "source"
    text = target if has_text[0] else source
    return [Finding("length", "no_letters", side, f'only signs: "{text[:SHOWN]}"')]


def _zeros(size: int) -> NDArray[np.int64]:
    return np.zeros(size, dtype=np.int64)


@dataclass(slots=True)
class LengthStatistics:
    """Counts of lengths and of their ratios, in fixed bins, so that parts of a corpus add up."""

    source: NDArray[np.int64] = field(default_factory=lambda: _zeros(LENGTH_BINS))
    target: NDArray[np.int64] = field(default_factory=lambda: _zeros(LENGTH_BINS))
    ratio: NDArray[np.int64] = field(default_factory=lambda: _zeros(RATIO_BINS))

    def add(self, pairs: Iterable[SentencePair]) -> None:
        """Count some pairs; pairs with an empty side have no ratio."""
        lengths = np.array([(len(p.source), len(p.target)) for p in pairs], dtype=np.int64)
        if not lengths.size:
            return
        clipped = np.minimum(lengths, LENGTH_BINS - 1)
        self.source += np.bincount(clipped[:, 0], minlength=LENGTH_BINS)
        self.target += np.bincount(clipped[:, 1], minlength=LENGTH_BINS)
        full = lengths[lengths.min(axis=1) > 0].astype(np.float64)
        doublings = np.log2(full[:, 1] / full[:, 0])
        bins = np.rint(doublings * RATIO_STEP).astype(np.int64) + RATIO_BINS // 2
        self.ratio += np.bincount(np.clip(bins, 0, RATIO_BINS - 1), minlength=RATIO_BINS)

    def merge(self, other: "LengthStatistics") -> None:
        """Add the counts of another part of the corpus."""
        self.source += other.source
        self.target += other.target
        self.ratio += other.ratio
