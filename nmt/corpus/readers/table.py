"""Tables: a pair a row, as TSV (nothing is quoted) or CSV (fields may be quoted)."""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO

from nmt.corpus.readers.keys import find_sides
from nmt.corpus.readers.lines import decode_lines
from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.selection import Selection
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_SAMPLE = 20  # lines that show which delimiter a file has
_HEADERS = ({"source", "target"}, {"src", "tgt"}, {"src", "trg"})
_Row = tuple[list[str], int]  # the fields, and the line where they begin


def read_tsv(file: BinaryIO, name: str, selection: Selection) -> Iterator[SentencePair]:
    """The pairs of a table with a tab between columns; quotes are text.

    Raises:
        DataError: a line has another number of columns than expected; see `_pairs`.
    """
    rows = ((line.split("\t"), n) for n, line in enumerate(decode_lines(file, name), start=1))
    yield from _pairs(rows, name, selection, "tab")


def read_csv(file: BinaryIO, name: str, selection: Selection) -> Iterator[SentencePair]:
    """The pairs of a table with commas, semicolons or tabs between fields that may be quoted.

    A line break in a quoted field becomes a space.

    Raises:
        DataError: a quote is not closed, or a row has another number of columns than expected.
    """
    lines = (f"{line}\n" for line in decode_lines(file, name))
    sample = list(islice(lines, _SAMPLE))
    delimiter = find_delimiter(sample)
    rows = _parse(chain(sample, lines), name, delimiter)
    yield from _pairs(rows, name, selection, _DELIMITERS[delimiter])


def find_delimiter(sample: list[str]) -> str:
    """What stands between the fields of some first lines of a CSV file."""

    def widths(delimiter: str) -> list[int]:
        try:
            return [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        except csv.Error:
            return []

    found = {delimiter: widths(delimiter) for delimiter in _DELIMITERS}
    for end in (None, -1):  # the last row may go on behind the sample
        for delimiter, each in found.items():
            if len(set(each[:end])) == 1 and each[0] > 1:
                return delimiter
    return max(found, key=lambda delimiter: sum(found[delimiter]))


def _parse(lines: Iterable[str], name: str, delimiter: str) -> Iterator[_Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise DataError(
                f"{name}, line {line}: not valid CSV ({error}); double a quote within a quoted "
                "field, and close each quote"
            ) from None
        if row is None:
            return
        if row:  # a blank line is none
            yield [one_line(field) for field in row], line


def _pairs(
    rows: Iterator[_Row], name: str, selection: Selection, delimiter: str
) -> Iterator[SentencePair]:
    """The pairs of rows; the first row is a header if it names the columns.

    Which it does when columns are selected by name, when it is the tags of the languages, or
    "source" and "target". Every row must be as wide as the first.
    """
    first = next(rows, None)
    if first is None:
        return
    fields, line = first
    is_header = _is_header(fields, selection)
    source, target = _choose(fields, selection, f"{name}, line {line}", delimiter, is_header)
    width = len(fields)
    for row, number in rows if is_header else chain([first], rows):
        if len(row) != width:
            count = f"{len(row)} column{'s' * (len(row) != 1)}"
            wanted = "two" if width == 2 else str(width)
            between = f" (source, {delimiter}, target)" if width == 2 else " as in the first line"
            raise DataError(f"{name}, line {number}: {count} where {wanted} are expected{between}")
        yield SentencePair(row[source], row[target], number)


def _is_header(fields: list[str], selection: Selection) -> bool:
    if selection.columns is not None:
        return not all(column.isdecimal() for column in selection.columns)
    names = [field.strip().casefold() for field in fields]
    if any(header <= set(names) for header in _HEADERS):
        return True
    if not (selection.source_language and selection.target_language):
        return False
    # A sentence is seldom a tag, such as "so": all fields must be short, and both tags there.
    return all(len(field) <= 20 for field in names) and _by_language(fields, selection) is not None


def _by_language(fields: list[str], selection: Selection) -> tuple[int, int] | None:
    try:
        sides = find_sides(dict.fromkeys(fields), selection, "")
    except DataError:
        return None
    return fields.index(sides.source[0]), fields.index(sides.target[0])


def _choose(
    fields: list[str], selection: Selection, place: str, delimiter: str, is_header: bool
) -> tuple[int, int]:
    """The indices of source and target."""
    if selection.columns is not None:
        return _find(fields, selection.columns[0], place), _find(
            fields, selection.columns[1], place
        )
    if is_header:
        names = (
            fields if _by_language(fields, selection) else [f.strip().casefold() for f in fields]
        )
        if chosen := _by_language(names, selection):
            return chosen
    if len(fields) == 2:
        return 0, 1
    count = f"{len(fields)} column{'s' * (len(fields) != 1)}"
    message = f"{place}: {count} where two are expected (source, {delimiter}, target)"
    if len(fields) > 2:
        message += f"; choose two with columns, such as [1, 2]: {_listed(fields)}"
    raise DataError(message)


def _find(fields: list[str], column: str, place: str) -> int:
    if column in fields:
        return fields.index(column)
    if column.isdecimal() and 1 <= int(column) <= len(fields):
        return int(column) - 1
    raise DataError(f'{place}: no column "{column}"; the columns are {_listed(fields)}')


def _listed(fields: list[str]) -> str:
    shown = [f'{n} "{field[:30]}"' for n, field in enumerate(fields[:8], start=1)]
    return ", ".join(shown) + (f" and {len(fields) - 8} more" if len(fields) > 8 else "")
