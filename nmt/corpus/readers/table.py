"""Tables: a pair a row, as TSV (nothing is quoted) or CSV (fields may be quoted)."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import BinaryIO

from nmt.corpus.readers.delimiter import DELIMITERS, csv_line, find_delimiter, given_delimiter
from nmt.corpus.readers.keys import find_sides
from nmt.corpus.readers.lines import decode_lines
from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.selection import Selection
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

_SAMPLE = 20  # lines that show which delimiter a file has
_HEADERS = ({"source", "target"}, {"src", "tgt"}, {"src", "trg"})
_Row = tuple[list[str], int]  # the fields, and the line where they begin


def read_tsv(file: BinaryIO, name: str, selection: Selection) -> Iterator[SentencePair]:
    """The pairs of a table with a tab between columns; quotes are text.

    Blank lines at the end are no rows. Elsewhere one is a fault: a line break within a text, or a
    line lost, after which nothing is sure.

    Raises:
        DataError: a line has another number of columns than expected; see `_pairs`.
    """
    yield from _pairs(_split_at_tabs(decode_lines(file, name)), name, selection, "tab")


def _split_at_tabs(lines: Iterable[str]) -> Iterator[_Row]:
    blank = 0  # the first of the blank lines just before
    for number, line in enumerate(lines, start=1):
        if not line.strip() and "\t" not in line:
            blank = blank or number
            continue
        if blank:
            yield [""], blank
        yield line.split("\t"), number


def read_csv(file: BinaryIO, name: str, selection: Selection) -> Iterator[SentencePair]:
    """The pairs of a table with commas, semicolons or tabs between fields that may be quoted.

    A line break in a quoted field becomes a space, and so does a lone CR anywhere. A first line
    "sep=;" says what stands between fields and is no row, nor is any blank line.

    Raises:
        DataError: a quote is not closed, or a row has another number of columns than expected, or
            it cannot be told what stands between the fields.
    """
    lines = map(csv_line, decode_lines(file, name))
    sample = list(islice(lines, _SAMPLE))
    delimiter = given_delimiter(sample[0]) if sample else None
    first = 2 if delimiter else 1
    if delimiter is None:
        delimiter = find_delimiter(sample, partial(_is_sure_header, selection=selection), name)
    rows = _parse(chain(sample[first - 1 :], lines), name, delimiter, first)
    yield from _pairs(rows, name, selection, DELIMITERS.get(delimiter, f'"{delimiter}"'))


def _parse(lines: Iterable[str], name: str, delimiter: str, first: int) -> Iterator[_Row]:
    """The rows of lines, of which the first has this number."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + first
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
    "source" and "target"; of columns selected by number, one at least must have a tag. Every row
    must be as wide as the first.
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


def names_sides(fields: list[str]) -> bool:
    """Whether "source" and "target", or the like, are among the fields of a first row."""
    return any(header <= {field.strip().casefold() for field in fields} for header in _HEADERS)


def _is_header(fields: list[str], selection: Selection) -> bool:
    if selection.columns is None:
        return _tells_sides(fields, selection)
    if not all(column.isdecimal() for column in selection.columns):
        return True
    numbers = [int(column) for column in selection.columns]
    chosen = [fields[number - 1] for number in numbers if 1 <= number <= len(fields)]
    if names_sides(fields) or _tells_sides(chosen, selection):
        return True
    # Tags in other columns alone may stand in every row: "Hallo", "Hello", "de", "en".
    named = _by_language(fields, selection) if _tells_sides(fields, selection) else None
    return named is not None and any(number - 1 in named for number in numbers)


def _is_sure_header(fields: list[str], selection: Selection) -> bool:
    """Whether a row is a header; with columns selected by name, whether it has them."""
    named = [column for column in selection.columns or () if not column.isdecimal()]
    return all(column in fields for column in named) if named else _is_header(fields, selection)


def _tells_sides(fields: list[str], selection: Selection) -> bool:
    if names_sides(fields):
        return True
    if not (selection.source_language and selection.target_language):
        return False
    # A sentence is seldom a tag, such as "so": all fields must be short, and both tags there.
    is_short = all(len(field.strip()) <= 20 for field in fields)
    return is_short and _by_language(fields, selection) is not None


def _by_language(fields: list[str], selection: Selection) -> tuple[int, int] | None:
    try:
        sides = find_sides(dict.fromkeys(fields), replace(selection, columns=None), "")
    except DataError:
        return None
    return fields.index(sides.source[0]), fields.index(sides.target[0])


def _choose(
    fields: list[str], selection: Selection, place: str, delimiter: str, is_header: bool
) -> tuple[int, int]:
    """The indices of source and target."""
    if selection.columns is not None:
        source, target = selection.columns
        return _find(fields, source, place, is_header), _find(fields, target, place, is_header)
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
    if delimiter == "tab" and len(fields) == 1 and fields[0]:
        message += (
            "; nor is it clearly CSV: if it is, name it .csv or give its format; if it is plain "
            "text, give both sides, as source and target"
        )
    if len(fields) > 2:
        message += f"; choose two with columns, such as [1, 2]: {_listed(fields)}"
    raise DataError(message)


def _find(fields: list[str], column: str, place: str, is_header: bool) -> int:
    if is_header and column in fields:  # a number in a row of data names no column
        return fields.index(column)
    if column.isdecimal() and 1 <= int(column) <= len(fields):
        return int(column) - 1
    raise DataError(f'{place}: no column "{column}"; the columns are {_listed(fields)}')


def _listed(fields: list[str]) -> str:
    shown = [f'{n} "{field[:30]}"' for n, field in enumerate(fields[:8], start=1)]
    return ", ".join(shown) + (f" and {len(fields) - 8} more" if len(fields) > 8 else "")
