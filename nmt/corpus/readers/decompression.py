"""Compressed bytes as a stream of plain ones, and damage in them as one line."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

from nmt.errors import DataError

HEAD_BYTES = 1 << 16  # how much of a file `peek` shows, if there is so much
DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, ValueError)
ZIP_MAGIC = b"PK\x03\x04"
EMPTY_ZIP_MAGIC = b"PK\x05\x06"
TAR_MAGIC, TAR_MAGIC_PLACE = b"ustar", 257

_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")  # the first one, or none
_CHUNK = 1 << 16
_XZ_MEMORY = 1 << 28  # bytes that an xz file may ask for; `xz -9` takes 65 MiB


def packed_as(head: bytes) -> str | None:
    """How a file that begins so is compressed: gzip, bzip2, xz, zstd, zip or not."""
    if head.startswith(b"BZh") and head[4:10] in _BZIP2_BLOCKS:
        return "bzip2"
    magics = {
        b"\x1f\x8b": "gzip",
        b"\xfd7zXZ\x00": "xz",
        b"\x28\xb5\x2f\xfd": "zstd",
        b"\x50\x2a\x4d\x18": "zstd",  # a frame to skip, as pzstd writes it first
        ZIP_MAGIC: "zip",
        EMPTY_ZIP_MAGIC: "zip",
    }
    return next((kind for magic, kind in magics.items() if head.startswith(magic)), None)


def decompress(file: BinaryIO, name: str, kind: str | None) -> io.BufferedReader:
    """The bytes of a file that is compressed so (`packed_as`); None takes them as they are.

    What stands before damage is read, then a DataError names the line.
    """
    return as_stream(_UNPACKERS[kind](file), name, kind)


def as_stream(source: "Source", name: str, kind: str | None) -> io.BufferedReader:
    """A stream whose `peek` shows the first `HEAD_BYTES`."""
    if isinstance(source, _Plain) and source.file.seekable():
        return io.BufferedReader(_SeekableStream(source, name, kind), HEAD_BYTES)
    return io.BufferedReader(_Stream(source, name, kind), HEAD_BYTES)


def refuse_nested(head: bytes, name: str, outer: str) -> None:
    """Raise a DataError when what was in a compressed file is an archive or compressed again."""
    refuse_archive(head, name)
    if inner := packed_as(head):
        raise DataError(f"{name}: is {inner} within {outer}; unpack the outer one")


def refuse_archive(head: bytes, name: str) -> None:
    """Raise a DataError for a tar archive."""
    if head[TAR_MAGIC_PLACE:].startswith(TAR_MAGIC):
        raise DataError(f"{name}: is a tar archive; unpack it with `tar -xf`, and name the files")


def reason(error: BaseException) -> str:
    """What an error of the system or of a library says, on one line."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__


class Source(Protocol):
    """What all decompressing files have."""

    def read1(self, size: int, /) -> bytes: ...


class _Stream(io.RawIOBase):
    """Bytes of a file; damage becomes a DataError that names the line where it shows.

    It has no `tell`: BufferedReader asks for the place at its start and drops every exception of
    it, even the KeyboardInterrupt of a Ctrl-C, after which a pipe would be waited for in vain.
    """

    def __init__(self, source: Source, name: str, kind: str | None) -> None:
        self._source = source
        self._name = name
        self._kind = kind
        self._lines = 0
        self._fault: DataError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, except at the end; what stands before a fault is still read."""
        view = memoryview(buffer)
        filled = 0
        while filled < len(view) and self._fault is None:
            try:
                data = self._source.read1(len(view) - filled)
            except DAMAGE as error:
                self._fault = self._explain(error)
                break
            if not data:
                break
            view[filled : filled + len(data)] = data
            filled += len(data)
            self._lines += data.count(b"\n")
        if not filled and self._fault is not None:
            raise self._fault
        return filled

    def _explain(self, error: BaseException) -> DataError:
        place = f"{self._name}, line {self._lines + 1}"
        if self._kind is None:
            return DataError(f"{place}: cannot be read: {reason(error)}")
        return DataError(
            f"{place}: the {self._kind} file is cut off or damaged ({reason(error)}); copy it again"
        )


class _SeekableStream(_Stream):
    """The bytes of a file on disk."""

    _source: "_Plain"

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._source.file.seek(offset, whence)

    def tell(self) -> int:
        return self._source.file.tell()


class _Plain:
    """A file that is not compressed.

    It is read as it comes: `read` waits for as much as it was asked for, and a Ctrl-C just before
    it goes on waiting at a pipe is not noticed.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self._read = file.read1 if isinstance(file, io.BufferedIOBase) else file.read

    def read1(self, size: int, /) -> bytes:
        return self._read(size)


class _Blocks:
    """bzip2 or xz, which may be several strung together; no byte behind them goes unnoticed."""

    def __init__(self, file: BinaryIO, make: Callable[[], Any]) -> None:
        self._file, self._make = file, make
        self._decompressor = make()

    def read1(self, size: int, /) -> bytes:
        while True:
            if self._decompressor.eof:
                rest = self._decompressor.unused_data.lstrip(b"\0") or self._next()
                if not rest:
                    return b""
                self._decompressor = self._make()
            elif self._decompressor.needs_input:
                rest = self._file.read(_CHUNK)
                if not rest:
                    raise EOFError("it ends too early")
            else:
                rest = b""
            if data := self._decompressor.decompress(rest, size):
                return bytes(data)

    def _next(self) -> bytes:
        """What comes behind the zeros that may fill up a block."""
        while chunk := self._file.read(_CHUNK):
            if chunk := chunk.lstrip(b"\0"):
                return chunk
        return b""


def _unpack_zstd(file: BinaryIO) -> Source:
    import pyarrow

    return pyarrow.CompressedInputStream(file, "zstd")  # type: ignore[no-any-return]


_UNPACKERS: dict[str | None, Callable[[BinaryIO], Source]] = {
    None: _Plain,
    "gzip": lambda file: gzip.GzipFile(fileobj=file),
    "bzip2": lambda file: _Blocks(file, bz2.BZ2Decompressor),
    "xz": lambda file: _Blocks(file, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY)),
    "zstd": _unpack_zstd,
}
