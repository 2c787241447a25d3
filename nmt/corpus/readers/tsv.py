"""One file with a pair a line: source, tab, target."""

from collections.abc import Iterator
from pathlib import Path

from nmt.corpus.readers.lines import read_lines
from nmt.errors import DataError


def read_tsv(path: Path) -> Iterator[tuple[str, str]]:
    """The pairs (first column, second column), in order; quotes are text.

    Raises:
        DataError: a line has not exactly two columns, or the file cannot be read.
    """
    for number, line in enumerate(read_lines(path), start=1):
        columns = line.split("\t")
        if len(columns) != 2:
            raise DataError(
                f"{path}, line {number}: {len(columns)} column{'s' * (len(columns) != 1)} where "
                "two are expected (source, tab, target)"
            )
        yield columns[0], columns[1]
