"""Files that are far larger inside than on disk cost little time and memory, and end in a line."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.corpus.checking import ROOT
from tests.corpus.hostile_files import HOSTILE

SECONDS, MEGABYTES = 60, 400  # of the check; it takes some 3 seconds and 200 MB on a quiet machine
UNREADABLE = [name for name in HOSTILE if not name.startswith(("long", "a long", "two", "Parquet"))]
QUICK = {
    "a line without an end", "NUL bytes", "a zip bomb", "TMX nested without an end",
    "TMX with an endless segment", "JSON lines nested without an end", "CSV with a quote left open",
    "two sides of empty lines", "long lines of question marks", "long lines of addresses",
    "long lines of numbers", "a long number",
}  # fmt: skip
PROGRAM = """
import atexit, pathlib, sys
status = pathlib.Path("/proc/self/status")
if status.exists():
    atexit.register(lambda: print(status.read_text(), file=sys.stderr))
sys.argv[0] = "nmt"
from nmt.cli.main import run
run()
"""


def some_are_slow() -> list[object]:
    """The hostile files; most are for the slow tests, since each starts a process."""
    return [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in HOSTILE]


@pytest.mark.parametrize("name", some_are_slow())
def test_a_hostile_file_is_checked_in_bounded_time_and_memory(name: str, tmp_path: Path) -> None:
    files = HOSTILE[name]()
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    options = ["--source", "--target"] if len(files) == 2 else ["--corpus"]
    command = [word for pair in zip(options, files, strict=True) for word in pair]
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "check", *command, "--languages", "de-en"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        timeout=2 * SECONDS,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert time.monotonic() - started < SECONDS
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    if peak := re.search(r"VmHWM:\s+(\d+) kB", done.stderr):
        assert int(peak[1]) < 1024 * MEGABYTES
    if name in UNREADABLE:
        assert re.search(
            r"  error +\S.*\[(unreadable|unequal_counts)\]$", done.stdout, re.MULTILINE
        )
        assert done.returncode == 1
