"""A corpus that comes through a pipe can be read once only, so it is kept in a file."""

import hashlib
import io
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from nmt.atomic import write_error

BLOCK = 1 << 20  # bytes


def keep_stream(stream: BinaryIO, folder: Path, name: str = "standard-input") -> Path:
    """Copy a stream into a file of `folder`, named after it and its contents.

    Raises:
        NmtError: the file cannot be written.
    """
    temporary = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix="stdin-", delete=False) as file:
            temporary = file.name
        digest = copy_stream(stream, Path(temporary))
        path = folder / f"{name}-{digest[:16]}"
        os.replace(temporary, path)
    except OSError as error:
        raise write_error(folder, error) from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
    return path


def copy_stream(stream: BinaryIO, path: Path) -> str:
    """Copy a stream into a file; returns the SHA-256 of its contents, in hexadecimal.

    Raises:
        NmtError: the file cannot be written.
    """
    digest = hashlib.sha256()
    # as it comes: `read` waits for a whole block, and does not notice a Ctrl-C just before it does
    read = stream.read1 if isinstance(stream, io.BufferedReader) else stream.read
    try:
        with path.open("wb") as file:
            while block := read(BLOCK):
                digest.update(block)
                file.write(block)
    except OSError as error:
        raise write_error(path, error) from None
    return digest.hexdigest()
