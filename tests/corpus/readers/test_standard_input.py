"""What comes through a pipe is kept as it came, once."""

import io
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nmt.corpus.readers.standard_input import BLOCK, keep_stream
from nmt.errors import NmtError


@pytest.mark.parametrize("content", [b"", b"a\tb\n", b"\0\xff" * BLOCK])
def test_a_stream_is_kept_as_it_came(tmp_path: Path, content: bytes) -> None:
    path = keep_stream(io.BytesIO(content), tmp_path / "cache")
    assert path.read_bytes() == content
    assert keep_stream(io.BytesIO(content), tmp_path / "cache") == path
    assert list((tmp_path / "cache").iterdir()) == [path]


def test_other_contents_are_another_file(tmp_path: Path) -> None:
    paths = {keep_stream(io.BytesIO(content), tmp_path) for content in (b"a", b"b")}
    assert len(paths) == 2


def test_a_stream_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(NmtError):
        keep_stream(Broken(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NmtError, match="file"):
        keep_stream(io.BytesIO(b"a"), tmp_path / "file" / "below")


def test_a_wait_for_a_pipe_can_be_interrupted(tmp_path: Path) -> None:
    program = "import pathlib, sys; from nmt.corpus.readers.standard_input import keep_stream; "
    program += f"keep_stream(sys.stdin.buffer, pathlib.Path({str(tmp_path)!r}))"
    line = [sys.executable, "-c", program]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, stdin=pipe, stderr=pipe, bufsize=0) as process:
        assert process.stdin and process.stderr
        deadline = time.monotonic() + 60
        while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.05)  # until its temporary file is there
        process.send_signal(signal.SIGSTOP)  # so that line and signal arrive at once
        process.stdin.write(b"eins\n")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        assert process.wait(60) == -signal.SIGINT
        assert process.stderr.read().endswith(b"KeyboardInterrupt\n")
    assert list(tmp_path.iterdir()) == []
