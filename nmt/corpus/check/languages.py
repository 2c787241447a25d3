"""Sentences that are in another language than their side of the corpus, and swapped pairs.

A sentence is reported when another language is a thousand times as likely as the expected ones.
Identifying one costs about 150 microseconds, and most need none: they consist of the side's most
frequent words to a good part, which sentences in other languages hardly share.
"""

import re

from nmt.corpus.check.fault import Finding, Side
from nmt.corpus.check.language_profile import (
    CHARACTERS_JUDGED,
    MIN_LETTERS,
    TOKENS,
    LanguageProfile,
    SideLanguages,
    count_letters,
)
from nmt.corpus.sentence_pair import SentencePair
from nmt.text.language_identification import MAX_CHARACTERS, NO_LANGUAGE, probabilities
from nmt.text.letters import word_pattern

MIN_PROBABILITY = 0.6
MIN_ODDS = 1000  # how many times as likely as the expected one another language must be
MIN_LETTERS_BESIDE = 5
WEAK_ODDS = 10  # enough on one side when the other is in this side's language
MIN_LOWER_WORDS = 2  # fewer make a name or a title, not a sentence
MIN_LOWER_SHARE = 1 / 3  # of a sentence's words; less is a list of names
OWN_SHARE = 1 / 3  # of a sentence's letters, in the side's own script: then only they are judged
FAMILIAR_SHARE = 0.4  # of a sentence's words, and of those of each half of a long one
LONG = 16  # words; half of such a sentence may be in another language
PART_ODDS = 10_000
MIN_PART_LETTERS = 30  # of a part of a sentence that is judged by itself
MAX_PARTS = 20  # that are judged
HINT = 1e-5  # the probability of the other side's language from which on parts are judged

_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]+")
_NOT_LATIN = re.compile(r"[\u0370-\u1dff\u2e80-\ud7ff\uf900-\ufaff\U00010000-\U0003ffff]+")
_WORDS = re.compile(word_pattern())
_PART_ENDS = re.compile(r"(?<=[.!?;:|/)])\s+|\s+(?=[(|/–—])|(?<=[。！？])")


def find_language(pair: SentencePair, profile: LanguageProfile) -> list[Finding]:
    """Say which side of a pair is in an unexpected language, wholly or in part; [] when clean.

    Raises:
        ConfigError: If the library that identifies languages is not installed.
    """
    target = _judge(pair.target, profile.target)
    if pair.source == pair.target:  # a name, or else a sentence that one side is wrong to have
        language = _stranger(target, profile.target, MIN_ODDS)
        return _strangers(None, language, profile) if language in profile.source.expected else []
    source = _judge(pair.source, profile.source)
    if not source and not target:
        return []
    in_source = _stranger(source, profile.source, MIN_ODDS)
    in_target = _stranger(target, profile.target, MIN_ODDS)
    if in_source or in_target:
        # Beside a side that is clearly strange, the other one may be short.
        source = source or _judge(pair.source, profile.source, MIN_LETTERS_BESIDE)
        target = target or _judge(pair.target, profile.target, MIN_LETTERS_BESIDE)
        if _is_swapped(source, target, profile):
            detail = "the source is in the target's language, the target in the source's"
            return [Finding("swapped_sides", "swapped_pair", "both", detail)]
        return _strangers(in_source, in_target, profile)
    found = []
    if _is_mixed(pair.source, source, profile.source, profile.target):
        found.append(_mixed("source", profile.target))
    if _is_mixed(pair.target, target, profile.target, profile.source):
        found.append(_mixed("target", profile.source))
    return found


def _judge(text: str, side: SideLanguages, min_letters: int = MIN_LETTERS) -> dict[str, float]:
    # The probability of each language; {} of what needs no judgement, or allows none.
    if not side.expected or len(text) < min_letters / 2:
        return {}
    if _is_familiar(text, side):
        return {}
    if not text.isascii():
        text = _in_own_script(text, side)
    if count_letters(text) < min_letters or _is_of_names(text):
        return {}
    return probabilities(text[:CHARACTERS_JUDGED])


