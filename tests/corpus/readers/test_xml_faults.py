"""Faults of XML in plain words: every error of expat gives one line with a place."""

from dataclasses import replace
from xml.parsers import expat
from xml.parsers.expat import errors

import pytest

from nmt.corpus.readers.xml_faults import Place, explain, undefined_entity

NOWHERE = Place("tmx", None, False, False, False, b"", b"", "UTF-8")
INSIDE = Place("tmx", ("seg", 7), True, False, True, b"x &", b" y", "UTF-8")


def error(code: int) -> expat.ExpatError:
    found = expat.ExpatError("some error")
    found.code, found.lineno, found.offset = code, 12, 4
    return found


@pytest.mark.parametrize("place", [NOWHERE, INSIDE], ids=["nowhere", "inside"])
@pytest.mark.parametrize("code", sorted(errors.messages))
def test_every_error_of_expat_is_one_line_with_its_place(code: int, place: Place) -> None:
    message = str(explain(error(code), "memory.tmx", place))
    assert message.startswith("memory.tmx, line 12") and "\n" not in message
    assert "; " in message


def test_a_cut_names_the_open_element() -> None:
    code = errors.codes[errors.XML_ERROR_NO_ELEMENTS]
    message = str(explain(error(code), "m.tmx", replace(INSIDE, at_end=True)))
    assert message == (
        "m.tmx, line 12: the file is cut off, inside <seg>, which begins in line 7; copy it again"
    )


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (b"a &", b" b", "write &amp;"),
        (b"a &b", b" c", "write &amp;"),
        (b"a &amp; <", b" b", "write &lt;"),
        (b"a &amp; b", b"\x02", "the control character 0x02"),
        (b"a", b"\xff", "the byte 0xff begins no character of UTF-8"),
        (b"a", b"=", "not well-formed"),
        (b"", b"", "not well-formed"),
    ],
)
def test_the_bytes_around_tell_what_is_wrong(before: bytes, after: bytes, message: str) -> None:
    place = Place("tmx", ("seg", 7), True, False, True, before, after, "UTF-8")
    code = errors.codes[errors.XML_ERROR_INVALID_TOKEN]
    assert message in str(explain(error(code), "m.tmx", place))


def test_an_undefined_entity_is_named() -> None:
    assert "&nbsp;" in undefined_entity("nbsp")
