"""What is wrong with an XML file, in plain words."""

import re
from dataclasses import dataclass
from xml.parsers import expat
from xml.parsers.expat import errors

from nmt.errors import DataError

MISDECLARED = "the file is not in the encoding that its first line declares; correct that line"
_WRONG_ENCODING = {
    errors.codes[errors.XML_ERROR_INCORRECT_ENCODING],
    errors.codes[errors.XML_ERROR_UNKNOWN_ENCODING],
}
_PLAIN = {
    errors.codes[errors.XML_ERROR_MISPLACED_XML_PI]: (
        "something stands before <?xml ...?>; remove it, or split the file if several were joined"
    ),
    errors.codes[errors.XML_ERROR_BAD_CHAR_REF]: (
        "a reference such as &#0; to a character that XML does not allow; remove it"
    ),
    errors.codes[errors.XML_ERROR_DUPLICATE_ATTRIBUTE]: (
        "a tag gives one attribute twice; remove one of them"
    ),
}
_OPEN_REFERENCE = re.compile(rb"&[^;\s<&]*$")
_REFERENCE = re.compile(rb"&([^;\s<&]{1,30});")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the parser stood when it met a fault."""

    root: str  # the name that the outermost element should have
    open_element: tuple[str, int] | None  # the innermost one, and the line of its start tag
    root_seen: bool
    at_end: bool  # whether the file ended here
    begins_with_tag: bool  # whether the file does
    before: bytes  # the bytes before the fault; empty where they tell nothing
    after: bytes
    encoding: str


def explain(error: expat.ExpatError, name: str, place: Place) -> DataError:
    """The error to raise for one of expat's: the file, the line, what is wrong, what to do."""
    if error.lineno == 1 and error.offset == 0 and place.at_end:
        return DataError(f"{name}: the file is empty")
    if not place.begins_with_tag and not place.root_seen:
        return DataError(
            f"{name}, line {error.lineno}: is not XML, which would begin with <; check its format"
        )
    if place.at_end:  # all before was sound, so only the rest can be missing
        return DataError(
            f"{name}, line {error.lineno}: the file is cut off, {_inside(place)}; copy it again"
        )
    where = f"{name}, line {error.lineno}, column {error.offset + 1}"
    return DataError(f"{where}: {_what(error.code, place)}")


def _inside(place: Place) -> str:
    if place.open_element is not None:
        element, line = place.open_element
        return f"inside <{element}>, which begins in line {line}"
    return f"after </{place.root}>" if place.root_seen else f"before <{place.root}> begins"


def _what(code: int, place: Place) -> str:
    if code == errors.codes[errors.XML_ERROR_INVALID_TOKEN]:
        return _invalid_token(place)
    if code == errors.codes[errors.XML_ERROR_TAG_MISMATCH] and place.open_element is not None:
        element, line = place.open_element
        return f"an end tag, but <{element}> of line {line} is still open; close it before"
    if code == errors.codes[errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]:
        return f"there is more after </{place.root}>; if files were joined here, split them"
    if code in _WRONG_ENCODING:
        return MISDECLARED
    if code == errors.codes[errors.XML_ERROR_UNDEFINED_ENTITY]:
        found = _REFERENCE.match(place.after)
        return undefined_entity(found[1].decode("ascii", "replace") if found else "...")
    words = expat.ErrorString(code) or "unknown"
    return _PLAIN.get(code, f"not well-formed XML ({words}); correct it, or export the file again")


def undefined_entity(name: str) -> str:
    """What is wrong with a reference such as &nbsp; where nothing defines it."""
    return f"XML does not know &{name}; ; write the character itself, or its number as in &#160;"


def _invalid_token(place: Place) -> str:
    if place.before.endswith(b"<"):
        return "a < that begins no tag; write &lt; for the character"
    if _OPEN_REFERENCE.search(place.before):
        return "an & that begins no reference such as &lt; ; write &amp; for the character"
    if place.after and place.after[0] < 0x20:
        return f"the control character 0x{place.after[0]:02x}, which XML does not allow; remove it"
    if place.after and place.after[0] >= 0x80:
        return (
            f"the byte 0x{place.after[0]:02x} begins no character of {place.encoding}, or none "
            "that XML allows; if the file is in another encoding, convert it with iconv"
        )
    return "not well-formed XML; correct it, or export the file again"
