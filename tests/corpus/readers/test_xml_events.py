"""Elements of XML: whole units in any encoding, one clear line for any fault, bounded memory."""

import codecs
import io
import time
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.readers import xml_events
from nmt.corpus.readers.xml_events import Element, read_elements
from nmt.errors import DataError

# Characters that XML may hold; a carriage return would be read as a line feed.
TEXT = st.text(
    st.characters(
        codec="utf-8", min_codepoint=0x20, exclude_characters="\ufffe\uffff", exclude_categories=()
    )
    | st.sampled_from("\t\n<>&\"' ]")
)


class Stream(io.RawIOBase):
    """A file made up as it is read: a start, then one piece many times, then an end."""

    def __init__(self, start: bytes, piece: bytes, times: int, end: bytes = b"") -> None:
        self.pieces = self._pieces(start, piece, times, end)
        self.given = 0

    @staticmethod
    def _pieces(start: bytes, piece: bytes, times: int, end: bytes) -> Iterator[bytes]:
        yield start
        for _ in range(times):
            yield piece
        yield end

    def read(self, size: int | None = -1) -> bytes:
        data = b""
        while not data and (piece := next(self.pieces, None)) is not None:
            data = piece
        self.given += len(data)
        return data


def elements(content: bytes, root: str = "r", units: tuple[str, ...] = ("u",)) -> list[Element]:
    return list(read_elements(io.BytesIO(content), "f.xml", root=root, units=units))


def texts(content: bytes) -> list[str]:
    return [element.text() for element in elements(content) if element.name == "u"]


def fault(file: io.BytesIO | Stream) -> str:
    """The one line that tells what is wrong with a file."""
    with pytest.raises(DataError) as caught:
        for _ in read_elements(file, "f.xml", root="r", units={"u"}):  # type: ignore[arg-type]
            pass
    message = str(caught.value)
    assert message.startswith("f.xml") and "\n" not in message and len(message) < 300
    return message.removeprefix("f.xml")


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- what is read ---


@settings(deadline=None)
@given(units=st.lists(TEXT), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_texts_are_read_as_they_were_written(units: list[str], encoding: str) -> None:
    document = f"<r>{''.join(f'<u>{escape(unit)}</u>' for unit in units)}</r>"
    assert texts(document.encode(encoding)) == units


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("UTF-8", "grün 𝐀"),
        ("UTF-16", "grün 𝐀"),
        ("utf-16-le", "grün 𝐀"),
        ("utf-16-be", "grün 𝐀"),
        ("ISO-8859-1", "grün"),
        ("iso-8859-2", "źdźbło"),
        ("windows-1252", "„grün“ €"),
        ("windows-1251", "трава"),
        ("koi8-r", "трава"),
        ("US-ASCII", "green"),
        ("Shift_JIS", "緑の表示 ソ"),
        ("EUC-JP", "緑の表示"),
        ("ISO-2022-JP", "緑の表示"),
        ("GB2312", "绿色"),
        ("GB18030", "绿色 𝐀"),
        ("Big5", "綠色功"),
        ("EUC-KR", "초록"),
        ("utf8", "grün 𝐀"),
        ("UTF8", "grün 𝐀"),
        ("utf_8", "grün 𝐀"),
        ("utf-8-sig", "grün 𝐀"),
        ("UTF16", "grün 𝐀"),
        ("UTF-32", "grün 𝐀"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 7, 1 << 16])
