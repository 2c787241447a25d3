"""Writing files so that a kill or a full disk at any moment leaves the old one or the new one."""

import contextlib
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from nmt.errors import NmtError

# folders of `tempfile` that commands use
TEMPORARY = re.compile(r"\bnmt-(check|fix|streams)-\w{8}")


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then sync and rename it into place.

    Raises:
        NmtError: the disk is full, or the place cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        _sync(temporary)
        os.replace(temporary, path)
        _sync(path.parent)
    except OSError as error:
        raise write_error(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def write_folder_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary folder beside `path`, then sync and rename it into place.

    A folder that stands there already is replaced, in two renames: a kill between them leaves the
    old one complete as `.NAME.PID.old`.

    Raises:
        NmtError: the disk is full, or the place cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    try:
        shutil.rmtree(temporary, ignore_errors=True)  # of a killed process with the same number
        temporary.mkdir()
        write(temporary)
        sync_folder(temporary)
        if path.exists():
            shutil.rmtree(old, ignore_errors=True)
            os.rename(path, old)
        os.rename(temporary, path)
        _sync(path.parent)
    except OSError as error:
        raise write_error(path, error) from None
    finally:
        if old.exists() and not path.exists():
            os.rename(old, path)
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_error(path: Path, error: OSError) -> NmtError:
    """What a failed write means for the user."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        if path.is_relative_to(tempfile.gettempdir()) and TEMPORARY.search(str(path)):
            return NmtError(
                f"{path}: no space left on the disk for temporary files; free some, or name a "
                "folder on a larger disk in TMPDIR"
            )
        return NmtError(
            f"{path}: no space left on the disk; free some, then run the "
            "command again (a training goes on with --resume)"
        )
    return NmtError(f"{path}: cannot be written: {error.strerror or error}")


def sync_folder(folder: Path) -> None:
    """Bring the files of a folder, and their names, onto the disk."""
    for path in (*folder.iterdir(), folder):
        _sync(path)


def _sync(path: Path) -> None:
    """Bring a file, or the names in a folder, from the system's memory onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
