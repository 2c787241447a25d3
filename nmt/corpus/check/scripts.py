"""Letters of scripts that don't belong: lookalikes inside a word, and text in a foreign script.

A word of Latin letters with a Cyrillic one among them that looks the same ("сat") is another word
to a model. Names and terms in their own script, as in brackets, belong to many texts; so what is
reported of a side is a sentence that is mostly, or for a good stretch, in a script that its side
hardly uses. Latin letters are at home in every side: whether a whole sentence is foreign there is
for the check of languages to say.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import langcodes

from nmt.corpus.check.fault import Finding, Side
from nmt.corpus.sentence_pair import SentencePair
from nmt.text.languages import base_language
from nmt.text.letters import word_pattern

LATIN, GREEK, CYRILLIC, COMMON = "Latin", "Greek", "Cyrillic", "common"
OWN_SHARE = 0.005  # of a sample's letters: a script this frequent is one of the side's own
OWN_LINES = 10  # that a script of one's own is in
MIN_LETTERS = 3  # of a foreign script
MAX_SHARE = 0.5  # of a sentence's letters in foreign scripts
MAX_LETTERS = 25  # in foreign scripts, whatever their share: longer than a name

_WORDS = re.compile(word_pattern())
# Letters of Greek and Cyrillic that are drawn as Latin ones, and the reverse.
_LIKE_LATIN = frozenset("асеорхуіјѕһԁԛԝАВЕКМНОРСТХУІЈЅԌΑΒΕΖΗΙΚΜΝΟΡΤΥΧονι")
_LIKE_OTHERS = frozenset("aceopxyijshdqwABEKMHOPCTXYIJSGZNvu")
_PLAIN = {"Cjk": "Han", "Ideographic": "Han", "Hiragana": "Kana", "Katakana": "Kana"}
_ISO_15924 = {
    "Arab": ("Arabic",), "Armn": ("Armenian",), "Beng": ("Bengali",), "Cyrl": ("Cyrillic",),
    "Deva": ("Devanagari",), "Ethi": ("Ethiopic",), "Geor": ("Georgian",), "Grek": ("Greek",),
    "Gujr": ("Gujarati",), "Guru": ("Gurmukhi",), "Hans": ("Han",), "Hant": ("Han",),
    "Hebr": ("Hebrew",), "Jpan": ("Han", "Kana"), "Khmr": ("Khmer",), "Knda": ("Kannada",),
    "Kore": ("Hangul", "Han"), "Laoo": ("Lao",), "Mlym": ("Malayalam",), "Mymr": ("Myanmar",),
    "Orya": ("Oriya",), "Sinh": ("Sinhala",), "Taml": ("Tamil",), "Telu": ("Telugu",),
    "Thai": ("Thai",), "Tibt": ("Tibetan",),
}  # fmt: skip
_UNITS = "µΩ℧"  # stand in any text


@dataclass(frozen=True, slots=True)
class ScriptProfile:
    """The scripts that each side is written in."""

    source: frozenset[str]
    target: frozenset[str]


def learn_scripts(
    sample: Sequence[SentencePair], languages: tuple[str | None, str | None] = (None, None)
) -> ScriptProfile:
    """Learn which scripts each side uses as a matter of course.

    Those of its declared language belong to it even where the sample has none of them.
    """
    source = _own_scripts(pair.source for pair in sample) | _scripts_of_language(languages[0])
    target = _own_scripts(pair.target for pair in sample) | _scripts_of_language(languages[1])
    return ScriptProfile(source, target)


def find_scripts(pair: SentencePair, profile: ScriptProfile) -> list[Finding]:
    """Find words of mixed scripts and text in a foreign script; [] for most pairs."""
    if pair.source.isascii() and pair.target.isascii():
        return []
    return [
        *_find_in("source", pair.source, profile.source),
        *_find_in("target", pair.target, profile.target),
    ]


@cache
def script_of(character: str) -> str:
    """The script of one character: "Latin", "Han", "Kana", ...; "common" for all but letters."""
    if not character.isalpha() or character in _UNITS:
        return COMMON
    # A fullwidth or mathematical letter is the letter that it is compatible with.
    plain = unicodedata.normalize("NFKC", character)[0]
    first, *rest = unicodedata.name(plain, "common").replace("-", " ").split()
    if first == "MODIFIER":  # such as the Hawaiian okina, at home in several scripts
        return COMMON
    name = first.capitalize() if first != "OLD" or not rest else rest[0].capitalize()
    return _PLAIN.get(name, name)


def _own_scripts(lines: Iterable[str]) -> frozenset[str]:
    counts: Counter[str] = Counter()
    lines_with: Counter[str] = Counter()
    number = 0
    for number, line in enumerate(lines, start=1):  # noqa: B007
        of_line: Counter[str] = Counter()
        for character, count in Counter(line).items():
            of_line[script_of(character)] += count
        counts += of_line
        lines_with.update(of_line.keys())
    letters = counts.total() - counts[COMMON]
    least = min(OWN_LINES, number // 2)  # one foreign sentence is much of a small corpus
    own = {
        script
        for script, count in counts.items()
        if count >= OWN_SHARE * letters and lines_with[script] >= least
    }
    return frozenset(own | {LATIN, COMMON})


def _scripts_of_language(tag: str | None) -> frozenset[str]:
    base = base_language(tag) if tag else None
    if not tag or not base:
        return frozenset()
    named = langcodes.Language.get(tag.strip()).script  # as in "sr-Latn"
    code = named or langcodes.Language.get(base).maximize().script
    return frozenset(_ISO_15924.get(code or "", ()))


def _find_in(side: Side, text: str, own: frozenset[str]) -> list[Finding]:
    if text.isascii():
        return []
    scripts = set(map(script_of, set(text)))
    found = []
    if len(scripts & {LATIN, GREEK, CYRILLIC}) > 1:
        words = [word for word in _WORDS.findall(text) if _has_lookalike(word)]
        if words:
            detail = f'"{words[0]}" mixes letters that look alike: {_spell(words[0])}'
            found.append(Finding("script", "mixed_script_word", side, detail))
    if not scripts <= own:
        letters = [(c, script) for c in text if (script := script_of(c)) != COMMON]
        foreign = [(c, script) for c, script in letters if script not in own]
        if len(foreign) >= MIN_LETTERS and (
            len(foreign) >= MAX_SHARE * len(letters) or len(foreign) >= MAX_LETTERS
        ):
            script, _ = Counter(script for _, script in foreign).most_common(1)[0]
            shown = "".join(c for c, _ in foreign[:10])
            detail = f'{len(foreign)} of {len(letters)} letters, as in "{shown}", are {script}'
            found.append(Finding("script", "unexpected_script", side, detail))
    return found


def _has_lookalike(word: str) -> bool:
    # Whether the letters of the word's rarer script are all drawn like those of the other one.
    if word.isascii():
        return False
    latin = [c for c in word if script_of(c) == LATIN]
    others = [c for c in word if script_of(c) in (GREEK, CYRILLIC)]
    if not latin or not others:
        return False
    if len(others) <= len(latin):
        return _LIKE_LATIN.issuperset(others)
    return _LIKE_OTHERS.issuperset(latin)


def _spell(word: str) -> str:
    # The letters of the rarer script, with their Unicode names.
    scripts = Counter(map(script_of, word))
    rare = min((s for s in scripts if s != COMMON), key=scripts.__getitem__)
    letter = next(c for c in word if script_of(c) == rare)
    return f"U+{ord(letter):04X} is {unicodedata.name(letter, 'nameless').lower()}"