def test_declared_encodings_are_decoded(
    encoding: str, text: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_events, "_CHUNK", chunk)
    monkeypatch.setattr(xml_events, "HEAD_BYTES", 60)  # the rest of the file is in many chunks
    declared = "utf-16" if encoding.startswith("utf-16") else encoding
    document = f'<?xml version="1.0" encoding="{declared}"?>\n<r><u>{text}</u><u>x</u></r>'
    if chunk == 7:  # the declaration must come in one chunk, as it does with 64 KiB
        monkeypatch.setattr(xml_events, "_CHUNK", 101)
    assert texts(document.encode(encoding)) == [text, "x"]


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("unicode", "utf-16"),
        ("UCS-2", "utf-16"),
        ("UCS-2", "utf-16-be"),
        ("UTF-16LE", "utf-16"),
        ("Windows-31J", "cp932"),
        ("x-sjis", "cp932"),
    ],
)
def test_names_that_python_does_not_know_are_understood(declared: str, written: str) -> None:
    document = f'<?xml version="1.0" encoding="{declared}"?>\n<r><u>№ ①</u></r>'
    assert texts(document.encode(written)) == ["№ ①"]


def test_what_is_around_units_is_given_at_its_start() -> None:
    found = elements(b'<r a="1">\n<head b="2">x<y/></head>\n<u c="3">a<i>b</i><u>c</u></u></r>')
    assert [(e.name, e.attributes, e.line) for e in found] == [
        ("r", {"a": "1"}, 1),
        ("head", {"b": "2"}, 2),
        ("y", {}, 2),
        ("u", {"c": "3"}, 3),
    ]
    assert found[3].text() == "abc" and found[3].text({"i"}) == "ac"
    assert [e.text() for e in found[3].children("i")] == ["b"]
    assert not found[1].content


def test_the_prefix_of_the_root_is_no_part_of_names_and_others_are() -> None:
    found = elements(b"<p:r><p:u><q:u>x</q:u><p:v/></p:u></p:r>")
    assert [e.name for e in found] == ["r", "u"]
    assert [e.name for e in found[1].content if isinstance(e, Element)] == ["q:u", "v"]


def test_an_element_for_a_line_break_is_one() -> None:
    content = b'<r><u>a<x ctype="lb"/>b<ph type="lb">code</ph>c<ph subType="xlf:lb"/></u></r>'
    assert elements(content)[1].text({"x", "ph"}) == "a\nb\nc\n"


def test_cdata_comments_and_instructions_are_understood() -> None:
    content = b"<!-- <u> --><?pi <u>?><r><u>a<![CDATA[<b>&amp;]]><!-- c --><?d e?>f&#x21;</u></r>"
    assert texts(content) == ["a<b>&amp;f!"]


def test_a_document_type_elsewhere_is_not_fetched() -> None:
    content = b'<!DOCTYPE r PUBLIC "-//X" "http://127.0.0.1:1/r.dtd"><r><u>a</u></r>'
    assert texts(content) == ["a"]


def test_elements_before_a_fault_are_given() -> None:
    stream = read_elements(io.BytesIO(b"<r><u>a</u><u>b</x></r>"), "f", root="r", units={"u"})
    assert [next(stream).name, next(stream).text()] == ["r", "a"]
    with pytest.raises(DataError):
        next(stream)


# --- faults ---

