"""The first bytes of an XML file: which encodings need help, and what is recoded."""

import pytest

from nmt.corpus.readers.xml_encoding import Head


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-16", "iso-8859-1", "windows-1252", "zip", "no"])
def test_what_expat_reads_by_itself_is_left_as_it_is(encoding: str) -> None:
    head = Head(f'<?xml version="1.0" encoding="{encoding}"?>'.encode())
    assert head.encoding == encoding and head.decoder is None
    assert head.recode(b"gr\xfcn") == b"gr\xfcn"


@pytest.mark.parametrize("encoding", ["Shift_JIS", "shift-jis", "EUC-JP", "GBK", "Big5"])
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
