"""Two aligned text files: line n of one is the translation of line n of the other."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from nmt.corpus.readers.lines import read_lines
from nmt.errors import DataError


def read_text_pair(source: Path, target: Path) -> Iterator[tuple[str, str]]:
    """The pairs (source line, target line), in order.

    Raises:
        DataError: the files differ in their number of lines (both counts are named), or one
            cannot be read.
    """
    targets = read_lines(target)
    count = 0
    for count, (left, right) in enumerate(zip_longest(read_lines(source), targets), start=1):
        if left is None or right is None:
            common = count - 1
            counts = [sum(1 for _ in read_lines(path)) for path in (source, target)]
            raise DataError(
                f"{source} has {counts[0]:,} lines, {target} has {counts[1]:,}: the two sides of a "
                f"corpus need the same number of lines (they part after line {common:,})"
            )
        yield left, right
