"""Characters that no text should hold are found; those that a script needs are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.check.characters import find_characters
from nmt.corpus.sentence_pair import SentencePair


def reasons(text: str) -> list[tuple[str, str]]:
    findings = find_characters(SentencePair(text, "", 1))
    mirrored = find_characters(SentencePair("", text, 1))
    assert [f._replace(side="target") for f in findings] == mirrored
    assert all(f.side == "source" for f in findings)
    return [(f.kind, f.reason) for f in findings]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("k\ufffdnnen", "replacement_character"),
        ("a\x00b", "control_character"),
        ("a\x1bb", "control_character"),
        ("Soul\x9d", "control_character"),
        ("Go\x92on", "windows_1252"),
        ("Gr\xfc\x92on", "windows_1252"),
        ("a\ue000", "private_use"),
        ("a\U000f0000", "private_use"),
        ("a\ufdd0", "noncharacter"),
        ("a\uffff", "noncharacter"),
        ("a\ud800b", "surrogate"),
        ("end.\ufeff", "byte_order_mark"),
        ("Ein\xadmal", "invisible_character"),
        ("da \u200bund", "invisible_character"),
        ("a\u200db", "invisible_character"),
        ("Josée\u200f has", "direction_mark"),
        ("W?rter f?r dich", "lost_letters"),
        ("???? ??? ?????", "lost_letters"),
    ],
)
def test_damage_is_named(text: str, reason: str) -> None:
    assert reasons(text) == [("encoding", reason)]


@pytest.mark.parametrize("separator", "\x0b\x0c\r\x1c\x1d\x1e\x85\u2028\u2029")
def test_what_ends_a_line_elsewhere_is_a_separator(separator: str) -> None:
    assert len(f"one{separator}two".splitlines()) == 2
    assert reasons(f"one{separator}two") == [("separator", "line_separator")]


def test_a_tab_is_a_separator_of_its_own() -> None:
    assert reasons("one\ttwo") == [("separator", "tab")]


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian
        "क्\u200dष",  # Hindi
        "👨\u200d👩\u200d👧 and 🏴\U000e0067\U000e0062\U000e007f",
        "ภาษา\u200bไทย",
        "שלום\u200f (hello)",
        "Really?Yes. What?No!",
        "see page.php?id=3&x=a?b and https://example.org/?q=a?b",
        "Why?? What???",
        "泰?四年?月",
        "É uma cafetería — 35 °C “sí”…\xa0!",
    ],
)
def test_what_a_script_needs_is_clean(text: str) -> None:
    assert reasons(text) == []


def test_a_detail_shows_the_character_by_its_name_and_place() -> None:
    (finding,) = find_characters(SentencePair("da \u200bund so", "", 1))
    assert finding.detail == 'contains U+200B (zero width space) in "da ·und so"'
    (finding,) = find_characters(SentencePair("Go\x92on", "", 1))
    assert "“" not in finding.detail
    assert '"’" in Windows-1252' in finding.detail


@given(st.text())
def test_a_detail_is_one_printable_line_without_the_character(text: str) -> None:
    for finding in find_characters(SentencePair(text, text, 1)):
        assert len(finding.detail.splitlines()) == 1
        assert "\x00" not in finding.detail
        finding.detail.encode("utf-8")


@pytest.mark.parametrize("text", ["groß", "‘so’", "Ähre – ö", "😀 Öl"])
def test_a_part_of_mojibake_is_no_control_character(text: str) -> None:
    damaged = text.encode().decode("latin-1")
    assert find_characters(SentencePair(damaged, damaged, 1)) == []
