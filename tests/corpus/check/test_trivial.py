"""Empty sides and copies: found where they are, not where both languages share a name."""

import pytest

from nmt.corpus.check.trivial import find_trivial
from nmt.corpus.sentence_pair import SentencePair

INVISIBLE = ("", " ", "\t", "\u3000", "\xa0", "\u200b", "\ufeff", "\x00", "\u200e\u200f", "\u2800")
SENTENCE = "the house stands on a hill near the river"


def reasons(source: str, target: str) -> list[tuple[str, str, str]]:
    return [(f.kind, f.reason, f.side) for f in find_trivial(SentencePair(source, target, 1))]


@pytest.mark.parametrize("nothing", INVISIBLE)
def test_a_side_on_which_nothing_shows_is_empty(nothing: str) -> None:
    assert reasons(nothing, "Haus") == [("empty", "source", "source")]
    assert reasons("house", nothing) == [("empty", "target", "target")]
    assert reasons(nothing, nothing) == [("empty", "both", "both")]


@pytest.mark.parametrize("text", ["-", "?", "1", "家", "\ufffd", "👍", "\u200bx"])
def test_a_side_on_which_something_shows_is_not_empty(text: str) -> None:
    assert reasons(text, "Haus") == []


@pytest.mark.parametrize(
    "text", [SENTENCE, "これは日本語の文章でありまして翻訳されていません。", "हम आज स्कूल जा रहे हैं"]
)
def test_a_copied_sentence_is_identical(text: str) -> None:
    assert reasons(text, text) == [("identical", "identical", "both")]


@pytest.mark.parametrize(
    "copy", [SENTENCE.upper(), f"{SENTENCE}.", f"- {SENTENCE}", SENTENCE.replace(" n", "  n")]
)
def test_a_copy_that_differs_in_signs_only_is_nearly_identical(copy: str) -> None:
    assert reasons(SENTENCE, copy) == [("identical", "nearly_identical", "both")]


@pytest.mark.parametrize(
    "shared",
    [
        "OK",
        "1984",
        "Ludwig van Beethoven",
        "Universidad Nacional de Asunción",
        "https://example.org/one/two/three/four/five/six",
        "pic.twitter.com/ab @one @two a@b.org",
        "京都市左京区",
        "नरेन्द्र मोदी",
        "अटल बिहारी वाजपेयी",
    ],
)
def test_names_numbers_and_addresses_may_be_identical(shared: str) -> None:
    assert reasons(shared, shared) == []


def test_a_sentence_with_one_other_word_is_no_copy() -> None:
    assert reasons(SENTENCE, SENTENCE.replace("house", "home")) == []


def test_a_sentence_with_other_vowel_signs_is_no_copy() -> None:
    hindi = "हम आज स्कूल जा रहे हैं"
    assert reasons(hindi, f"{hindi}।") == [("identical", "nearly_identical", "both")]
    assert reasons(hindi, hindi.replace("रहे", "रही")) == []
