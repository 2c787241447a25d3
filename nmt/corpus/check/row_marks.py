"""Rows of a corpus that are marked, each with the earlier row that it repeats, kept on disk."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from nmt.corpus.record_file import RecordFile, Records

MARK = np.dtype([("row", np.uint32), ("first", np.uint32)])
BLOCK = 4096  # marks; the first row of each block is kept in memory


class Mark(NamedTuple):
    """A row, and the first one that it repeats; both count from 0."""

    row: int
    first: int


class RowSet:
    """Some rows of a corpus, in one bit a row."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, row: int) -> None:
        """Take in a row."""
        self._bits.extend(bytes(max(0, row // 8 + 1 - len(self._bits))))
        self._bits[row // 8] |= 1 << row % 8

    def discard(self, row: int) -> None:
        """Leave out a row, if it is there."""
        if row in self:
            self._bits[row // 8] &= ~(1 << row % 8)

    def __contains__(self, row: int) -> bool:
        return row // 8 < len(self._bits) and bool(self._bits[row // 8] >> row % 8 & 1)


class RowMarks:
    """Marks in the order of their rows, however many, in flat memory; a context manager."""

    def __init__(self, folder: Path) -> None:
        """No marks yet.

        Raises:
            NmtError: the folder is missing, or cannot be written.
        """
        self.count = 0
        self._file = RecordFile(folder, MARK)
        self._block_starts = np.empty(0, np.uint32)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.__exit__()

    def __iter__(self) -> Iterator[Mark]:
        for block in range(len(self._block_starts)):
            yield from self._read(block, block + 1)

    def fill(self, batches: Iterator[Records]) -> None:
        """Take in records, sorted, of which each key is a row and each row the one it repeats.

        Raises:
            NmtError: the disk is full.
        """
        starts: list[np.ndarray] = []
        for records in batches:
            marks = np.empty(len(records), MARK)
            marks["row"], marks["first"] = records["key"], records["row"]
            starts.append(marks["row"][-self.count % BLOCK :: BLOCK].copy())
            self._file.append(marks)
            self.count += len(marks)
        self._block_starts = np.concatenate([self._block_starts, *starts])

    def between(self, start: int, stop: int) -> list[Mark]:
        """The marks of the rows from `start` up to but not including `stop`, in order."""
        first = max(0, int(np.searchsorted(self._block_starts, start, side="right")) - 1)
        last = int(np.searchsorted(self._block_starts, stop, side="left"))
        return [mark for mark in self._read(first, last) if start <= mark.row < stop]

    def head(self, count: int) -> list[Mark]:
        """The first marks."""
        return list(islice(self, count))

    def _read(self, first: int, last: int) -> list[Mark]:
        """The marks of some blocks."""
        marks = self._file.read(first * BLOCK, max(first * BLOCK, min(last * BLOCK, self.count)))
        return [Mark(*mark) for mark in marks.tolist()]
