"""Splitting: no character is lost or moved, every part fits, nothing is cut that need not be."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.text.splitting import split_text

LATIN = st.text("ab .,!?:\"')\n\u2028", max_size=80)
JAPANESE = st.text("日本語です。！？「」、　", max_size=80)
ENDLESS_WORD = st.text("xyz", min_size=30, max_size=200)
ANYTHING = st.text(st.characters(codec="utf-8"), max_size=80)
TEXTS = st.one_of(LATIN, JAPANESE, ENDLESS_WORD, ANYTHING)
LIMITS = st.integers(1, 20)


def visible(text: str) -> str:
    return "".join(text.split())


def at_most(limit: int) -> Callable[[str], bool]:
    """A part fits with so many characters, white space not counted (as for a tokenizer)."""
    return lambda part: len(visible(part)) <= limit


@settings(deadline=None)
@given(TEXTS, LIMITS)
def test_no_character_is_lost_or_moved(text: str, limit: int) -> None:
    assert visible("".join(split_text(text, at_most(limit)))) == visible(text)


@settings(deadline=None)
@given(TEXTS, LIMITS)
def test_every_part_fits_and_holds_text(text: str, limit: int) -> None:
    for part in split_text(text, at_most(limit)):
        assert at_most(limit)(part)
        assert part and part == part.strip()


@settings(deadline=None)
@given(TEXTS)
def test_a_text_that_fits_is_one_part(text: str) -> None:
    assert split_text(text, at_most(len(text))) == ([text.strip()] if text.strip() else [])


@settings(deadline=None)
@given(LATIN, LIMITS)
def test_words_that_fit_are_neither_cut_nor_joined(text: str, limit: int) -> None:
    longest = max((len(word) for word in text.split()), default=1)
    parts = split_text(text, at_most(max(limit, longest)))
    assert " ".join(parts).split() == text.split()


WORDS = st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=4)


@settings(deadline=None)
@given(st.lists(WORDS.map(lambda words: " ".join(words) + "."), max_size=12), st.integers(25, 60))
def test_sentences_that_fit_stay_whole_and_share_parts(sentences: list[str], limit: int) -> None:
    fits = at_most(limit)
    parts = split_text(" ".join(sentences), fits)
    assert [sentence + "." for part in parts for sentence in split_at_stops(part)] == sentences
    assert not any(fits(left + right) for left, right in pairwise(parts))


def split_at_stops(part: str) -> list[str]:
    return [sentence.strip() for sentence in part.removesuffix(".").split(".")]


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("One two. Three four.", 10, ["One two.", "Three four."]),
        ('He said: "Go!" She went.', 14, ['He said: "Go!"', "She went."]),
        ("これは本です。あれも本です。", 7, ["これは本です。", "あれも本です。"]),
        ("「はい。」「いいえ。」", 6, ["「はい。」", "「いいえ。」"]),
        ("one two three", 6, ["one two", "three"]),
        ("abcdefgh", 4, ["abcd", "efgh"]),
        ("Version 3.14 is out", 11, ["Version 3.14", "is out"]),
        ("", 5, []),
        (" \n\u2028 ", 5, []),
    ],
)
def test_the_cut_is_where_a_reader_would_make_it(text: str, limit: int, parts: list[str]) -> None:
    assert split_text(text, at_most(limit)) == parts


def test_what_follows_a_sentence_that_was_cut_keeps_its_space() -> None:
    assert split_text("aaa bbb ccc. Dd. Ee.", at_most(7)) == ["aaa bbb", "ccc. Dd.", "Ee."]


def test_a_character_that_does_not_fit_is_kept() -> None:
    assert split_text("ab", lambda part: False) == ["a", "b"]
