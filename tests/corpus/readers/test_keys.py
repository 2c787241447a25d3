"""Which values of a row are the two sides: by columns, by languages, or by the usual names."""

from typing import Any

import pytest

from nmt.corpus.readers.keys import Sides, find_sides, text_at
from nmt.corpus.readers.selection import Selection
from nmt.errors import DataError

DE_EN = Selection("de", "en")
FOUND: list[tuple[dict[str, Any], Selection, str, str]] = [
    ({"source": 0, "target": 0}, Selection(), "source", "target"),
    ({"target": 0, "id": 0, "source": 0}, DE_EN, "source", "target"),
    ({"src": 0, "tgt": 0}, Selection(), "src", "tgt"),
    ({"de": 0, "en": 0}, DE_EN, "de", "en"),
    ({"de": 0, "en": 0}, Selection("en", "de"), "en", "de"),
    ({"deu_Latn": 0, "eng_Latn": 0}, DE_EN, "deu_Latn", "eng_Latn"),
    ({"en-GB": 0, "en": 0, "DE": 0}, DE_EN, "DE", "en"),
    (
        {"translation": {"en": 0, "yor": 0}},
        Selection("yo", "en"),
        "translation.yor",
        "translation.en",
    ),
    (
        {"id": 0, "translation": {"source": 0, "target": 0}},
        Selection(),
        "translation.source",
        "translation.target",
    ),
    ({"source": 0, "target": 0, "de": 0, "en": 0}, DE_EN, "de", "en"),
    ({"a": 0, "b": 0}, Selection(columns=("b", "a")), "b", "a"),
    ({"a": 0, "b": 0, "c": 0}, Selection(columns=("3", "1")), "c", "a"),
    ({"a": {"b": {"c": 0}}, "d": 0}, Selection(columns=("a.b.c", "d")), "a.b.c", "d"),
    ({"2": 0, "x": 0}, Selection(columns=("2", "x")), "2", "x"),
]


@pytest.mark.parametrize(("row", "selection", "source", "target"), FOUND)
def test_sides_are_found(
    row: dict[str, Any], selection: Selection, source: str, target: str
) -> None:
    assert find_sides(row, selection, "a") == Sides(
        tuple(source.split(".")), tuple(target.split("."))
    )


def test_a_key_with_a_dot_is_one_key() -> None:
    selection = Selection(columns=("a.b", "c"))
    assert find_sides({"a.b": 0, "c": 0, "a": {"b": 0}}, selection, "a") == Sides(("a.b",), ("c",))


@pytest.mark.parametrize(
    ("row", "selection", "message"),
    [
        (
            {"de": 0, "en": 0},
            Selection(),
            'a: cannot tell the source and the target among the keys "de", "en"; give',
        ),
        ({"de": 0, "en": 0}, Selection("de", "fr"), "the source (de) and the target (fr) among"),
        ({"translation": {"x": 0}}, DE_EN, 'among the keys "x"; give'),
        ({}, Selection(), "among the keys none; give"),
        ({"source": 0}, Selection(), 'among the keys "source"; give'),
        ({"a": 0}, Selection(columns=("a", "b")), 'a: no column "b"; it has "a"'),
        ({"a": 0}, Selection(columns=("1", "2")), 'a: no column "2"; it has "a"'),
        ({"a": 0}, Selection(columns=("0", "1")), 'a: no column "0"; it has "a"'),
        ({"a": {"b": 0}}, Selection(columns=("a.b", "a.c")), 'a: no column "a.c"; it has "a"'),
        (dict.fromkeys(map(str, range(30))), Selection(), '"9" and 20 more'),
    ],
)
def test_what_is_not_there_is_one_line(
    row: dict[str, Any], selection: Selection, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        find_sides(row, selection, "a")
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"a": {"b": "x"}}, "x"),
        ({"a": {"b": None}}, ""),
        ({"a": None}, ""),
        ({"a": {"b": "x\ny\r\n"}}, "x y"),
    ],
)
def test_a_value_is_text_on_one_line_or_missing(row: dict[str, Any], text: str) -> None:
    assert text_at(row, ("a", "b"), "place") == text


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, 'place: no key "a"; it has none'),
        ({"c": 1}, 'place: no key "a"; it has "c"'),
        ({"a": {"c": "x"}}, 'place: no key "a.b"; it has "c"'),
        ({"a": "x"}, 'place: no key "a.b"; it has "a"'),
        ({"a": {"b": 7}}, 'place: the value of "a.b" is no text (a number)'),
        ({"a": {"b": 7.5}}, "is no text (a number)"),
        ({"a": {"b": True}}, "is no text (true or false)"),
        ({"a": {"b": ["x"]}}, "is no text (a list)"),
        ({"a": {"b": {"c": "x"}}}, "is no text (an object)"),
    ],
)
def test_a_value_that_is_no_text_is_one_line(row: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        text_at(row, ("a", "b"), "place")
    assert message in str(caught.value)