def _is_familiar(text: str, side: SideLanguages) -> bool:
    # Whether the side's most frequent words are a good part of a sentence, wherever one looks.
    tokens = TOKENS.findall(text.lower())
    half = len(tokens) // 2
    parts = (tokens[:half], tokens[half:]) if len(tokens) >= LONG else (tokens,)
    counts = [(sum(map(side.familiar.__contains__, part)), len(part)) for part in parts]
    return all(known >= FAMILIAR_SHARE * words for known, words in counts)


def _is_of_names(text: str) -> bool:
    # Names, and titles in capitals, have a language of their own; scripts without cases hide them.
    starts = [word[0] for word in _WORDS.findall(text) if len(word) > 1]
    lower = sum(map(str.islower, starts))
    few = lower < MIN_LOWER_WORDS or lower < MIN_LOWER_SHARE * len(starts)
    return few and any(map(str.isupper, text))


def _in_own_script(text: str, side: SideLanguages) -> str:
    # A name or a quotation in its own script doesn't make the sentence foreign: that is for the
    # check of scripts to judge.
    own = (_NOT_LATIN if side.latin else _LATIN).sub(" ", text)
    return own if sum(map(str.isalpha, own)) >= OWN_SHARE * sum(map(str.isalpha, text)) else text


def _stranger(shares: dict[str, float], side: SideLanguages, odds: float) -> str | None:
    # The language that a sentence is in, if it is clearly none of the expected ones.
    if not shares:
        return None
    best = max(shares, key=shares.__getitem__)
    expected = max(shares.get(language, 0.0) for language in side.expected)
    clear = shares[best] >= MIN_PROBABILITY and shares[best] >= odds * expected
    return best if clear and best != NO_LANGUAGE else None


def _is_swapped(
    source: dict[str, float], target: dict[str, float], profile: LanguageProfile
) -> bool:
    in_source = _stranger(source, profile.source, WEAK_ODDS)
    in_target = _stranger(target, profile.target, WEAK_ODDS)
    return in_source in profile.target.expected and in_target in profile.source.expected


def _strangers(
    in_source: str | None, in_target: str | None, profile: LanguageProfile
) -> list[Finding]:
    if in_source == in_target:
        detail = f"both sides are in {in_source}"
        return [Finding("wrong_language", "foreign", "both", detail)]
    found = []
    sides: tuple[tuple[Side, str | None, Side, SideLanguages], ...] = (
        ("source", in_source, "target", profile.target),
        ("target", in_target, "source", profile.source),
    )
    for side, language, other, other_side in sides:
        if language in other_side.expected:
            detail = f"the {side} is in {language}, the {other}'s language"
            found.append(Finding("wrong_language", "untranslated", side, detail))
        elif language:
            detail = f"the {side} is in {language}"
            found.append(Finding("wrong_language", "foreign", side, detail))
    return found


def _is_mixed(
    text: str, shares: dict[str, float], side: SideLanguages, other: SideLanguages
) -> bool:
    # Whether one part of a sentence is in the side's language, another in the other side's.
    hint = max((shares.get(language, 0.0) for language in other.expected), default=0.0)
    if not shares or (hint < HINT and len(text) <= MAX_CHARACTERS):
        return False
    parts = [p for p in _PART_ENDS.split(text) if count_letters(p) >= MIN_PART_LETTERS]
    del parts[MAX_PARTS:]
    if len(parts) < 2:
        return False
    strangers = [_stranger(_judge(part, side), side, PART_ODDS) for part in parts]
    return None in strangers and any(language in other.expected for language in strangers)


def _mixed(side: Side, other: SideLanguages) -> Finding:
    detail = f"a part of the {side} is in {other.main}, the other side's language"
    return Finding("wrong_language", "mixed_languages", side, detail)
