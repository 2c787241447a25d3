"""Records of fixed size in a temporary file."""

import tempfile
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from nmt.atomic import write_error

Records = npt.NDArray[np.void]  # of one structured type


class RecordFile:
    """Records of one structured type, appended and then read; a context manager.

    The file has no name, so that nothing of it is left even if the process is killed.
    """

    def __init__(self, folder: Path, record: np.dtype[np.void]) -> None:
        """Open a file in `folder`, for records of a type.

        Raises:
            NmtError: the folder is missing, or cannot be written.
        """
        self._folder = folder
        self._record = record
        try:
            # Unbuffered, so that closing writes nothing, and cannot fail on a full disk.
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        except OSError as error:
            raise write_error(folder, error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, records: Records) -> None:
        """Write records at the end.

        Raises:
            NmtError: the disk is full.
        """
        left = memoryview(records.tobytes())
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            raise write_error(self._folder, error) from None

    def read(self, start: int, stop: int) -> Records:
        """The records from number `start` up to but not including `stop`, all of which exist."""
        records = np.empty(stop - start, self._record)
        self._file.seek(start * self._record.itemsize)
        count = self._file.readinto(records.view(np.uint8).data)
        assert count == records.nbytes, "records that were not written"
        return records
