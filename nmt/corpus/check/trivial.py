"""Pairs without a translation: an empty side, or a side that is a copy of the other."""

import re

from nmt.corpus.check.fault import Finding, Side
from nmt.corpus.sentence_pair import SentencePair
from nmt.text.letters import UNSPACED, is_mark, word_pattern

# The first character that shows: no white space, control, zero-width or filler character.
VISIBLE = re.compile(
    r"[^\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]"
)
WORD = re.compile(word_pattern())
LETTERS_UNSPACED = re.compile(rf"[{UNSPACED}]")
ADDRESS = re.compile(r"(?<!\S)\S*(?:://|www\.|@|\.com/)\S*")
# A copy of fewer words may be a name, a title or a greeting that both languages share.
LEAST_WORDS = 5
# Of the letters of an unspaced script, so many count as a word.
LETTERS_A_WORD = 3
SHOWN = 40  # characters of a copy in a detail


def find_trivial(pair: SentencePair) -> list[Finding]:
    """Sides without text (`empty`), and copies instead of translations (`identical`).

    Names, numbers, addresses and titles are rightly the same in both languages. A copy is one that
    has at least five words that are no names; "nearly_identical" is one that differs from its
    source in case, punctuation and white space only.
    """
    source, target, _ = pair
    if not (VISIBLE.search(source) and VISIBLE.search(target)):
        return [_empty(source, target)]
    if source == target:
        reason = "identical"
    else:
        difference = len(source) - len(target)
        if difference * difference * 25 > len(source) * len(target):  # a fifth: no copy
            return []
        if not _alike(source.casefold(), target.casefold()):
            return []
        reason = "nearly_identical"
    if not _needs_translation(source):
        return []
    shown = source if len(source) <= SHOWN else f"{source[:SHOWN]}…"
    return [Finding("identical", reason, "both", f'both sides say "{shown}"')]


def _empty(source: str, target: str) -> Finding:
    """The finding of a pair of which at least one side shows nothing."""
    blank = [not VISIBLE.search(text) for text in (source, target)]
    side: Side = "both" if all(blank) else "source" if blank[0] else "target"
    invisible = sum(
        len(text) for text, is_blank in zip((source, target), blank, strict=True) if is_blank
    )
    detail = "no text"
    if invisible:
        detail += f" (but {invisible} invisible character{'s' * (invisible > 1)})"
    return Finding("empty", side, side, detail)


def _alike(source: str, target: str) -> bool:
    """Whether two texts have the same letters, marks and digits in the same order."""
    quarter = len(source) // 4
    # Of a copy, one of two short pieces is found again; of a translation, hardly ever.
    if source[quarter : quarter + 6] in target or source[2 * quarter : 2 * quarter + 6] in target:
        return "".join(filter(_is_kept, source)) == "".join(filter(_is_kept, target))
    return False


def _is_kept(character: str) -> bool:
    """Whether a character tells words apart: a vowel sign does as well as a letter."""
    return character.isalnum() or is_mark(character)


def _needs_translation(text: str) -> bool:
    """Whether a text has enough words that are no names, and more of them than of names."""
    common = names = 0
    for word in WORD.findall(ADDRESS.sub(" ", text)):
        if word[0].islower():
            common += 1
        elif word[0].isupper():
            names += 1
        else:  # a script without case, perhaps without spaces
            common += max(1, len(LETTERS_UNSPACED.findall(word)) // LETTERS_A_WORD)
    return common >= LEAST_WORDS and common > names
