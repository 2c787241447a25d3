"""Lines in: windows of a file, or of what standard input holds already."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from nmt.cli.streams import is_standard_input, read_windows
from nmt.errors import DataError


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[BinaryIO]:
    """The end of a pipe to write to; the other end is standard input."""
    reading, writing = os.pipe()
    with open(reading, encoding="utf-8") as standard_input, open(writing, "wb", 0) as end:
        monkeypatch.setattr(sys, "stdin", standard_input)
        yield end


def test_no_path_or_a_dash_is_standard_input() -> None:
    assert is_standard_input(None) and is_standard_input(Path("-"))
    assert not is_standard_input(Path("./file"))


@pytest.mark.parametrize("count", [0, 1, 3, 4, 6, 7])
def test_windows_of_a_file_hold_all_its_lines_in_order(tmp_path: Path, count: int) -> None:
    lines = [f"line {number}" for number in range(count)]
    (tmp_path / "a").write_text("".join(f"{line}\n" for line in lines))
    windows = list(read_windows(tmp_path / "a", 3))
    assert [line for window in windows for line in window] == lines
    assert all(len(window) == 3 for window in windows[:-1])
    assert all(1 <= len(window) <= 3 for window in windows)


def test_a_line_is_given_before_the_next_one_is_there(pipe: BinaryIO) -> None:
    windows = read_windows(None, 10)
    for line in ("eins", "", "zwei"):
        pipe.write(f"{line}\n".encode())
        assert next(windows) == [line]
    pipe.write(b"no end")
    pipe.close()
    assert next(windows) == ["no end"]
    assert list(windows) == []


def test_lines_that_are_there_already_come_together_but_never_too_many(pipe: BinaryIO) -> None:
    lines = [str(number) for number in range(50)]
    pipe.write("".join(f"{line}\n" for line in lines).encode())
    pipe.close()
    windows = list(read_windows(None, 4))
    assert [line for window in windows for line in window] == lines
    assert max(map(len, windows)) <= 4


def test_lines_before_a_fault_are_given(pipe: BinaryIO) -> None:
    pipe.write(b"eins\nzwei\n\xff\nvier\n")
    pipe.close()
    given: list[str] = []
    with pytest.raises(DataError, match="standard input, line 3, byte 1"):
        for window in read_windows(None, 100):
            given += window
    assert given == ["eins", "zwei"]


def test_text_that_was_cut_within_a_character_is_told_from_another_encoding(
    pipe: BinaryIO,
) -> None:
    pipe.write("über\nschön und gr\u00fc".encode()[:-1])
    pipe.close()
    with pytest.raises(DataError, match="cut off; copy it again"):
        list(read_windows(None, 100))


def test_a_reader_that_stops_leaves_no_thread_that_hinders(pipe: BinaryIO) -> None:
    pipe.write(b"eins\n")
    assert next(read_windows(None, 4)) == ["eins"]
    waiting = [thread for thread in threading.enumerate() if thread.name.endswith("(read)")]
    assert waiting and all(thread.daemon for thread in waiting)


def test_closed_standard_input_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="standard input is closed"):
        list(read_windows(None, 4))
