"""Files that are no corpus: named for what they are, wherever a corpus is expected."""

import sqlite3
from pathlib import Path

import pytest

from nmt.corpus.readers.corpus_file import read_corpus_file
from nmt.corpus.readers.foreign import refuse_other_files, refuse_web_page
from nmt.corpus.readers.lines import read_lines
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.text import read_text_pair
from nmt.errors import DataError

FILES = {
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
    "rtf": (b"{\\rtf1\\ansi Hund}\n", "an RTF document"),
    "doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "an old office document"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG picture"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a JPEG picture"),
    "gif": (b"GIF89a\x01\0\x01\0", "a GIF picture"),
    "program": (b"\x7fELF\x02\x01\x01" + bytes(50), "a program"),
    "numpy": (b"\x93NUMPY\x01\0v\0{'descr'", "a NumPy array"),
    "hdf5": (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\x04", "a 7-Zip archive"),
    "rar": (b"Rar!\x1a\x07\x01\0", "a RAR archive"),
    "compress": (b"\x1f\x9d\x90eins", "a file of `compress`"),
    "feather 1": (b"FEA1\0\0\0\0", "a Feather file of version 1"),
    "lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "a pointer of Git LFS, not the file itself; fetch the file with `git lfs pull`",
    ),
}
PAGES = [
    b"<!DOCTYPE html>\n<html><body>404</body></html>\n",
    b"\n\n<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>\n",
    b"<!-- saved --><!DOCTYPE html>\n",
    b"<html lang='en'>\n<head><title>Not found</title></head>\n",
    b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><head>\n',
]


@pytest.mark.parametrize(("content", "what"), FILES.values(), ids=FILES)
def test_another_file_is_named_for_what_it_is(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "train.de"
    path.write_bytes(content)
    expected = f"{path}: is {what}"
    for read in (
        lambda: list(read_lines(path)),
        lambda: list(read_text_pair(path, path)),
        lambda: list(read_corpus_file(path, Selection())),
    ):
        with pytest.raises(DataError) as caught:
            read()
        assert str(caught.value).startswith(expected) and "\n" not in str(caught.value)


def test_a_real_database_is_one(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("create table pairs (source, target)")
    database.close()
    with pytest.raises(DataError, match="is an SQLite database; export the two columns as TSV"):
        list(read_lines(tmp_path / "a.db"))


@pytest.mark.parametrize("page", PAGES)
def test_a_web_page_is_no_corpus(tmp_path: Path, page: bytes) -> None:
    path = tmp_path / "train.tsv"
    path.write_bytes(page)
    with pytest.raises(DataError, match=r"is a web page \(HTML\), perhaps an error page"):
        list(read_corpus_file(path, Selection()))
    with pytest.raises(DataError, match="is a web page"):
        list(read_text_pair(path, path))
    assert b"".join(line.encode() + b"\n" for line in read_lines(path)) == page  # may be translated


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<html>Click <b>here</b></html>\nSave\n",  # messages of a program
        b"<HTML> ist eine Sprache.\n",
        b"%PDF is a format.\n",
        b"version https is odd\n",
        b"GIF, PNG und JPEG\n",
    ],
)
def test_text_about_such_files_is_text(head: bytes) -> None:
    refuse_other_files(head, "a")
    refuse_web_page(head, "a")


@pytest.mark.parametrize("magic", [b"PAR1\x15\x04", b"ARROW1\0\0\xff\xff"])
def test_a_file_of_columns_is_no_side(tmp_path: Path, magic: bytes) -> None:
    (tmp_path / "a").write_bytes(magic)
    with pytest.raises(DataError, match="holds both sides: give it as one file"):
        list(read_lines(tmp_path / "a"))
    with pytest.raises(DataError, match="holds both sides: give it as one file"):
        list(read_text_pair(tmp_path / "a", tmp_path / "a"))
