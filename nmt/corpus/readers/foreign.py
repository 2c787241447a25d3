"""Files that are no corpus: what they really are, and what to do about it."""

import re

from nmt.corpus.readers.character_encoding import wide_encoding
from nmt.errors import DataError

_EXPORT = "export its text as a plain text file in UTF-8"
_TABLE = "export the two columns as TSV"
_NO_TEXT = "name the file with the text"
_MAGICS = (
    (b"%PDF-", "a PDF document", _EXPORT),
    (b"{\\rtf", "an RTF document", _EXPORT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document", _EXPORT),
    (b"SQLite format 3\0", "an SQLite database", _TABLE),
    (b"\x89HDF\r\n", "an HDF5 file", _TABLE),
    (b"\x93NUMPY", "a NumPy array", _TABLE),
    (b"FEA1", "a Feather file of version 1", "write it anew as version 2, or as Parquet"),
    (b"\x89PNG\r\n", "a PNG picture", _NO_TEXT),
    (b"\xff\xd8\xff", "a JPEG picture", _NO_TEXT),
    (b"GIF8", "a GIF picture", _NO_TEXT),
    (b"\x7fELF", "a program", _NO_TEXT),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it"),
    (b"\x1f\x9d", "a file of `compress`", "unpack it"),
    (
        b"version https://git-lfs.github.com/spec/",
        "a pointer of Git LFS, not the file itself",
        "fetch the file with `git lfs pull`",
    ),
)
_COLUMNAR = {b"PAR1": "a Parquet file", b"ARROW1\0\0": "an Arrow file"}
_DOCTYPE = re.compile(rb"\s*+(?>(?><!--.*?-->)\s*+)*+<!doctype\s+html", re.IGNORECASE | re.DOTALL)
_HTML = re.compile(rb"\s*(<\?xml[^>]*>\s*)?<html\b.*?<(head|title)\b", re.IGNORECASE | re.DOTALL)


def refuse_other_files(head: bytes, name: str) -> None:
    """Raise a DataError for a file that begins like something that is no text in UTF-8."""
    refuse_foreign(head, name)
    for magic, what in _COLUMNAR.items():
        if head.startswith(magic):
            raise DataError(f"{name}: is {what}, which holds both sides: give it as one file")
    if wide := wide_encoding(head):
        raise DataError(
            f"{name}, line 1, byte 1: not valid UTF-8 (byte 0x{head[0]:02x}); it seems to be "
            f"{wide}: convert it with `iconv -f {wide} -t UTF-8 FILE > NEW`"
        )


def refuse_foreign(head: bytes, name: str) -> None:
    """Raise a DataError for a file that begins like something that no reader reads."""
    for magic, what, remedy in _MAGICS:
        if head.startswith(magic):
            raise DataError(f"{name}: is {what}; {remedy}")


def refuse_web_page(head: bytes, name: str) -> None:
    """Raise a DataError for a web page, which is often an error page in place of a corpus."""
    if _DOCTYPE.match(head) or _HTML.match(head):
        raise DataError(
            f"{name}: is a web page (HTML), perhaps an error page in place of the corpus; "
            "look at it, and download the corpus again"
        )
