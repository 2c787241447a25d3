"""Markup is found; angle brackets, ampersands and quotes of plain text are not."""

import pytest

from nmt.corpus.check.markup import find_markup
from nmt.corpus.sentence_pair import SentencePair


def reasons(source: str, target: str) -> list[tuple[str, str]]:
    findings = find_markup(SentencePair(source, target, 1))
    assert all(finding.kind == "markup" for finding in findings)
    return [(finding.reason, finding.side) for finding in findings]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("<b>one</b>", "<B>eins</B>", [("tags", "both")]),
        ("<b>one</b>", "<b>eins", [("different_tags", "source")]),
        ("one", "<br/>eins", [("different_tags", "target")]),
        ("<i>one</i>", "<b>eins</b>", [("different_tags", "both")]),
        ('<seg id="1">one</seg>', '<seg id="2">eins</seg>', [("tags", "both")]),
        ("m&amp;h", "m&h", [("entities", "source")]),
        ("it &apos;s", "es &#39;s", [("entities", "source"), ("entities", "target")]),
        ("& quot ; yes", "ja", [("entities", "source")]),
        ("wor@@ ds", "Wort", [("subword_marks", "source")]),
        ("▁wor ds", "Wort", [("subword_marks", "source")]),
        ("[[Kyoto|the city]]", "Kyoto", [("wiki", "source")]),
        ("'''Kyoto''' is", "Kyoto", [("wiki", "source")]),
        ("\\textbf{one}", "eins", [("latex", "source")]),
    ],
)
def test_markup_is_found(source: str, target: str, expected: list[tuple[str, str]]) -> None:
    assert reasons(source, target) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a < b and c > d", "I <3 you", "<see page 2>", "<Your Name>", "<a new law enacted>", "<生>",
        "<mail@example.org>", "<https://example.org>", "AT&T; R&D;", "A & B; C", "&c.", "a -> b",
        "rock 'n' roll ''quoted''", "C:\\text", "\\100", "a == b", "[[1]]", "@@", "x > y < z",
    ],
)  # fmt: skip
def test_plain_text_has_no_markup(text: str) -> None:
    assert reasons(text, text) == []


def test_a_detail_names_the_tags_of_each_side() -> None:
    (finding,) = find_markup(SentencePair("<i>one</i>", "eins<br>", 1))
    assert finding.detail == "only the source has <i>, </i>; only the target has <br>"
    (finding,) = find_markup(SentencePair("m&amp;h", "mh", 1))
    assert finding.detail == 'contains "&amp;", which stands for "&"'
