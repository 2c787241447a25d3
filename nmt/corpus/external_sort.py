"""Sorting more records than fit into memory, so that those of equal keys come together.

A record is a 64-bit key and a row number. Full buffers are sorted and written one after another,
as runs, to one temporary file; reading merges the runs block by block. Unlike a division into
parts by the first bits of the keys, it has no part that could outgrow memory when a key is common.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Self, cast

import numpy as np
import numpy.typing as npt

from nmt.corpus.record_file import RecordFile, Records
from nmt.errors import DataError

RECORD = np.dtype([("key", np.uint64), ("row", np.uint32)])
LAST_ROW = 2**32 - 1
RECORDS_IN_MEMORY = 2**18  # 3 MB in the buffer, and a few times that while merging

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.uint32]


class ExternalSort:
    """Takes records in any order and gives them back by key; a context manager."""

    def __init__(self, folder: Path, records_in_memory: int = RECORDS_IN_MEMORY) -> None:
        """Open a temporary file in `folder`.

        Raises:
            NmtError: the folder is missing, or cannot be written.
        """
        self._file = RecordFile(folder, RECORD)
        self._buffer = np.empty(records_in_memory, RECORD)
        self._filled = 0
        self._runs: list[int] = []  # the records in each

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.__exit__()

    def add(self, keys: Keys, rows: npt.NDArray[np.integer]) -> None:
        """Take records in.

        Raises:
            DataError: a row number needs more than 32 bits.
            NmtError: the disk is full.
        """
        if rows.size and int(rows.max()) > LAST_ROW:
            raise DataError(f"the corpus has more than {LAST_ROW + 1:,} pairs; check it in parts")
        start = 0
        while start < len(keys):
            taken = min(len(keys) - start, len(self._buffer) - self._filled)
            space = self._buffer[self._filled : self._filled + taken]
            space["key"] = keys[start : start + taken]
            space["row"] = rows[start : start + taken]
            self._filled += taken
            start += taken
            if self._filled == len(self._buffer):
                self._write_run()

    def batches(self) -> Iterator[Records]:
        """The records by ascending key, each key's first one in the order of adding leading.

        Those of one key may be spread over several batches. To be called once, after the last
        `add`; it gives the buffer's memory back.

        Raises:
            NmtError: the disk is full.
        """
        self._write_run()
        in_memory = len(self._buffer)
        self._buffer = np.empty(0, RECORD)
        size = max(1, in_memory // max(1, len(self._runs)))
        ends = np.cumsum(self._runs, dtype=np.int64).tolist()
        runs = [
            _Run(self._file, end - length, end, size)
            for end, length in zip(ends, self._runs, strict=True)
        ]
        while runs:
            # Beyond the last key of a block, its run may hold records that belong before others'.
            limit = min((run.last_key for run in runs if run.has_more), default=None)
            parts = [run.take(limit) for run in runs]
            records = np.concatenate(parts)
            yield records[np.argsort(records["key"], kind="stable")]
            runs = [run for run in runs if run.refill()]

    def _write_run(self) -> None:
        """Sort the buffer, append it to the file, and empty it."""
        if not self._filled:
            return
        records = self._buffer[: self._filled]
        order = np.argsort(records["key"], kind="stable")
        self._file.append(records[order])
        self._runs.append(self._filled)
        self._filled = 0


class _Run:
    """A sorted stretch of the file, of which one block is in memory."""

    def __init__(self, file: RecordFile, start: int, end: int, size: int) -> None:
        """Records `start` to `end` of the file, to be read in blocks of `size`."""
        self._file, self._next, self._end, self._size = file, start, end, size
        self._block = np.empty(0, RECORD)
        self.refill()

    @property
    def has_more(self) -> bool:
        """Whether there are records behind the block."""
        return self._next < self._end

    @property
    def last_key(self) -> np.uint64:
        """The greatest key of the block."""
        return cast(np.uint64, self._block["key"][-1])

    def take(self, limit: np.uint64 | None) -> Records:
        """Take the records up to and with a key out of the block."""
        if limit is None:
            count = len(self._block)
        else:
            count = int(np.searchsorted(self._block["key"], limit, side="right"))
        taken, self._block = self._block[:count], self._block[count:]
        return taken

    def refill(self) -> bool:
        """Read on when less than half a block is left; False when the run is at its end."""
        if self.has_more and len(self._block) <= self._size // 2:
            count = min(self._size - len(self._block), self._end - self._next)
            read = self._file.read(self._next, self._next + count)
            self._block = np.concatenate([self._block, read])
            self._next += count
        return len(self._block) > 0
