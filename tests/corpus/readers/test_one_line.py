"""A text becomes one line: line breaks go, nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.readers.one_line import one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("one line", "one line"),
        ("one\ntwo", "one two"),
        ("one\r\ntwo", "one two"),
        ("one  \n\t\t two", "one two"),
        ("\n    indented\n  ", "indented"),
        ("one\n\n \n two", "one two"),
        (" kept \t", " kept \t"),
        ("  kept\nkept  ", "  kept kept  "),
        ("\n \r ", ""),
        ("one\u2028two\x85three\u00a0\nfour", "one\u2028two\x85three\u00a0 four"),
    ],
)
def test_only_line_breaks_and_what_is_around_them_change(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text(st.sampled_from("ab \t\n\r\u00a0\u2028")))
def test_all_but_white_space_is_kept_and_a_second_pass_changes_nothing(text: str) -> None:
    line = one_line(text)
    assert line.split() == text.split()
    assert "\n" not in line and "\r" not in line
    assert one_line(line) == line
    assert line == text or set(text) & {"\n", "\r"}


def test_a_long_blank_text_takes_linear_time() -> None:
    assert one_line(" \n" * 1_000_000 + " " * 1_000_000) == ""
