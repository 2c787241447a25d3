"""Files as streams of bytes: compressed ones are recognized by their content, and unpacked."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from nmt.corpus.readers.decompression import (
    decompress,
    packed_as,
    reason,
    refuse_archive,
    refuse_nested,
)
from nmt.corpus.readers.zip_archive import only_member, open_archive, open_member
from nmt.errors import DataError


@contextmanager
def open_binary(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file and unpack it, whatever its name; `peek` shows its first `HEAD_BYTES`.

    Reading raises a DataError with the line when the file turns out to be cut off or damaged. A
    zip file must hold one text.

    Raises:
        DataError: the file is missing or cannot be read, or is an archive of several files.
    """
    with open_plain(path) as file, unpack(file, str(path)) as stream:
        yield stream


@contextmanager
def open_plain(path: Path) -> Iterator[BinaryIO]:
    """Open a file as it is.

    Raises:
        DataError: the file is missing, or may not be read.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise DataError(f"{path}: is a folder; name a file in it") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {reason(error)}") from None
    with file:
        yield file


@contextmanager
def unpack(file: BinaryIO, name: str) -> Iterator[io.BufferedReader]:
    """The bytes of a file that is open already (standard input too), unpacked.

    Raises:
        DataError: it is an archive of several files, or packed twice.
    """
    with decompress(file, name, None) as plain:
        head = plain.peek(1)
        kind = packed_as(head)
        if kind is None:
            refuse_archive(head, name)
            yield plain
        elif kind == "zip":
            with (
                open_archive(plain, name) as archive,
                open_member(archive, only_member(archive, name), name) as member,
            ):
                yield member
        else:
            with decompress(plain, name, kind) as stream:
                refuse_nested(stream.peek(1), name, kind)
                yield stream
