"""A word is letters with their marks, in any script; joiners stand inside a word alone."""

import re
import sys
import time
import unicodedata

import pytest

from nmt.text.letters import MARKS, UNSPACED, is_mark, word_pattern

WORD = re.compile(word_pattern())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The dog's 2 tails_x.", ["The", "dog", "s", "tails", "x"]),
        ("हम हिन्दी में।", ["हम", "हिन्दी", "में"]),
        ("Ọjọ́rú, gbẹ́ni lọ́", ["Ọjọ́rú", "gbẹ́ni", "lọ́"]),
        ("cafe\u0301s to", ["cafe\u0301s", "to"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("Auf\u200clage র\u200d্য", ["Auf\u200clage", "র\u200d্য"]),
        ("അവന്\u200d x", ["അവന്\u200d", "x"]),  # a letter of its own, as it used to be spelt
        ("end\u200c \u200dstart \u0301x", ["end", "start", "x"]),
        ("שָׁלוֹם عَلَيْكُمْ", ["שָׁלוֹם", "عَلَيْكُمْ"]),
        ("1\u20e3 2x", ["x"]),
        ("", []),
    ],
)
def test_words_keep_their_marks(text: str, expected: list[str]) -> None:
    assert WORD.findall(text) == expected


def test_letters_that_are_left_out_end_a_word() -> None:
    word = re.compile(word_pattern(without=UNSPACED))
    assert word.findall("ab漢字cd ภาษา हिन्दीの") == ["ab", "cd", "हिन्दी"]


def test_all_marks_are_known_but_for_selectors_of_variants() -> None:
    mark = re.compile(f"[{MARKS}]")
    missing = [c for c in map(chr, range(sys.maxunicode)) if is_mark(c) != bool(mark.match(c))]
    assert all("VARIATION SELECTOR" in unicodedata.name(character) for character in missing)


@pytest.mark.parametrize("unit", ["a", "\u0301", "a\u0301", "\u200d", "\u200c\u0301", "ab "])
def test_an_endless_line_takes_time_in_proportion(unit: str) -> None:
    started = time.perf_counter()
    WORD.findall("x" + unit * 200_000)
    assert time.perf_counter() - started < 5