FAULTS = [
    (b"", ": the file is empty"),
    (b" \n\n", ", line 3: the file is cut off, before <r> begins"),
    (b"hello world", ", line 1: is not XML"),
    (b'{"a": 1}', "is not XML"),
    (b"\x1f\x8b\x08\x00", "is not XML"),
    (b"PK\x03\x04", "is not XML"),
    (b"<html><body>x</body></html>", "begins with <html>, not <r>; check its format"),
    (b"<!DOCTYPE html>\n<html lang=en>", ", line 2, column"),
    (b"<r>\n<u>a", ", line 2: the file is cut off, inside <u>, which begins in line 2; copy"),
    (b"<r>\n<u>a</u", "cut off, inside <u>"),
    (b"<r><u>a</u>", "cut off, inside <r>"),
    (b"<r><u><![CDATA[a", "cut off, inside <u>"),
    (b"<r><!-- a", "cut off, inside <r>"),
    (b"<r><u>gr\xc3", "cut off, inside <u>"),
    (b"<r>\n<u>\n<i>a</u></r>", "an end tag, but <i> of line 3 is still open"),
    (b"<r><u>a & b</u></r>", ", line 1, column 10: an & that begins no reference"),
    (b"<r><u>AT&T</u></r>", "write &amp;"),
    (b"<r><u>3 < 5</u></r>", "write &lt;"),
    (b"<r><u>3 <5</u></r>", "write &lt;"),
    (b"<r><u>a&nbsp;b</u></r>", "XML does not know &nbsp;"),
    (b'<!DOCTYPE r SYSTEM "r.dtd"><r><u>a&nbsp;b</u></r>', "XML does not know &nbsp;"),
    (b"<r><u>a\x00b</u></r>", "the control character 0x00"),
    (b"<r><u>a\x0bb</u></r>", "the control character 0x0b"),
    (b"<r><u>&#0;</u></r>", "reference such as &#0;"),
    (b"<r><u>&#xD800;</u></r>", "reference such as &#0;"),
    (b"<r><u>gr\xfcn</u></r>", "the byte 0xfc begins no character of UTF-8"),
    (b"<r><u>\xed\xa0\x80</u></r>", "the byte 0xed begins no character of UTF-8"),
    (b'<?xml version="1.0" encoding="windows-1252"?><r><u>\x81</u></r>', "0x81"),
    (b'<?xml version="1.0" encoding="Shift_JIS"?>\n<r><u>\xfd</u></r>', "(0xfd) begins no"),
    (b'<?xml version="1.0" encoding="Shift_JIS"?><r><u>\x83', "begins no character of Shift_JIS"),
    (b'<?xml version="1.0" encoding="utf-16"?><r/>', "not in the encoding that its first line"),
    ('<?xml version="1.0" encoding="utf-8"?><r/>'.encode("utf-16"), "not in the encoding"),
    (
        b'<?xml version="1.0" encoding="utf8"?>\n<r><u>gr\xfcn</u></r>',
        "no character of utf8, or none",
    ),
    (b'<?xml version="1.0" encoding="unicode"?><r/>', "not in the encoding that its first line"),
    (b'<?xml version="1.0" encoding="UTF16"?><r/>', "not in the encoding that its first line"),
    ('<?xml version="1.0" encoding="utf8"?><r/>'.encode("utf-16"), "not in the encoding"),
    ('<?xml version="1.0" encoding="klingon"?><r/>'.encode("utf-16"), "not in the encoding"),
    ('<?xml version="1.0" encoding="latin1"?><r/>'.encode("utf-16"), ", line 1: the file is not"),
    (b'<?xml version="1.0" encoding="klingon"?><r/>', "does not know the encoding klingon"),
    (b'<?xml version="1.0" encoding="zip"?><r/>', "does not know the encoding zip"),
    (b'<?xml version="1.0" encoding="idna"?><r/>', "does not know the encoding idna"),
    (b'<?xml version="1.0" encoding="utf-7"?><r/>', "does not know the encoding utf-7"),
    (b"<r/><!-- a", "the file is cut off, after </r>"),
    (b"<r/><r/>", "there is more after </r>"),
    (b'<?xml version="1.0"?><r/>\n<?xml version="1.0"?><r/>', ", line 2, column 1: there is more"),
    (b'\n<?xml version="1.0"?><r/>', "something stands before <?xml"),
    (b'<r a="1" a="2"/>', "one attribute twice"),
    (b"<r a=1/>", "not well-formed"),
    (b"<r><u></u/></r>", "not well-formed"),
    (b'<!DOCTYPE r [<!ENTITY a "b">]><r/>', 'declares the entity "a", which nmt refuses'),
    (b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r><u>&a;</u></r>', "refuses"),
    (b'<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:1/"> %a;]><r/>', "refuses"),
    (b"<r>" + b"<a>" * 200, ": more than 100 elements in one another"),
    (b"<r><u>" + b"<a>" * 100_000, ": more than 100 elements in one another"),
]


@pytest.mark.parametrize(("content", "message"), FAULTS)
def test_a_fault_is_one_line_that_says_where_and_what(content: bytes, message: str) -> None:
    assert message in fault(io.BytesIO(content))


def test_entities_that_expand_without_end_are_refused_at_once() -> None:
    names = "abcdefghij"
    laughs = "".join(f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in pairwise(names))
    document = f'<!DOCTYPE r [<!ENTITY a "ha">{laughs}]><r><u>&j;</u></r>'
    begin = time.monotonic()
    assert 'declares the entity "a"' in fault(io.BytesIO(document.encode()))
    assert time.monotonic() - begin < 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_cut_anywhere_is_a_fault_that_says_so(encoding: str) -> None:
    start = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE r SYSTEM "r.dtd">\n'
    content = f'{start}<r a="1"><u>grün<i b="2"/>&amp;</u><!-- c --><u><![CDATA[d]]></u></r>'
    data = content.encode(encoding)
    for length in range(len(data)):
        message = fault(io.BytesIO(data[:length]))
        assert "cut off" in message or "is empty" in message, (length, message)


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_damage_never_is_another_error(data: st.DataObject) -> None:
    content = bytearray('<?xml version="1.0" encoding="utf-8"?><r><u a="ü">ü&lt;</u></r>'.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        elements(bytes(content))
    except DataError as error:
        assert str(error).startswith("f.xml") and "\n" not in str(error)


MEGABYTE = 1 << 20
ENDLESS = {
    "text of a unit": (b"<r><u>", b"x" * MEGABYTE, "a <u> of more than 10,000,000 characters"),
    "CDATA": (b"<r><u><![CDATA[", b"x" * MEGABYTE, "a <u> of more than"),
    "elements": (b"<r><u>", b"<a/>" * 1000, "a <u> of more than"),
    "attributes": (b"<r><u>", b'<a b="' + b"x" * MEGABYTE + b'"/>', "a <u> of more than"),
    "a tag": (b'<r><u a="', b"x" * MEGABYTE, "a tag or comment longer than 4,000,000 bytes"),
    "a comment": (b"<r><!--", b"x" * MEGABYTE, "a tag or comment longer than"),
    "an instruction": (b"<r><?p ", b"x" * MEGABYTE, "a tag or comment longer than"),
    "a document type": (b"<!DOCTYPE r SYSTEM '", b"x" * MEGABYTE, "a tag or comment longer"),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_a_hundred_megabytes_are_refused_in_bounded_memory(case: str) -> None:
    start, piece, message = ENDLESS[case]
    stream = Stream(start, piece, 100 * MEGABYTE // len(piece))
    tracemalloc.start()
    try:
        assert message in fault(stream)
        assert tracemalloc.get_traced_memory()[1] < 60 * MEGABYTE
    finally:
        tracemalloc.stop()
    assert stream.given < 30 * MEGABYTE


def test_names_without_end_are_refused() -> None:
    content = b"<r>" + b"".join(b"<n%d/>" % number for number in range(20_000)) + b"</r>"
    assert "more than 10,000 names of elements" in fault(io.BytesIO(content))


def test_a_long_file_is_read_in_constant_memory() -> None:
    stream = Stream(b"<r>", b"<h>junk</h><u>text</u>" * 100, 200, b"</r>")
    count = 0
    tracemalloc.start()
    try:
        for element in read_elements(stream, "f", root="r", units={"u"}):  # type: ignore[arg-type]
            count += element.name == "u"
        assert tracemalloc.get_traced_memory()[1] < MEGABYTE
    finally:
        tracemalloc.stop()
    assert count == 20_000


def test_a_long_text_outside_units_is_no_fault() -> None:
    stream = Stream(b"<r><skl>", b"x" * MEGABYTE, 50, b"</skl><u>a</u></r>")
    found = list(read_elements(stream, "f", root="r", units={"u"}))  # type: ignore[arg-type]
    assert [element.name for element in found] == ["r", "skl", "u"]


def test_a_byte_order_mark_is_no_text() -> None:
    assert texts(codecs.BOM_UTF8 + b"<r><u>a</u></r>") == ["a"]
