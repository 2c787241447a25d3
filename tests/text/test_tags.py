"""Tags in front of a source."""

import pytest

from nmt.errors import ConfigError
from nmt.text.tags import check_tags, split_tag, tagged

KNOWN = ("<law>", "<med>")


def test_a_tag_is_put_in_front_of_each_line() -> None:
    assert tagged(["Das Haus.", "Ja"], "<law>", KNOWN) == ["<law> Das Haus.", "<law> Ja"]


@pytest.mark.parametrize(
    "line",
    ["", "  ", "\u2028", "\x01", "<law> Ja", " <med> Ja", "<med>\tJa", "<law>\u00a0Ja", "<med>"],
)
def test_an_empty_line_and_one_with_a_tag_stay_as_they_are(line: str) -> None:
    assert tagged([line], "<law>", KNOWN) == [line]


def test_without_a_tag_nothing_is_changed() -> None:
    assert tagged(["Ja", ""], None, ()) == ["Ja", ""]


@pytest.mark.parametrize(
    ("tag", "known", "remedy"),
    [
        ("<law>", (), "trained without tags; leave it out"),
        ("<lav>", KNOWN, "it knows <law>, <med>"),
        ("", KNOWN, "it knows <law>, <med>"),
    ],
)
def test_an_unknown_tag_is_refused_with_those_that_are_there(
    tag: str, known: tuple[str, ...], remedy: str
) -> None:
    with pytest.raises(ConfigError, match=remedy):
        tagged([], tag, known)


@pytest.mark.parametrize(
    ("line", "tag", "text"),
    [
        ("<law> Das Haus.", "<law>", "Das Haus."),
        ("<law>", "<law>", ""),
        ("<xml> Das Haus.", "", "<xml> Das Haus."),
        ("<law>Das Haus.", "", "<law>Das Haus."),
        ("", "", ""),
    ],
)
def test_the_tag_of_a_line_is_its_first_word(line: str, tag: str, text: str) -> None:
    assert split_tag(line, KNOWN) == (tag, text)


@pytest.mark.parametrize("tag", ["<law>", "<2de>", "__en__", ">>de<<", "[x]", "<法>"])
def test_a_tag_between_signs_is_found_nowhere_else(tag: str) -> None:
    check_tags([tag], "nfkc")


@pytest.mark.parametrize(
    ("tag", "remedy"),
    [
        ("en", "cut its words; write it between signs, such as '<en>'"),
        ("<en", "such as '<en>'"),
        ("2en:", "such as '<2en>'"),
        ("<>", "such as '<law>'"),
        ("<s>", "a token of its own already"),
        ("<0x0A>", "a token of its own already"),
        ("<①>", "is not in the form nfkc; write '<1>'"),
    ],
)
def test_a_tag_that_text_could_hold_is_refused(tag: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_tags(["<law>", tag], "nfkc")
    assert remedy in str(caught.value)
