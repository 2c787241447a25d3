"""Lines of a text file, plain or gzip, in strict UTF-8, in constant memory."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from nmt.errors import DataError

GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = "\ufeff"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a file without their ends; only "\\n" (or "\\r\\n") ends a line.

    U+2028, U+0085 and a lone "\\r" inside a line are text, so that two files whose lines agree for
    `wc -l` agree here. A byte-order mark at the start is no text. A missing last "\\n" is no fault.

    Raises:
        DataError: the file is missing, is not UTF-8 (with line and byte), or is damaged gzip.
    """
    with open_binary(path) as file:
        number = 0
        try:
            for number, raw in enumerate(file, start=1):
                yield decode_line(raw, number, path)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(
                f"{path}, line {number + 1}: the gzip file is cut off or damaged ({error}); "
                "copy it again"
            ) from None


@contextmanager
def open_binary(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading; gzip is recognized by its first bytes, not by its name."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise DataError(f"{path}: is a folder; name a file in it") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    with file:
        if file.peek(2)[:2] == GZIP_MAGIC:
            with gzip.open(file) as unpacked:
                yield unpacked  # type: ignore[misc]
        else:
            yield file


def decode_line(raw: bytes, number: int, name: Path | str) -> str:
    """One line of bytes as text; `number` counts from 1.

    Raises:
        DataError: the line is not UTF-8.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        guess = "UTF-16" if number == 1 and raw[:2] in UTF16_BOMS else "another encoding"
        raise DataError(
            f"{name}, line {number}, byte {error.start + 1}: not valid UTF-8 "
            f"(byte 0x{raw[error.start]:02x}); it seems to be {guess}: convert the file with iconv"
        ) from None
    if number == 1:
        text = text.removeprefix(BYTE_ORDER_MARK)
    return text.removesuffix("\n").removesuffix("\r")
