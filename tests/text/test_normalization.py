"""Normalization: a line stays one line, a second pass changes nothing, no word is lost."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.text.normalization import Normalization, normalize

# all that Python, Unicode or an editor may take for the end of a line, and other odd white space
SEPARATORS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x00\x07\x7f\t\x1f \xa0\u2003\u3000"
LINES = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(SEPARATORS)))
FORMS = st.sampled_from(["nfkc", "nfc", "none"])


@settings(deadline=None)
@given(LINES, FORMS)
def test_a_second_pass_changes_nothing(line: str, form: Normalization) -> None:
    once = normalize(line, form)
    assert normalize(once, form) == once


@settings(deadline=None)
@given(LINES, FORMS)
def test_a_line_stays_one_line_with_single_spaces(line: str, form: Normalization) -> None:
    result = normalize(line, form)
    assert result.splitlines() == ([result] if result else [])
    assert not any(unicodedata.category(character) == "Cc" for character in result)
    assert result == " ".join(result.split())


@settings(deadline=None)
@given(st.lists(LINES), FORMS)
def test_the_number_of_lines_stays(lines: list[str], form: Normalization) -> None:
    text = "".join(normalize(line, form) + "\n" for line in lines)
    assert text.count("\n") == len(lines)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)))
def test_words_are_kept_whatever_stands_between_them(words: list[str]) -> None:
    for separator in SEPARATORS:
        assert normalize(separator.join(words), "none") == " ".join(words)


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"])))
def test_the_form_is_that_of_unicode(word: str) -> None:
    assert normalize(word, "nfc") == unicodedata.normalize("NFC", word)
    # NFKC may write one character as several with a space, as in "¨"
    assert normalize(word, "nfkc") == " ".join(unicodedata.normalize("NFKC", word).split())


@pytest.mark.parametrize(
    ("line", "nfkc", "nfc", "none"),
    [
        ("o\u0308", "ö", "ö", "o\u0308"),
        ("ﬁn", "fin", "ﬁn", "ﬁn"),
        ("ＡＢＣ１２", "ABC12", "ＡＢＣ１２", "ＡＢＣ１２"),
        ("x²", "x2", "x²", "x²"),
    ],
)
def test_each_form_goes_as_far_as_its_name(line: str, nfkc: str, nfc: str, none: str) -> None:
    assert [normalize(line, "nfkc"), normalize(line, "nfc"), normalize(line, "none")] == [
        nfkc,
        nfc,
        none,
    ]


def test_joiners_that_shape_letters_are_text() -> None:
    for line in ("می\u200cخواهم", "क्\u200dष", "👩\u200d👧"):
        assert normalize(line) == line
