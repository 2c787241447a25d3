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
BEFORE_BYTES = 1000  # of earlier lines, enough to know that they are UTF-8
CR, MANY = b"\r", 100  # so many of them in a line are no slip: they end lines
CONVERT_CR = "convert it with `tr '\\r' '\\n' < FILE > NEW`"
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
    decode = LineDecoder(name, file).decode
    for number, raw in enumerate(raw_lines(file, name), start=1):
        yield decode(raw, number)


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


class LineDecoder:
    """Makes text of the lines of one file, in turn; the text so far tells what a faulty line is.

    Args:
        file: what comes next is read from it to tell an encoding that is not UTF-8.
    """

    def __init__(self, name: str, file: BinaryIO | None = None) -> None:
        self._name = name
        self._file = file
        self._before = b""  # the latest lines beyond ASCII

    def decode(self, raw: bytes, number: int) -> str:
        """One line as text, without its end; `number` counts from 1.

        Raises:
            DataError: the line is not UTF-8, or holds many lines that end in CR alone.
        """
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            raise self._fault(error, raw, number) from None
        if not text.isascii():
            self._before = (self._before + raw)[-BEFORE_BYTES:]
        if len(raw) > MANY and raw.count(CR) > MANY:
            place = f"{self._name}, line {number}"
            raise DataError(f"{place}: {raw.count(CR):,} lines that end in CR alone: {CONVERT_CR}")
        if number == 1:
            if "\0" in text and (wide := wide_encoding(raw)):
                fault = f"not UTF-8: it seems to be {wide}; {_convert(wide)}"
                raise DataError(f"{self._name}, line 1: {fault}")
            text = text.removeprefix(BYTE_ORDER_MARK)
        return text.removesuffix("\n").removesuffix("\r")

    def _fault(self, error: UnicodeDecodeError, raw: bytes, number: int) -> DataError:
        """What is wrong with a line that is not UTF-8, and what to do."""
        after = b""
        if self._file is not None:
            with suppress(DataError):
                after = self._file.read(STRETCH_BYTES)
        is_cut = error.reason == "unexpected end of data"  # or one letter in another encoding
        if is_cut and is_mostly_utf8(self._before + raw[: error.start]):
            why = "the file ends within a character: it was cut off; copy it again"
        else:
            why = _explain(self._before, raw + after, number)
        place = f"{self._name}, line {number}, byte {error.start + 1}"
        return DataError(f"{place}: not valid UTF-8 (byte 0x{raw[error.start]:02x}); {why}")


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
    if before:
        iconv = f"iconv -f {encoding or 'ENCODING'} -t UTF-8"
        return (
            f"it seems to be {encoding or 'another encoding'} from here on, while the lines before "
            f"are UTF-8: convert with `(head -n {number - 1} FILE; tail -n +{number} FILE | "
            f"{iconv}) > NEW`"
        )
    return f"it seems to be {encoding or 'another encoding'}: {_convert(encoding or 'ENCODING')}"


def _convert(encoding: str) -> str:
    return f"convert it with `iconv -f {encoding} -t UTF-8 FILE > NEW`"


def _too_long(raw: bytes) -> str:
    what = f"longer than {MAX_LINE_BYTES:,} bytes; "
    if raw.count(CR) > MANY:
        return what + f"its lines end in CR alone: {CONVERT_CR}"
    return what + "is this really a text with one sentence a line?"
