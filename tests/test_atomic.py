"""Atomic writing: whatever happens meanwhile, the old content stands there or the new one."""

import errno
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nmt.atomic import write_atomically, write_error, write_folder_atomically
from nmt.errors import NmtError

ROOT = Path(__file__).resolve().parents[1]
OLD, NEW = "old" * 1000, "new" * 1000
FILES = ("first", "second")


def fill_file(path: Path) -> None:
    path.write_text(NEW)


def fill_folder(path: Path) -> None:
    for name in FILES:
        (path / name).write_text(NEW)


@pytest.fixture(params=["file", "folder"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where a file or a folder with old content stands."""
    path = tmp_path / str(request.param)
    if path.name == "file":
        path.write_text(OLD)
    else:
        path.mkdir()
        for name in (*FILES, "third"):
            (path / name).write_text(OLD)
    return path


def write(path: Path, before: Callable[[], object] = lambda: None) -> None:
    """Write new content, and call `before` when half of it is written."""

    def fill(temporary: Path) -> None:
        if path.name == "file":
            temporary.write_text(NEW[: len(NEW) // 2])
            before()
            fill_file(temporary)
        else:
            (temporary / FILES[0]).write_text(NEW)
            before()
            fill_folder(temporary)

    (write_atomically if path.name == "file" else write_folder_atomically)(path, fill)


def content(path: Path) -> dict[str, str]:
    if path.is_dir():
        return {file.name: file.read_text() for file in path.iterdir()}
    return {"": path.read_text()}


def is_new(path: Path) -> bool:
    return content(path) == (dict.fromkeys(FILES, NEW) if path.is_dir() else {"": NEW})


def raiser(error: BaseException) -> Callable[[], None]:
    def raise_it() -> None:
        raise error

    return raise_it


def test_new_content_takes_the_place_of_the_old_and_nothing_else_stays(place: Path) -> None:
    write(place)
    assert is_new(place)
    assert list(place.parent.iterdir()) == [place]


def test_what_was_not_there_is_made(tmp_path: Path) -> None:
    for name in ("file", "folder"):
        write(tmp_path / name)
        assert is_new(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_the_old_content_stands_while_the_new_is_written(place: Path) -> None:
    old = content(place)
    seen = []
    write(place, lambda: seen.append(content(place)))
    assert seen == [old] != [content(place)]


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt(), NmtError("told")])
def test_a_writer_that_raises_leaves_the_old_content(place: Path, error: BaseException) -> None:
    old = content(place)
    with pytest.raises(type(error)) as caught:
        write(place, raiser(error))
    assert caught.value is error
    assert content(place) == old
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_the_old_content_and_gives_advice(place: Path, number: int) -> None:
    old = content(place)
    with pytest.raises(NmtError, match=re.escape(f"{place}: no space left on the disk; free")):
        write(place, raiser(OSError(number, os.strerror(number))))
    assert content(place) == old
    assert list(place.parent.iterdir()) == [place]


def test_a_full_disk_for_temporary_files_is_told_with_where_to_find_room() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with tempfile.TemporaryDirectory(prefix="nmt-check-") as folder:
        assert "in TMPDIR" in str(write_error(Path(folder) / "file", full))
        assert "TMPDIR" not in str(write_error(Path(folder).parent / "nmt-check", full))


def test_any_other_fault_of_the_disk_is_named(place: Path) -> None:
    with pytest.raises(NmtError, match=re.escape(f"{place}: cannot be written: Input/output err")):
        write(place, raiser(OSError(errno.EIO, os.strerror(errno.EIO))))


@pytest.mark.parametrize("name", ["file", "folder"])
@pytest.mark.parametrize("parent", ["none", "a file"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, parent: str, name: str) -> None:
    (tmp_path / "a file").touch()
    path = tmp_path / parent / name
    with pytest.raises(NmtError, match=re.escape(f"{path}: cannot be written")):
        write(path)
    assert [path.name for path in tmp_path.iterdir()] == ["a file"]


def test_an_error_without_a_number_is_shown_as_it_is() -> None:
    assert str(write_error(Path("a"), OSError("odd"))) == "a: cannot be written: odd"


def test_the_leftovers_of_a_killed_process_are_no_obstacle(tmp_path: Path) -> None:
    for _ in range(2):  # where no folder is yet, and where one is
        for kind in ("tmp", "old"):  # the next process may get the same number, as in a container
            leftover = tmp_path / f".folder.{os.getpid()}.{kind}"
            leftover.mkdir()
            (leftover / "half").touch()
        write(tmp_path / "folder")
        assert is_new(tmp_path / "folder")
        assert [path.name for path in tmp_path.iterdir()] == ["folder"]


# --- killed processes ---

# Kills itself, or is interrupted, just before its n-th step that changes the disk.
PROGRAM = """
import os, signal, sys
from pathlib import Path
from nmt.atomic import write_atomically, write_folder_atomically

path, steps, kill = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "kill"

def count(event, arguments):
    global steps
    changes = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "open")
    if event in changes and path.name in str(arguments[0]):
        steps -= 1
        if steps == 0 and kill:
            os.kill(os.getpid(), signal.SIGKILL)
        elif steps == 0:
            raise KeyboardInterrupt

def fill_folder(temporary):
    for name in ("first", "second"):
        (temporary / name).write_text("new" * 1000)

sys.addaudithook(count)
if path.name == "file":
    write_atomically(path, lambda temporary: temporary.write_text("new" * 1000))
else:
    write_folder_atomically(path, fill_folder)
steps = 0
"""


def stop_at(step: int, path: Path, way: str) -> int:
    command = [sys.executable, "-S", "-c", PROGRAM, str(path), str(step), way]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
    return done.returncode


@pytest.mark.parametrize("way", ["kill", "interrupt"])
def test_stopped_at_any_step_the_old_content_or_the_new_is_there(place: Path, way: str) -> None:
    old = content(place)
    for step in range(1, 40):
        status = stop_at(step, place, way)
        # killed between its two renames, a folder's old content stands beside
        found = place if place.exists() else next(place.parent.glob(f".{place.name}.*.old"))
        assert place.exists() or (way == "kill" and place.name == "folder")
        assert content(found) == old or is_new(found)
        if status == 0:
            break
        assert status == (-signal.SIGKILL if way == "kill" else -signal.SIGINT)
    assert status == 0 and step > 3 and is_new(place)


LOOP = """
import itertools, sys
from pathlib import Path
from nmt.atomic import write_atomically
path = Path(sys.argv[1])
for number in itertools.count():
    def write(temporary):
        with temporary.open("w") as file:
            for _ in range(2000):
                file.write(f"{number}\\n")
    write_atomically(path, write)
"""


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.05, 0.13])
def test_a_kill_in_a_loop_of_writes_leaves_a_whole_file(tmp_path: Path, delay: float) -> None:
    path = tmp_path / "file"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", LOOP, str(path)], env=environment) as process:
        try:
            wait_for(path.exists)
            time.sleep(delay)
        finally:
            process.kill()
    lines = path.read_text().split("\n")
    assert len(lines) == 2001 and lines[-1] == "" and len(set(lines[:-1])) == 1


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)
