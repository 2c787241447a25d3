"""Words as letters with their marks, which `re` takes for the ends of words: "हिन्दी", "Yorùbá".

A vowel sign of an Indic script, and an accent or tone mark that no letter is composed with, is a
character of its own (of the Unicode categories Mn, Mc and Me) and no `\\w`. Neither are the joiners
U+200C and U+200D, which stand between the letters of a Persian or Bengali word.
"""

import unicodedata
from collections.abc import Iterator

FIRST_MARK, AFTER_MARKS = 0x300, 0x1F000  # but for selectors of the variants of a character
JOINERS = "\u200c\u200d"
# Inside a character class, scripts that put no spaces between words: Thai and Lao, Burmese, Khmer,
# Yi, Javanese, Chinese and Japanese.
UNSPACED = (
    r"\ua000-\ua4cf\ua980-\ua9df"
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u312f\u3400-\u4dbf\u4e00-\u9fff"
    r"\uf900-\ufaff\U00020000-\U0003ffff"
)


def word_pattern(without: str = "") -> str:
    """A regular expression for a word of letters with their marks, as long as it goes.

    Args:
        without: characters and ranges, as inside a character class, that are in no such word.
    """
    letter = rf"[^\W\d_{without}]"
    # Most words end at a space: a glance at it spares the long class of marks.
    more = rf"(?=[^\x00-\u02ff])[{JOINERS}]*+(?:{letter}++|[{MARKS}]++\u200d?+{letter}*+)"
    return rf"{letter}++(?:{more})*+"


def is_mark(character: str) -> bool:
    """Whether a character belongs to the letter before it."""
    return unicodedata.category(character)[0] == "M"


def _ranges() -> Iterator[str]:
    """The marks, as inside a character class."""
    codes = [code for code in range(FIRST_MARK, AFTER_MARKS) if is_mark(chr(code))]
    first = last = codes[0]
    for code in [*codes[1:], AFTER_MARKS]:
        if code > last + 1:
            yield f"{chr(first)}-{chr(last)}"
            first = code
        last = code


MARKS = "".join(_ranges())
