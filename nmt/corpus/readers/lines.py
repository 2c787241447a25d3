"""Lines of a text file, compressed or not, in strict UTF-8, in constant memory."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from nmt.corpus.readers.character_encoding import (
    STRETCH_BYTES,
    guess_encoding,
    is_binary,
    is_mostly_utf8,
    wide_encoding,
)
from nmt.corpus.readers.container import open_binary
from nmt.corpus.readers.foreign import refuse_other_files
from nmt.corpus.sentence_pair import Line
from nmt.errors import DataError

BYTE_ORDER_MARK = "\ufeff"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
BEFORE_BYTES = 1000
MAX_LINE_BYTES = 1 << 20  # the longest line of a real corpus has some thousands


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a file without their ends; only "\\n" (or "\\r\\n") ends a line.

    U+2028, U+0085 and a lone "\\r" inside a line are text, so that two files whose lines agree for
    `wc -l` agree here. A byte-order mark at the start is no text. A missing last "\\n" is no fault.

    Raises:
        DataError: the file is missing, is no text, is not UTF-8 (with line and byte), has a line
            of more than `MAX_LINE_BYTES`, or is compressed and damaged.
    """
    with open_binary(path) as file:
        refuse_other_files(file.peek(1), str(path))
        yield from decode_lines(file, str(path))


def read_text_side(file: BinaryIO, name: str, language: str | None) -> Iterator[Line]:
    """The lines of one side of a corpus, whatever its language; see `read_lines`."""
    for number, text in enumerate(decode_lines(file, name), start=1):
        yield Line(text, number)


def decode_lines(file: BinaryIO, name: str) -> Iterator[str]:
    """The lines of an open file; see `read_lines`."""
    lines = raw_lines(file, name)
    before = b""  # the latest text beyond ASCII, which says more of a faulty line than itself
    for raw in lines:
        yield decode_line(raw, 1, name, file)
        before = raw
        break
    for number, raw in enumerate(lines, start=2):
        try:  # as decode_line, but fast
            text = raw.decode()
        except UnicodeDecodeError:
            text = decode_line(raw, number, name, file, before)
        if not text.isascii():
            before = (before + raw)[-BEFORE_BYTES:]
        yield text.removesuffix("\n").removesuffix("\r")


def raw_lines(file: BinaryIO, name: str) -> Iterator[bytes]:
    """The lines of an open file as bytes, with their ends.

    Raises:
        DataError: a line is longer than `MAX_LINE_BYTES`.
    """
    read = partial(file.readline, MAX_LINE_BYTES + 1)
    for number, raw in enumerate(iter(read, b""), start=1):
        if len(raw) > MAX_LINE_BYTES:
            raise DataError(f"{name}, line {number}: {_too_long(raw)}")
        yield raw


def decode_line(
    raw: bytes, number: int, name: str, file: BinaryIO | None = None, before: bytes = b""
) -> str:
    """One line of bytes as text; `number` counts from 1.

    Args:
        file: what comes next is read from it to tell an encoding that is not UTF-8.
        before: some text of earlier lines, which was UTF-8.

    Raises:
        DataError: the line is not UTF-8.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        place = f"{name}, line {number}, byte {error.start + 1}"
        after = b""
        if file is not None:
            with suppress(DataError):
                after = file.read(STRETCH_BYTES)
        is_cut = error.reason == "unexpected end of data"  # or one letter in another encoding
        if is_cut and is_mostly_utf8(before + raw[: error.start]):
            why = "the file ends within a character: it was cut off; copy it again"
        else:
            why = _explain(before, raw + after, number)
        fault = f"not valid UTF-8 (byte 0x{raw[error.start]:02x})"
        raise DataError(f"{place}: {fault}; {why}") from None
    if number == 1:
        if "\0" in text and (wide := wide_encoding(raw)):
            raise DataError(f"{name}, line 1: not UTF-8: it seems to be {wide}; {_convert(wide)}")
        text = text.removeprefix(BYTE_ORDER_MARK)
    return text.removesuffix("\n").removesuffix("\r")


def _explain(before: bytes, stretch: bytes, number: int) -> str:
    """What a stretch that is not UTF-8 seems to be, and the remedy."""
    if number == 1 and (wide := wide_encoding(stretch)):
        return f"it seems to be {wide}: {_convert(wide)}"
    if is_binary(stretch):
        return "it seems to be no text at all; name a file with one sentence a line"
    if is_mostly_utf8(before + stretch):
        keep = "`iconv -f UTF-8 -t UTF-8 -c FILE > NEW`"
        return f"the text around it is UTF-8: correct the line, or drop such bytes with {keep}"
    encoding = guess_encoding(stretch)
    if encoding is None:
        return f"it seems to be another encoding: {_convert('ENCODING')}"
    return f"it seems to be {encoding}: {_convert(encoding)}"


def _convert(encoding: str) -> str:
    return f"convert it with `iconv -f {encoding} -t UTF-8 FILE > NEW`"


def _too_long(raw: bytes) -> str:
    what = f"longer than {MAX_LINE_BYTES:,} bytes; "
    if raw.count(b"\r") > 100:
        return what + "its lines end in CR alone: convert it with `tr '\\r' '\\n' < FILE > NEW`"
    return what + "is this really a text with one sentence a line?"
