"""Temporary records: what was written is read, nothing is left, a full disk is told."""

import resource
import signal
from pathlib import Path

import numpy as np
import pytest

from nmt.corpus.record_file import RecordFile
from nmt.errors import NmtError

RECORD = np.dtype([("key", np.uint64), ("row", np.uint32)])


def records(count: int) -> np.ndarray:
    made = np.empty(count, RECORD)
    made["key"], made["row"] = np.arange(count) * 3, np.arange(count)
    return made


def test_any_stretch_of_what_was_appended_is_read(tmp_path: Path) -> None:
    with RecordFile(tmp_path, RECORD) as file:
        for start in range(0, 100, 10):
            file.append(records(100)[start : start + 10])
        assert (file.read(0, 100) == records(100)).all()
        assert (file.read(37, 64) == records(100)[37:64]).all()
        assert len(file.read(100, 100)) == 0


def test_nothing_is_left_in_the_folder_even_while_open(tmp_path: Path) -> None:
    with RecordFile(tmp_path, RECORD) as file:
        file.append(records(100))
        assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NmtError, match="nowhere: cannot be written: No such file"):
        RecordFile(tmp_path / "nowhere", RECORD)


def test_a_file_that_cannot_grow_is_an_error_of_one_line(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with RecordFile(tmp_path, RECORD) as file:
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
            with pytest.raises(NmtError, match=r"cannot be written: File too large") as caught:
                file.append(records(1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
