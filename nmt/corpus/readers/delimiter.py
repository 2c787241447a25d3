"""What stands between the fields of CSV, told by its first lines; and whether lines are CSV."""

import csv
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from nmt.errors import DataError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}

_SEP = re.compile(r'"?sep=([^\w\s"]|\t)"?\s*', re.IGNORECASE)
_CR = re.compile(r"\r+")
_Rows = Sequence[Sequence[str]]
_IsHeader = Callable[[list[str]], bool]


def csv_line(line: str) -> str:
    """A line as the module `csv` takes it, which allows no lone CR: it becomes a space."""
    return _CR.sub(" ", line.rstrip("\r")) + "\n"


def given_delimiter(line: str) -> str | None:
    """What a first line "sep=;" says, as Excel understands it; None if it is another line."""
    match = _SEP.fullmatch(line)
    return match[1] if match else None


def find_delimiter(sample: list[str], is_header: _IsHeader, name: str) -> str:
    """What stands between the fields of a CSV file that begins with these lines.

    That with which the first row is a header, or else all rows are of one width. If several make
    even rows, what looks like punctuation of the text is none.

    Raises:
        DataError: two of them are as good.
    """
    parsed = {delimiter: _rows(sample, delimiter) for delimiter in DELIMITERS}
    headed = [delimiter for delimiter, rows in parsed.items() if rows and is_header(rows[0])]
    if len(headed) == 1:
        return headed[0]
    for end in (None, -1):  # the last row may go on behind the sample
        even = {delimiter: rows[:end] for delimiter, rows in parsed.items() if _even(rows[:end])}
        if "\t" in even and not any(field.count('"') % 2 for row in even["\t"] for field in row):
            return "\t"
        even = {delimiter: rows for delimiter, rows in even.items() if not _is_prose(rows)} or even
        left = [delimiter for delimiter in even if _is_at_quotes(sample, delimiter)] or [*even]
        if len(left) > 1:
            first, second = (f"{DELIMITERS[delimiter]}s" for delimiter in left[:2])
            raise DataError(
                f"{name}, line 1: {first} and {second} both divide the rows evenly; write a line "
                f'"sep={left[0]}" or "sep={left[1]}" above it to choose'
            )
        if left:
            return left[0]
    return max(parsed, key=lambda delimiter: sum(map(len, parsed[delimiter])))


def seems_csv(lines: list[str], is_header: _IsHeader) -> bool:
    """Whether lines without tabs are CSV, and no text that has as many commas in each line.

    Either the first is a header, or two rows at least (or a quoted one) are of one width and no
    delimiter looks like punctuation. The last line may be cut off.
    """
    for delimiter in (",", ";"):
        rows = _rows(lines, delimiter)
        if not rows:
            continue
        if is_header(rows[0]):
            return True
        for some in (rows, rows[:-1]):
            enough = len(some) > 1 or lines[0].startswith('"')
            if enough and _even(some) and not _is_prose(some):
                return True
    return False


def _rows(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return []


def _even(rows: _Rows) -> bool:
    return len({len(row) for row in rows}) == 1 and len(rows[0]) > 1


def _is_prose(rows: _Rows) -> bool:
    """Whether the delimiter is punctuation: before spaces, or within numbers such as 3,50."""
    spaced = sum(any(field.startswith(" ") for field in row[1:]) for row in rows)
    in_numbers = all(
        left[-1:].isdigit() and right[:1].isdigit() for row in rows for left, right in pairwise(row)
    )
    return in_numbers or spaced * 10 >= len(rows)  # a field of a table seldom begins with a space


def _is_at_quotes(lines: list[str], delimiter: str) -> bool:
    return any(f'{delimiter}"' in line or f'"{delimiter}' in line for line in lines)
