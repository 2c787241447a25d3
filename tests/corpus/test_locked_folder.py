"""One process at a time is in a locked folder, and none waits for one that has ended."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from nmt.corpus.locked_folder import locked_folder

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys, time
from pathlib import Path
from nmt.corpus.locked_folder import locked_folder
with locked_folder(Path(sys.argv[1])):
    print("in", flush=True)
    time.sleep(60)
"""


def test_a_folder_is_locked_until_its_holder_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    holder = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert holder.stdout and holder.stdout.readline() == b"in\n"
    entered = threading.Event()

    def wait() -> None:
        with locked_folder(folder):
            entered.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not entered.wait(0.3)
    holder.kill()
    assert entered.wait(30)
    thread.join()
    holder.communicate()


def test_a_folder_may_be_renamed_or_deleted_by_its_holder(tmp_path: Path) -> None:
    for _ in range(2):
        with locked_folder(tmp_path / "a"):
            (tmp_path / "a").rename(tmp_path / "b")
        with locked_folder(tmp_path / "a"):
            shutil.rmtree(tmp_path / "a")
        shutil.rmtree(tmp_path / "b")
