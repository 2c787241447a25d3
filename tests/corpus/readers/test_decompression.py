"""Decompressing: what was packed comes back, and damage is one line that names the place."""

import bz2
import gzip
import io
import lzma
import random
import tracemalloc
from collections.abc import Callable, Iterator

import pyarrow
import pytest

from nmt.corpus.readers.decompression import HEAD_BYTES, decompress, packed_as
from nmt.errors import DataError

TEXT = b"".join(b"line %d of a text, %d\n" % (n, n * n % 997) for n in range(20_000))


def zstd(data: bytes) -> bytes:
    return bytes(pyarrow.compress(data, "zstd", asbytes=True))


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
}
PACKED = {kind: pack(TEXT) for kind, pack in PACKERS.items()}
every_kind = pytest.mark.parametrize("kind", PACKERS)


def unpacked(data: bytes, kind: str) -> Iterator[bytes]:
    with decompress(io.BytesIO(data), "a.de", kind) as stream:
        yield from stream


def read_until_fault(data: bytes, kind: str) -> tuple[list[bytes], str]:
    lines = []
    with pytest.raises(DataError) as caught:
        for line in unpacked(data, kind):
            lines.append(line)
    return lines, str(caught.value)


@every_kind
def test_the_kind_is_known_by_the_first_bytes(kind: str) -> None:
    assert packed_as(PACKED[kind]) == kind
    assert packed_as(TEXT) is None and packed_as(b"") is None
    assert packed_as(b"BZh9 is how this text begins\n") is None


@every_kind
def test_what_was_packed_comes_back(kind: str) -> None:
    assert b"".join(unpacked(PACKED[kind], kind)) == TEXT
    assert b"".join(unpacked(PACKERS[kind](b""), kind)) == b""


@every_kind
def test_packed_files_may_be_strung_together(kind: str) -> None:
    pack = PACKERS[kind]
    data = pack(b"a\nb") + pack(b"") + pack(b"c\nd\n") + PACKED[kind]
    assert b"".join(unpacked(data, kind)) == b"a\nbc\nd\n" + TEXT


@every_kind
@pytest.mark.parametrize("share", [0.0001, 0.1, 0.5, 0.9, 0.9999])
def test_a_file_cut_off_is_a_fault_behind_the_last_line_read(kind: str, share: float) -> None:
    data = PACKED[kind]
    lines, message = read_until_fault(data[: max(int(len(data) * share), 11)], kind)
    assert b"".join(lines) == TEXT[: sum(map(len, lines))]
    place = f"a.de, line {len(lines) + 1}: the {kind} file is cut off or damaged ("
    assert message.startswith(place) and message.endswith("; copy it again")


@every_kind
def test_a_changed_byte_is_a_fault_or_changes_nothing(kind: str) -> None:
    chosen = random.Random(1)
    faults = 0
    for _ in range(30):
        place = chosen.randrange(10, len(PACKED[kind]))
        data = bytearray(PACKED[kind])
        data[place] ^= 1 << chosen.randrange(8)
        try:
            read = b"".join(unpacked(bytes(data), kind))
            assert read == TEXT or kind == "zstd"  # Arrow writes it without a checksum
        except DataError as error:
            assert "cut off or damaged" in str(error) and "\n" not in str(error)
            faults += 1
    assert faults > 10


@every_kind
def test_bytes_behind_the_end_are_a_fault(kind: str) -> None:
    lines, message = read_until_fault(PACKED[kind] + b"more of it", kind)
    assert len(lines) <= 20_000 and "cut off or damaged" in message


@pytest.mark.parametrize("kind", ["bzip2", "xz"])
def test_zeros_may_fill_up_the_end(kind: str) -> None:
    padded = PACKED[kind] + b"\0" * 512
    assert b"".join(unpacked(padded, kind)) == TEXT
    assert b"".join(unpacked(padded + PACKED[kind], kind)) == TEXT + TEXT


@every_kind
def test_peek_shows_the_head_and_takes_nothing(kind: str) -> None:
    with decompress(io.BytesIO(PACKED[kind]), "a.de", kind) as stream:
        assert stream.peek(1) == TEXT[:HEAD_BYTES]
        assert stream.read() == TEXT


@every_kind
def test_a_bomb_takes_no_memory(kind: str) -> None:
    data = PACKERS[kind](b"a short line\n" * 2_000_000)  # 26 MB
    tracemalloc.start()
    try:
        with decompress(io.BytesIO(data), "a.de", kind) as stream:
            read = sum(map(len, iter(lambda: stream.read(1 << 16), b"")))
        assert read == 26_000_000
        assert tracemalloc.get_traced_memory()[1] < 16_000_000  # xz takes 8
    finally:
        tracemalloc.stop()


class Pipe(io.RawIOBase):
    """Many megabytes that are nowhere stored, a few at a time, as from a pipe."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        size = min(len(buffer), self.left, 777)
        buffer[:size] = b"x" * size
        self.left -= size
        return size


def test_a_pipe_is_read_as_it_comes_with_a_full_head() -> None:
    tracemalloc.start()
    try:
        with decompress(io.BufferedReader(Pipe(20_000_000)), "-", None) as stream:
            assert not stream.seekable() and len(stream.peek(1)) == HEAD_BYTES
            assert sum(len(part) for part in iter(lambda: stream.read(10_000), b"")) == 20_000_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_fault_of_the_disk_is_one_line() -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            raise OSError(5, "Input/output error")

    with (
        decompress(io.BufferedReader(Broken()), "a.de", None) as stream,
        pytest.raises(DataError, match=r"^a.de, line 1: cannot be read: Input/output error$"),
    ):
        stream.read()
