"""Sorting more records than fit into memory, so that those of equal keys come together.

A record is a 64-bit key and a row number. Full buffers are sorted and written one after another,
as runs, to one temporary file; reading merges the runs block by block. Unlike a division into
parts by the first bits of the keys, it has no part that could outgrow memory when a key is common.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

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
        self._runs: list[tuple[int, int, int]] = []  # start, end, first key

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
        size = max(1, len(self._buffer) // max(1, len(self._runs)))
        self._buffer = np.empty(0, RECORD)
        waiting = [_Run(self._file, start, end, size, key) for start, end, key in self._runs]
        waiting.sort(key=lambda run: run.first_key, reverse=True)
        open_runs: list[_Run] = []
        while waiting or open_runs:
            if not open_runs:
                open_runs.append(waiting.pop())
            limit = _limit(open_runs)
            # In sorted input, the runs follow each other: few need to be open at once.
            while waiting and (limit is None or waiting[-1].first_key <= limit):
                open_runs.append(waiting.pop())
                limit = _limit(open_runs)
            open_runs.sort(key=lambda run: run.start)  # of equal keys, what was added first
            records = np.concatenate([run.take(limit) for run in open_runs])
            yield records[np.argsort(records["key"], kind="stable")]
            open_runs = [run for run in open_runs if run.refill()]

    def _write_run(self) -> None:
        """Sort the buffer, append it to the file, and empty it."""
        if not self._filled:
            return
        records = self._buffer[: self._filled]
        records = records[np.argsort(records["key"], kind="stable")]
        self._file.append(records)
        start = self._runs[-1][1] if self._runs else 0
        self._runs.append((start, start + self._filled, int(records["key"][0])))
        self._filled = 0


class _Run:
    """A sorted stretch of the file, of which one block is in memory once it is asked for."""

    def __init__(self, file: RecordFile, start: int, end: int, size: int, first_key: int) -> None:
        """Records `start` to `end` of the file, to be read in blocks of `size`."""
        self.start, self.first_key = start, first_key
        self._file, self._next, self._end, self._size = file, start, end, size
        self._block = np.empty(0, RECORD)

    def limit(self) -> int | None:
        """The last key of the block; None if no records follow it."""
        self.refill()
        return int(self._block["key"][-1]) if self._next < self._end else None

    def take(self, limit: int | None) -> Records:
        """Take the records up to and with a key out of the block."""
        if limit is None:
            count = len(self._block)
        else:
            count = int(np.searchsorted(self._block["key"], np.uint64(limit), side="right"))
        taken, self._block = self._block[:count], self._block[count:]
        return taken

    def refill(self) -> bool:
        """Read on when less than half a block is left; False when the run is at its end."""
        if self._next < self._end and len(self._block) <= self._size // 2:
            count = min(self._size - len(self._block), self._end - self._next)
            read = self._file.read(self._next, self._next + count)
            self._block = np.concatenate([self._block, read])
            self._next += count
        return len(self._block) > 0


def _limit(runs: list[_Run]) -> int | None:
    """Up to which key the blocks of all runs can be taken; None if they are the last ones.

    Beyond the last key of a block, its run may hold records that belong before those of others.
    """
    return min((limit for run in runs if (limit := run.limit()) is not None), default=None)
