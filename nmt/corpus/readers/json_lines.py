"""JSON: an object a line, or one list of objects."""

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from nmt.corpus.readers.keys import Sides, find_sides, text_at
from nmt.corpus.readers.lines import MAX_LINE_BYTES, decode_lines
from nmt.corpus.readers.selection import Selection
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

_CHUNK = 1 << 16


def read_json_lines(file: BinaryIO, name: str, selection: Selection) -> Iterator[SentencePair]:
    """The pairs of a file with a JSON object in each line; blank lines are passed over.

    Raises:
        DataError: a line is no JSON object, has not the keys of the first one, or a value that is
            no text.
    """
    sides = None
    for number, line in enumerate(decode_lines(file, name), start=1):
        if not line or line.isspace():
            continue
        place = f"{name}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{place}: not valid JSON: {_reason(error)}") from None
        sides = sides or find_sides(_object(row, place), selection, place)
        yield _pair(row, sides, number, place)


def read_json_list(file: BinaryIO, name: str, selection: Selection) -> Iterator[SentencePair]:
    """The pairs of a file that is one JSON list of objects.

    Raises:
        DataError: the file is no such list, or an object in it is not as the first one.
    """
    sides = None
    for row, number in _Items(file, name):
        place = f"{name}, line {number}"
        sides = sides or find_sides(_object(row, place), selection, place)
        yield _pair(row, sides, number, place)


def _pair(row: Any, sides: Sides, line: int, place: str) -> SentencePair:
    row = _object(row, place)
    source, target = text_at(row, sides.source, place), text_at(row, sides.target, place)
    for text in (source, target):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise DataError(
                f"{place}: holds half of a surrogate pair, which is no character; correct the line"
            ) from None
    return SentencePair(source, target, line)


def _object(row: Any, place: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise DataError(f'{place}: not a JSON object, such as {{"source": ..., "target": ...}}')
    return row


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (character {error.colno})"
    return "nested too deep" if isinstance(error, RecursionError) else str(error)


class _Items:
    """The items of a list, each with the line where it begins, read as they come."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._place, self._line = "", 0, 1
        self._ended = False

    def __iter__(self) -> Iterator[tuple[Any, int]]:
        self._expect("[")
        if self._next() == "]":
            self._skip(1)
        else:
            while True:
                self._next()
                yield self._item()
                if self._expect(",]") == "]":
                    break
        if rest := self._next():
            raise self._fault(f"{rest!r} behind the end of the list")

    def _item(self) -> tuple[Any, int]:
        line = self._line
        while True:
            try:
                value, end = json.JSONDecoder().raw_decode(self._text, self._place)
            except (ValueError, RecursionError) as error:
                size = len(self._text) - self._place
                if self._ended or size > MAX_LINE_BYTES or isinstance(error, RecursionError):
                    raise self._fault(f"not valid JSON: {_reason(error)}") from None
            else:
                if end < len(self._text) or self._ended:  # else a number may go on
                    self._skip(end - self._place)
                    return value, line
            self._read()

    def _expect(self, characters: str) -> str:
        found = self._next()
        if not found or found not in characters:
            wanted = " or ".join(f'"{character}"' for character in characters)
            raise self._fault(f"not valid JSON: {wanted} expected, not {found or 'the end'!r}")
        self._skip(1)
        return found

    def _next(self) -> str:
        """The next character that is no white space; nothing at the end."""
        while True:
            while self._place < len(self._text):
                character = self._text[self._place]
                if character not in " \t\r\n":
                    return character
                self._skip(1)
            if self._ended:
                return ""
            self._read()

    def _skip(self, characters: int) -> None:
        end = self._place + characters
        self._line += self._text.count("\n", self._place, end)
        self._place = end

    def _read(self) -> None:
        chunk = self._file.read(_CHUNK)
        self._ended = not chunk
        try:
            more = self._decoder.decode(chunk, self._ended)
        except UnicodeDecodeError as error:
            self._line += chunk[: error.start].count(b"\n")
            raise self._fault("not valid UTF-8 hereabouts; convert the file with iconv") from None
        self._text = self._text[self._place :] + more
        self._place = 0

    def _fault(self, what: str) -> DataError:
        return DataError(f"{self._name}, line {self._line}: {what}")
