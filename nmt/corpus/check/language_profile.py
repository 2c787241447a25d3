"""Which language each side of a corpus is in, learnt from a sample, and what is wrong as a whole.

A side is expected to be in its declared language, where the model knows that and the sample doesn't
contradict it. Otherwise it is expected to be in whatever the model takes it for, so that a language
unknown to the model (which takes it for its neighbours) stands for itself.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from nmt.corpus.check.fault import Finding, Side
from nmt.corpus.sentence_pair import SentencePair
from nmt.text.language_identification import (
    NO_LANGUAGE,
    UNDETERMINED,
    identify,
    is_available,
    known_languages,
)
from nmt.text.languages import is_language, macrolanguage
from nmt.text.letters import UNSPACED, word_pattern

SAMPLE_LINES = 2000  # of each side, identified to learn from
MIN_SAMPLE_LINES = 20  # fewer say nothing of a side
MIN_LETTERS = 15  # of a sentence: names and loan words decide on shorter ones
CONFIDENT = 0.9  # a probability that known languages reach and unknown ones seldom do
DOMINANT_SHARE = 0.8  # of a sample: this much contradicts what was declared
PART_SHARE = 0.2  # of a sample in a second language, on both sides: many pairs are swapped
OWN_SHARE = 0.01  # of a sample: what an unknown language is taken for this often stands for it
FAMILIAR_WORDS = 300
CHARACTERS_JUDGED = 1000  # of a line, however long it is

# Words, and single characters of the scripts that put no spaces between words.
TOKENS = re.compile(rf"[{UNSPACED}]|{word_pattern(without=UNSPACED)}")
_AFTER_LATIN = "\u0250"
_SYLLABLES = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class SideLanguages:
    """What one side of a corpus is in; languages are named as by `macrolanguage`."""

    declared: str | None  # None too, where no standard has a language of that name
    judged: int  # sentences of some length in the sample
    shares: dict[str, float]  # of these, by their language, the largest first
    expected: frozenset[str]  # empty: too little text to expect anything
    familiar: frozenset[str]  # frequent words of the expected language, none of the other side's
    latin: bool  # whether it is written in Latin letters
    unknown_tag: str | None = None  # what it was declared to be, if that is no language

    @property
    def main(self) -> str:
        """The language of most sentences."""
        return next((name for name in self.shares if name not in _NO_LANGUAGES), UNDETERMINED)

    @property
    def main_share(self) -> float:
        """The share of sentences in the main language."""
        return self.shares.get(self.main, 0.0)


@dataclass(frozen=True, slots=True)
class LanguageProfile:
    """What both sides of a corpus are in."""

    source: SideLanguages
    target: SideLanguages


_NO_LANGUAGES = (UNDETERMINED, NO_LANGUAGE)


def learn_languages(
    sample: Sequence[SentencePair], languages: tuple[str | None, str | None]
) -> LanguageProfile:
    """Learn what each side is in; `languages` are the declared ones, None where none is.

    Where the library that identifies languages isn't installed (`is_available`), nothing is learnt,
    so that nothing is found.
    """
    source = _learn_side([pair.source for pair in sample], languages[0])
    target = _learn_side([pair.target for pair in sample], languages[1])
    # A word of both sides can't tell one from the other.
    return LanguageProfile(
        replace(source, familiar=source.familiar - target.familiar),
        replace(target, familiar=target.familiar - source.familiar),
    )


def corpus_findings(profile: LanguageProfile) -> list[Finding]:
    """What is wrong with the whole corpus: sides swapped, alike, or not in what was declared."""
    source, target = profile.source, profile.target
    wrong = _contradicts(source), _contradicts(target)
    if all(wrong) and (source.main, target.main) == (target.declared, source.declared):
        detail = (
            f"declared {source.declared}-{target.declared}, "
            f"but the source is in {source.main} and the target in {target.main}"
        )
        return [Finding("swapped_sides", "whole_corpus", "both", detail)]
    found = []
    names: tuple[Side, Side] = ("source", "target")
    for name, side, contradicts in zip(names, (source, target), wrong, strict=True):
        if contradicts:
            detail = f"declared {side.declared}, but {side.main_share:.0%} of it is in {side.main}"
            found.append(Finding("wrong_language", "declared_otherwise", name, detail))
    if not found and _are_interchanged(source, target):
        one, two = _leading(source)
        detail = f"each side has sentences in {one} and in {two}: name the languages to find them"
        found.append(Finding("swapped_sides", "in_part", "both", detail))
    if not found and _are_alike(source, target):
        detail = f"both sides are in {source.main}"
        found.append(Finding("wrong_language", "same_language", "both", detail))
    return found + [
        Finding("wrong_language", "unknown_tag", name, f"declared {side.unknown_tag!r}")
        for name, side in zip(names, (source, target), strict=True)
        if side.unknown_tag
    ]


def count_letters(text: str) -> int:
    """The letters of a text; a syllable in one sign, as in Japanese and Korean, counts as two."""
    count = sum(map(str.isalpha, text))
    return count if text.isascii() else count + len(_SYLLABLES.findall(text))


def _learn_side(lines: list[str], tag: str | None) -> SideLanguages:
    lines = [line for line in lines if count_letters(line) >= MIN_LETTERS]
    lines = lines[:: max(1, len(lines) // SAMPLE_LINES)][:SAMPLE_LINES]
    labels = identify([line[:CHARACTERS_JUDGED] for line in lines]) if is_available() else []
    # A sentence whose likeliest language has less than an even chance is nobody's.
    names = Counter(name if share >= 0.5 else UNDETERMINED for name, share in labels)
    shares = {name: count / len(labels) for name, count in names.most_common()}
    unknown = tag if tag and not is_language(tag) else None
    declared = macrolanguage(tag) if tag and not unknown else None
    side = SideLanguages(
        declared, len(labels), shares, frozenset(), frozenset(), latin=True, unknown_tag=unknown
    )
    if len(labels) < MIN_SAMPLE_LINES:
        return side
    confident = sum(share >= CONFIDENT for _, share in labels) >= len(labels) / 2
    side = replace(side, expected=_expected(side, labels, confident=confident))
    own = [line for line, (name, _) in zip(lines, labels, strict=True) if name in side.expected]
    words = Counter(chain.from_iterable(TOKENS.findall(line.lower()) for line in own))
    # Latin letters that stand alone are an article in one language, an abbreviation in another.
    frequent = [word for word, _ in words.most_common(FAMILIAR_WORDS)]
    return replace(
        side,
        familiar=frozenset(word for word in frequent if len(word) > 1 or not word.isascii()),
        latin=sum(word < _AFTER_LATIN for word in frequent) >= len(frequent) / 2,
    )


def _expected(
    side: SideLanguages, labels: Sequence[tuple[str, float]], *, confident: bool
) -> frozenset[str]:
    known = known_languages()
    if side.declared in known and not _contradicts(side):
        return frozenset({side.declared}) if side.declared else frozenset()
    if confident and _is_in_one(side) and (side.declared is None or side.declared in known):
        return frozenset({side.main})
    counts = Counter(name for name, _ in labels)
    return frozenset(name for name, count in counts.items() if count >= OWN_SHARE * len(labels))


def _is_in_one(side: SideLanguages) -> bool:
    known = side.main != UNDETERMINED  # what says nothing for sure, such as a list, is in no one
    return known and side.judged >= MIN_SAMPLE_LINES and side.main_share >= DOMINANT_SHARE


def _contradicts(side: SideLanguages) -> bool:
    # Nothing can be said of a declared language that the model doesn't know.
    return _is_in_one(side) and side.main != side.declared and side.declared in known_languages()


def _are_alike(source: SideLanguages, target: SideLanguages) -> bool:
    # Of sides whose declared languages are one, or unknown to the model, nothing else is expected.
    known = {None, *known_languages()} if source.judged else set()
    declared = {source.declared, target.declared}
    if not declared <= known or (len(declared) == 1 and None not in declared):
        return False
    return source.main == target.main and _is_in_one(source) and _is_in_one(target)


def _leading(side: SideLanguages) -> list[str]:
    # The languages of many of its sentences, the largest first.
    return [n for n, share in side.shares.items() if share >= PART_SHARE and n not in _NO_LANGUAGES]


def _are_interchanged(source: SideLanguages, target: SideLanguages) -> bool:
    # Only of undeclared sides; among declared ones, each swapped pair is found.
    if source.declared or target.declared or source.judged < MIN_SAMPLE_LINES:
        return False
    leading = _leading(source)
    return len(leading) == 2 and set(leading) == set(_leading(target))
