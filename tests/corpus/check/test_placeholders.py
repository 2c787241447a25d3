"""Placeholders and links must be on both sides; what only looks like one need not."""

import pytest

from nmt.corpus.check.placeholders import find_placeholder_mismatch
from nmt.corpus.sentence_pair import SentencePair

PLACEHOLDERS = [
    "{0}", "{name}", "{user.name}", "{price:.2f}", "${x}", "{{x}}", "{{ x }}", "%(name)s", "%1$s",
    "%s", "%d", "%.2f", "%PRODUCTNAME", "__URL__", "@@x@@", "[[1]]", '<x id="1"/>', '<g id="2">',
]  # fmt: skip


def found(source: str, target: str) -> list[tuple[str, str]]:
    findings = find_placeholder_mismatch(SentencePair(source, target, 1))
    assert all(finding.kind == "placeholder_mismatch" for finding in findings)
    return [(finding.reason, finding.side) for finding in findings]


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_a_placeholder_on_one_side_is_found(placeholder: str) -> None:
    assert found(f"Hello {placeholder} there", "Hallo du") == [("placeholder", "source")]
    assert found("Hello you", f"{placeholder} hallo") == [("placeholder", "target")]
    assert found(f"a {placeholder} b {placeholder}", f"{placeholder} c") == [
        ("placeholder", "source")
    ]


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_a_placeholder_may_move(placeholder: str) -> None:
    assert found(f"Hello {placeholder}, you", f"{placeholder}: hallo") == []


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("%s file %s", "%2$s Datei %1$s"),
        ("%1$s of %2$s", "%s von %s"),
        ("%d files in %s", "In %2$s sind %1$d Dateien"),
        ("%ld files", "%1$ld Dateien"),
        ("{} of {:.2f}", "{1:.2f} von {0}"),
        ("%(name)s has %s", "%1$s hat %(name)s"),
    ],
)
def test_a_placeholder_for_the_next_argument_may_be_numbered(source: str, target: str) -> None:
    assert found(source, target) == found(target, source) == []


@pytest.mark.parametrize(
    ("source", "target", "side"),
    [
        ("%s file %s", "%3$s Datei %1$s", "both"),
        ("%s file", "%1$d Datei", "both"),
        ("%s file %s", "Datei %1$s", "both"),
        ("{} of {}", "{1} von {2}", "both"),
    ],
)
def test_a_number_must_be_that_of_the_argument(source: str, target: str, side: str) -> None:
    assert found(source, target) == [("placeholder", side)]


def test_other_placeholders_are_shown_on_both_sides() -> None:
    pair = SentencePair("{0} of {1} {1}", "{0} von {2}", 1)
    (finding,) = find_placeholder_mismatch(pair)
    assert finding.side == "both"
    assert finding.detail == "the source has {1} (2 times), the target {2}"


@pytest.mark.parametrize(
    "text",
    [
        "100 %", "100 % sure", "5%ig", "25% d'intérêt", "100%s", "10%-20%", "$60 or $US60", "50 %.",
        "{which is in spring}", "{馬芻}", "{ margin: auto; }", "%^&ing", "100%20", "______",
        "a@b", "@user", "[[Kyoto]]", "<生>", "__RamzZy__",
    ],
)  # fmt: skip
def test_what_is_no_placeholder_may_be_on_one_side(text: str) -> None:
    assert found(f"one {text} two", "eins zwei") == []


def test_links_to_other_sites_and_other_addresses_are_found() -> None:
    assert found("see www.one.de.", "siehe http://two.com/x") == [("url", "both")]
    assert found("me@one.de", "me@two.de") == [("url", "both")]


def test_links_to_other_pages_of_a_site_or_on_one_side_are_left_alone() -> None:
    assert found("see http://www.one.de/en/x", "siehe https://one.de/de/y.") == []
    assert found("see http://www.one.de/en/x", "siehe dort") == []
