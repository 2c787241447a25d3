"""The first bytes of an XML file: which encodings need help, and what is recoded."""

import pytest

from nmt.corpus.readers.xml_encoding import Head


@pytest.mark.parametrize("encoding", ["UTF-16", "iso-8859-1", "windows-1252", "zip", "no"])
def test_what_expat_reads_by_itself_is_left_as_it_is(encoding: str) -> None:
    head = Head(f'<?xml version="1.0" encoding="{encoding}"?>'.encode())
    assert (head.encoding, head.for_expat, head.decoder) == (encoding, None, None)
    assert head.recode(b"gr\xfcn") == b"gr\xfcn"


UTF_8 = ["utf-8", "UTF8", "utf_8", "utf-8-sig", "U8", "cp65001"]
UTF_16 = ["UTF-16", "utf16", "unicode", "UCS-2", "ISO-10646-UCS-2", "utf-16le", "UTF-16BE"]


@pytest.mark.parametrize("encoding", UTF_8)
def test_every_name_of_utf8_is_utf8_to_expat(encoding: str) -> None:
    head = Head(f"<?xml version='1.0' encoding='{encoding}'?>".encode())
    assert (head.encoding, head.for_expat, head.decoder) == (encoding, "utf-8", None)
    wide = Head(f"<?xml version='1.0' encoding='{encoding}'?>".encode("utf-16"))
    assert wide.encoding == encoding and wide.for_expat is None and wide.is_misdeclared


@pytest.mark.parametrize("encoding", UTF_16)
@pytest.mark.parametrize("written", ["utf-16", "utf-16-le", "utf-16-be"])
def test_every_name_of_utf16_is_utf16_to_expat(encoding: str, written: str) -> None:
    declaration = f"<?xml version='1.0' encoding='{encoding}'?>"
    head = Head(declaration.encode(written))
    assert head.encoding == encoding and head.is_wide and not head.is_misdeclared
    assert head.for_expat == written.replace("6-", "6")
    assert Head(declaration.encode()).is_misdeclared


def test_without_a_declaration_the_first_bytes_tell() -> None:
    for written in ("utf-8", "utf-16", "utf-16-be", "utf-32"):
        head = Head("<r>ü</r>".encode(written))
        assert head.encoding == written.upper() and not head.is_misdeclared


@pytest.mark.parametrize(
    "encoding", ["Shift_JIS", "shift-jis", "EUC-JP", "GBK", "Big5", "cp932", "UTF-32", "utf-32-be"]
)
def test_characters_of_several_bytes_are_recoded_across_chunks(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?><r>表示</r>"
    data = text.encode(encoding)
    head = Head(data)
    pieces = [head.recode(data[at : at + 1]) for at in range(len(data))]
    assert b"".join([*pieces, head.recode(b"")]).decode() == text


def test_half_a_character_at_the_end_is_an_error() -> None:
    head = Head(b'<?xml version="1.0" encoding="Shift_JIS"?>')
    assert head.recode(b"\x83") == b""
    with pytest.raises(UnicodeDecodeError):
        head.recode(b"")


@pytest.mark.parametrize(
    ("content", "is_wide", "begins_with_tag"),
    [
        (b"<r/>", False, True),
        (b"\xef\xbb\xbf\n <r/>", False, True),
        ("<r/>".encode("utf-16"), True, True),
        ("<r/>".encode("utf-16-be"), True, True),
        (b"", False, True),
        (b" \n", False, True),
        (b"text", False, False),
        (b"\x1f\x8b", False, False),
        ("text".encode("utf-16"), True, False),
    ],
)
def test_wide_files_and_files_without_tags_are_seen(
    content: bytes, is_wide: bool, begins_with_tag: bool
) -> None:
    head = Head(content)
    assert (head.is_wide, head.begins_with_tag) == (is_wide, begins_with_tag)
