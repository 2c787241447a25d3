"""SGML test sets: segments in order whatever the markup, and one clear line for any fault."""

import io
import tracemalloc
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.sgm import read_sgm_side
from nmt.corpus.sentence_pair import Line
from nmt.errors import DataError

TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from("\t\n<>&\"'\u2028;#"))


def read(content: str | bytes, language: str | None = None) -> list[Line]:
    data = content.encode() if isinstance(content, str) else content
    return list(read_sgm_side(io.BytesIO(data), "ref.sgm", language))


def texts(content: str | bytes) -> list[str]:
    return [line.text for line in read(content)]


def fault(content: str | bytes, language: str | None = None) -> str:
    with pytest.raises(DataError) as caught:
        read(content, language)
    message = str(caught.value)
    assert message.startswith("ref.sgm") and "\n" not in message
    return message.removeprefix("ref.sgm")


def refset(*segments: str) -> str:
    body = "".join(f'<seg id="{n}">{text}</seg>\n' for n, text in enumerate(segments, start=1))
    return (
        f'<refset setid="s" srclang="any" trglang="de">\n<doc docid="d">\n{body}</doc>\n</refset>\n'
    )


@settings(deadline=None)
@given(segments=st.lists(TEXT, min_size=1), bom=st.booleans())
def test_segments_are_read_as_they_were_written(segments: list[str], bom: bool) -> None:
    content = b"\xef\xbb\xbf" * bom + refset(*map(escape, segments)).encode()
    assert texts(content) == [one_line(text).strip() for text in segments]


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("  a  ", "a"),
        ("R&D at AT&T", "R&D at AT&T"),
        ("&amp;&lt;&gt;&quot;&apos;&#233;&#xe9;&eacute;", "&<>\"'ééé"),
        ("&amp;amp;", "&amp;"),
        ("?a=1&copy=2&nosuch;", "?a=1&copy=2&nosuch;"),
        ("3 < 5 and <b>bold</b> <5", "3 < 5 and <b>bold</b> <5"),
        ("<script> a </script> b", "<script> a </script> b"),
        ("a\nb", "a b"),
        ("a <p> b </p>", "a  b"),
        ("", ""),
    ],
)
def test_careless_text_is_kept(marked: str, text: str) -> None:
    assert texts(refset(marked, "next")) == [text, "next"]


@pytest.mark.parametrize(
    "content",
    [
        "<srcset><doc><seg id=1>a<seg id=2>b</doc></srcset>",
        "<SRCSET><DOC><P>\n<SEG ID=1> a </SEG>\n<SEG> b </SEG></P></DOC></SRCSET>",
        "<srcset>\n<doc\n docid='x'\n>\n<seg\nid='1'>a</seg><seg\n>b</seg>\n</doc></srcset>",
        "<seg>a</seg>\n<seg>b</seg>",
        "<?xml version='1.0'?>\n<!DOCTYPE mteval SYSTEM 'x'>\n<mteval><tstset>\n"
        "<doc><hl><seg>a</seg></hl><p><seg>b</seg></p></doc></tstset></mteval>",
        "<srcset>\r\n<doc>\r\n<seg>a</seg>\r\n<seg>b</seg></doc></srcset>",
    ],
)
def test_markup_may_be_careless(content: str) -> None:
    assert texts(content) == ["a", "b"]


def test_a_segment_has_the_line_where_it_begins() -> None:
    assert [line.number for line in read(refset("a", "b\nc", "d"))] == [3, 4, 6]


def test_of_several_versions_of_a_document_the_first_counts() -> None:
    documents = "".join(
        f'<doc docid="{name}" sysid="{system}"><seg>{name}{system}</seg></doc>'
        for name, system in ("1A", "2B", "1B", "2A", "3A")
    )
    assert texts(f"<refset>{documents}</refset>") == ["1A", "2B", "3A"]
    sets = "".join(
        f"<refset refid={system}><doc docid=1><seg>{system}</seg></doc></refset>" for system in "AB"
    )
    assert texts(sets) == ["A"]


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ('<srcset srclang="de">', "de"),
        ('<srcset srclang="German" trglang="de">', None),
        ('<srcset srclang="any">', "fr"),
        ("<srcset>", "fr"),
        ('<refset srclang="any" trglang="deu">', "de-AT"),
        ('<tstset srclang="fr" trglang="de">', "de"),
    ],
)
def test_the_language_may_be_that_of_the_set(tag: str, language: str | None) -> None:
    content = f"{tag}<doc><seg>a</seg></doc></{tag[1:7]}>"
    assert [line.text for line in read(content, language)] == ["a"]


LONG = "x" * 1_000_000
FAULTS = [
    ("", None, ": holds no <seg>"),
    ("hello\n", None, ": holds no <seg>"),
    ("<html><body>404</body></html>", None, ": holds no <seg>"),
    ("<srcset></srcset>", None, ": holds no <seg>"),
    (b"\x1f\x8b\x08\x00", None, ", line 1, byte 2: not valid UTF-8"),
    (refset("a").encode("utf-16"), None, "it seems to be UTF-16"),
    (refset("grün").encode("latin-1"), None, ", line 3, byte 15: not valid UTF-8 (byte 0xfc)"),
    (refset("a"), "fr", ", line 1: the <refset> is in de, not in fr; give the other file"),
    ("<srcset srclang=en><seg>a", "de", "the <srcset> is in en, not in de"),
    ("<srcset>\n<seg>a", None, ", line 2: the file is cut off inside <seg>"),
    ("<srcset>\n<seg>a</seg>", None, ", line 2: the file is cut off inside <srcset>"),
    ("<srcset>\n<seg id='1", None, ", line 2: the file is cut off inside a tag"),
    ("<srcset><seg>" + LONG, None, ", line 1: longer than 1,000,000 bytes"),
    ("<srcset><seg>" + "x\n" * 500_001, None, ", line 1: a <seg> of more than 1,000,000"),
    ("<srcset><seg " + "x\n" * 10_000, None, ": a tag of more than 10,000 characters"),
]


@pytest.mark.parametrize(("content", "language", "message"), FAULTS)
def test_a_fault_is_one_line(content: str | bytes, language: str | None, message: str) -> None:
    assert message in fault(content, language)


def test_a_file_cut_anywhere_is_a_fault() -> None:
    content = refset("grün &amp; b", "c").encode().rstrip()
    for length in range(len(content)):
        assert fault(content[:length])


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_damage_gives_segments_or_one_line(data: st.DataObject) -> None:
    content = bytearray(refset("grün &amp;", "b").encode())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert read(bytes(content))
    except DataError as error:
        assert str(error).startswith("ref.sgm") and "\n" not in str(error)


def test_a_long_set_is_read_in_constant_memory() -> None:
    file = io.BytesIO(refset(*["some text"] * 20_000).encode())
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_sgm_side(file, "f", None)) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "language", "first", "last_line"),
    [
        ("test-src.fr.sgm", "fr", "Illhaeusern... enfin", 154),
        ("test-ref.en.sgm", "en", "Illhaeusern... finally", 154),
    ],
)
def test_a_real_set_is_read(
    corpora: Path, name: str, language: str, first: str, last_line: int
) -> None:
    with (corpora / "odd" / "sgm" / name).open("rb") as file:
        lines = list(read_sgm_side(file, name, language))
    assert len(lines) == 85
    assert lines[0] == (first, 4) and lines[-1].number == last_line
    assert all(line.text for line in lines)
