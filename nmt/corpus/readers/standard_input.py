"""A corpus that comes through a pipe can be read once only, so it is kept in a file."""

import hashlib
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
    digest = hashlib.sha256()
    temporary = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix="stdin-", delete=False) as file:
            temporary = file.name
            while block := stream.read(BLOCK):
                digest.update(block)
                file.write(block)
        path = folder / f"{name}-{digest.hexdigest()[:16]}"
        os.replace(temporary, path)
    except OSError as error:
        raise write_error(folder, error) from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
    return path
