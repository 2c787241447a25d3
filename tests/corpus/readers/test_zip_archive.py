"""Zip files: one text, or two of OPUS; anything else says what to do."""

import io
import zipfile
from pathlib import Path

import pytest

from nmt.corpus.readers.container import open_binary
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.zip_archive import members, moses_members, open_archive
from nmt.errors import DataError

OPUS = {
    "README": b"about", "LICENSE": b"free", "Books.de-en.de": b"eins\n", "Books.de-en.en": b"one\n",
    "Books.de-en.xml": b"<x/>",
}  # fmt: skip


def archive(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def read(path: Path, data: bytes) -> bytes:
    path.write_bytes(data)
    with open_binary(path) as file:
        return file.read()


def fault(path: Path, data: bytes) -> str:
    with pytest.raises(DataError) as caught:
        read(path, data)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message
    return message.removeprefix(str(path))


@pytest.mark.parametrize(
    "compression", [0, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
@pytest.mark.parametrize("beside", [[], ["README.txt", "folder/", "__MACOSX/._a.de", ".DS_Store"]])
def test_the_one_text_is_read(tmp_path: Path, compression: int, beside: list[str]) -> None:
    files = {**dict.fromkeys(beside, b""), "folder/a.de": b"eins\nzwei\n"}
    assert read(tmp_path / "a.zip", archive(files, compression)) == b"eins\nzwei\n"


FAULTS = {
    "none": (archive({}), ": the zip file holds no text"),
    "notes": (archive({"README": b"x"}), ": the zip file holds no text"),
    "several": (archive(OPUS), ": the zip file holds 3 files (Books.de-en.de, Books.de-en.en,"),
    "many": (archive({f"{n}.txt": b"" for n in range(20)}), ": the zip file holds 20 files (0.txt"),
    "nested gzip": (archive({"a.gz": b"\x1f\x8b\x08"}), ": is gzip within zip; unpack the outer"),
    "nested zip": (archive({"a.zip": archive({})}), ": is zip within zip; unpack the outer one"),
    "docx": (archive({"[Content_Types].xml": b"", "word/document.xml": b""}), ": is an office"),
    "xlsx": (archive({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), ": is an Excel table"),
    "odt": (archive({"mimetype": b"application/vnd.oasis", "content.xml": b""}), ": is an office"),
}


@pytest.mark.parametrize(("data", "message"), FAULTS.values(), ids=FAULTS)
def test_what_is_no_text_is_one_line(tmp_path: Path, data: bytes, message: str) -> None:
    assert fault(tmp_path / "a.zip", data).startswith(message)


def test_an_encrypted_file_is_one_line(tmp_path: Path) -> None:
    data = bytearray(archive({"a.de": b"eins\n" * 100}))
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flags of both headers
        data[data.index(magic) + place] |= 1
    assert fault(tmp_path / "a.zip", bytes(data)).startswith(": the zip file is encrypted")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_file_cut_off_is_one_line(tmp_path: Path, share: float) -> None:
    data = archive({"a.de": b"".join(b"line %d\n" % n for n in range(10_000))})
    message = fault(tmp_path / "a.zip", data[: int(len(data) * share)])
    assert "the zip file is cut off or damaged" in message and "copy it again" in message


def test_a_changed_byte_is_one_line(tmp_path: Path) -> None:
    data = bytearray(archive({"a.de": b"".join(b"line %d\n" % n for n in range(10_000))}))
    for place in range(60, 20_000, 1_999):
        data[place] ^= 0x55
        assert "the zip file is cut off or damaged" in fault(tmp_path / "a.zip", bytes(data))
        data[place] ^= 0x55


def test_an_unknown_compression_is_one_line(tmp_path: Path) -> None:
    data = bytearray(archive({"a.de": b"eins\n"}))
    for magic, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(magic) + place] = 99
    assert "a.de in the zip file cannot be unpacked" in fault(tmp_path / "a.zip", bytes(data))


@pytest.mark.parametrize(
    ("languages", "found"),
    [
        (("de", "en"), ("Books.de-en.de", "Books.de-en.en")),
        (("en", "de"), ("Books.de-en.en", "Books.de-en.de")),
        (("deu", "en-GB"), ("Books.de-en.de", "Books.de-en.en")),
        (("de", "fr"), None),
        ((None, None), None),
        (("de", "de"), None),
    ],
)
def test_the_texts_of_an_opus_archive_are_those_of_the_languages(
    languages: tuple[str | None, str | None], found: tuple[str, str] | None
) -> None:
    with open_archive(io.BytesIO(archive(OPUS)), "a.zip") as opened:
        assert moses_members(opened, Selection(*languages)) == found
        assert members(opened) == ["Books.de-en.de", "Books.de-en.en", "Books.de-en.xml"]


def test_a_zip_file_from_a_pipe_is_refused() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with (
        pytest.raises(DataError, match="cannot be read from a pipe; unpack it"),
        open_archive(Pipe(archive(OPUS)), "standard input"),
    ):
        pass
