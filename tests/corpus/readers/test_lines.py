"""Reading lines: only "\\n" ends one, gzip is known by its content, and faults name their place."""

import gzip
import io
import re
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.readers.lines import MAX_LINE_BYTES, decode_lines, read_lines, read_text_side
from nmt.errors import DataError

# what Python's str.splitlines, editors or old systems may take for the end of a line
ODD = "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\ufeff\x00"
TEXT = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\n" + ODD)))
LINE = st.text(
    st.one_of(st.characters(codec="utf-8", exclude_characters="\n"), st.sampled_from(ODD))
)
Pack = Callable[[bytes], bytes]
PACKERS: dict[str, Pack] = {"plain": bytes, "gzip": gzip.compress}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lines") / "corpus"


def fault(path: Path) -> str:
    """The one line that tells what is wrong with a file."""
    with pytest.raises(DataError) as caught:
        for _ in read_lines(path):
            pass
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message
    return message.removeprefix(str(path))


# --- what a line is ---


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
@settings(deadline=None)
@given(text=TEXT, bom=st.booleans())
def test_the_number_of_lines_is_that_of_the_newlines(
    path: Path, pack: Pack, text: str, bom: bool
) -> None:
    path.write_bytes(pack(b"\xef\xbb\xbf" * bom + text.encode()))
    unfinished = bool(text or bom) and not text.endswith("\n")
    assert len(list(read_lines(path))) == text.count("\n") + unfinished


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@settings(deadline=None)
@given(lines=st.lists(LINE.filter(lambda line: not line.endswith("\r"))), bom=st.booleans())
def test_lines_are_read_as_they_were_written(
    path: Path, pack: Pack, end: str, lines: list[str], bom: bool
) -> None:
    text = "".join(line + end for line in lines)
    mark = b"\xef\xbb\xbf" if lines and (bom or text.startswith("\ufeff")) else b""
    path.write_bytes(pack(mark + text.encode()))
    assert list(read_lines(path)) == lines


@pytest.mark.parametrize("separator", ODD)
def test_an_odd_separator_in_a_line_is_text(path: Path, separator: str) -> None:
    lines = [f"one{separator}two", f"three{separator}four", "five"]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
    assert list(read_lines(path)) == lines


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"\n\n", ["", ""]),
        (b"a", ["a"]),
        (b"a\nb", ["a", "b"]),
        (b"a\n\nb\n", ["a", "", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\rb\r\n", ["a\rb"]),
        (b"a\r\r\n", ["a\r"]),
        (b"\xef\xbb\xbfa\nb\n", ["a", "b"]),
        (b"a\n\xef\xbb\xbfb\n", ["a", "\ufeffb"]),
    ],
)
def test_line_ends_and_byte_order_marks(path: Path, content: bytes, lines: list[str]) -> None:
    for pack in PACKERS.values():
        path.write_bytes(pack(content))
        assert list(read_lines(path)) == lines


# --- gzip ---


@pytest.mark.parametrize("name", ["corpus.de", "corpus.gz", "corpus.txt"])
@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_gzip_is_known_by_its_content_whatever_its_name(
    tmp_path: Path, pack: Pack, name: str
) -> None:
    (tmp_path / name).write_bytes(pack("eins\nzwölf\n".encode()))
    assert list(read_lines(tmp_path / name)) == ["eins", "zwölf"]


def test_gzip_files_may_be_strung_together(path: Path) -> None:
    path.write_bytes(gzip.compress(b"a\nb") + gzip.compress(b"c\nd\n"))
    assert list(read_lines(path)) == ["a", "bc", "d"]


PACKED = gzip.compress(b"".join(b"line %d\n" % number for number in range(20_000)), mtime=0)


@settings(deadline=None, max_examples=30)
@given(length=st.integers(2, len(PACKED) - 1))
def test_gzip_cut_off_anywhere_is_a_fault_behind_the_last_line_read(
    path: Path, length: int
) -> None:
    path.write_bytes(PACKED[:length])
    lines, message = read_until_fault(path)
    assert lines == [f"line {number}" for number in range(len(lines))]
    assert message.startswith(f"{path}, line {len(lines) + 1}: the gzip file is cut off or damaged")


def read_until_fault(path: Path) -> tuple[list[str], str]:
    lines = []
    with pytest.raises(DataError) as caught:
        for line in read_lines(path):
            lines.append(line)
    return lines, str(caught.value)


@pytest.mark.parametrize("place", [2, len(PACKED) // 2, len(PACKED) - 6, len(PACKED) - 1])
def test_damaged_gzip_is_a_fault(path: Path, place: int) -> None:
    path.write_bytes(PACKED[:place] + bytes([PACKED[place] ^ 0xFF]) + PACKED[place + 1 :])
    assert re.match(r", line \d+: the gzip file is cut off or damaged \(", fault(path))


def test_what_follows_gzip_and_is_none_is_a_fault(path: Path) -> None:
    path.write_bytes(PACKED + b"more")
    assert fault(path).startswith(", line 20001: the gzip file is cut off or damaged")


# --- encodings ---


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
@settings(deadline=None)
@given(before=st.lists(LINE, max_size=5), start=LINE, bom=st.booleans())
def test_a_byte_that_is_not_utf8_is_named(
    path: Path, pack: Pack, before: list[str], start: str, bom: bool
) -> None:
    mark = b"\xef\xbb\xbf" * bom
    lines = "".join(f"{line}\n" for line in before) + start
    path.write_bytes(pack(mark + b"." + lines.encode() + b"\xe4 and more\nlast\n"))
    byte = len(start.encode()) + (1 if before else 2 + len(mark))
    assert fault(path).startswith(
        f", line {len(before) + 1}, byte {byte}: not valid UTF-8 (byte 0xe4); "
    )


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_is_recognized(path: Path, encoding: str) -> None:
    path.write_bytes("\ufeffEin Hund.\nZwei.\n".encode(encoding))
    message = fault(path)
    assert message.startswith(", line 1, byte 1: not valid UTF-8")
    assert "UTF-16" in message and "iconv" in message


def test_the_lines_before_a_fault_are_read(path: Path) -> None:
    path.write_bytes(b"one\ntwo\n\xff\xfe\n")
    lines, message = read_until_fault(path)
    assert lines == ["one", "two"]
    assert "line 3, byte 1" in message


# --- files ---


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert fault(tmp_path / "none.de") == ": no such file"
    assert fault(tmp_path).startswith(": is a folder")
    (tmp_path / "file").touch()
    assert fault(tmp_path / "file" / "below").startswith(": cannot be read")


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_memory_does_not_grow_with_the_file(path: Path, pack: Pack) -> None:
    content = b"a line of about forty characters, no more\n" * 100_000
    path.write_bytes(pack(content))
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_lines(path)) == 100_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(content) / 4


def test_a_reader_left_in_the_middle_closes_its_file(path: Path) -> None:
    for pack in PACKERS.values():
        path.write_bytes(pack(b"a\nb\nc\n"))
        lines: Iterator[str] = read_lines(path)
        assert next(lines) == "a"
        del lines  # a file left open would warn here, and a warning is an error


# --- encodings that are guessed, and lines without end ---

GERMAN = "Ein Hund läuft über die schöne Straße.\n" * 3
RUSSIAN = "Собака бежит по зелёной траве.\nДве женщины сидят на скамейке.\n"
JAPANESE = "犬が緑の草の上を走っています。\n二人の女性が公園のベンチに座っています。\n"
ENCODED = [
    (GERMAN, "latin-1", "WINDOWS-1252"), (RUSSIAN, "cp1251", "WINDOWS-1251"),
    (RUSSIAN, "koi8-r", "KOI8-R"), (JAPANESE, "cp932", "SHIFT_JIS"),
    (JAPANESE, "euc_jp", "EUC-JP"), ("一只狗在草地上奔跑。\n", "gbk", "GB18030"),
    (GERMAN, "utf-16", "UTF-16"), (GERMAN, "utf-16-le", "UTF-16LE"),
    (GERMAN, "utf-16-be", "UTF-16BE"), (GERMAN, "utf-32", "UTF-32"),
    (RUSSIAN, "utf-16-le", "UTF-16LE"), ("only ASCII is in this\n", "utf-16-le", "UTF-16LE"),
]  # fmt: skip


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
@pytest.mark.parametrize(("text", "encoding", "name"), ENCODED)
def test_an_encoding_is_named_with_the_command_that_converts_it(
    path: Path, pack: Pack, text: str, encoding: str, name: str
) -> None:
    path.write_bytes(pack(text.encode(encoding)))
    message = fault(path)
    assert message.startswith(", line 1, byte ") and "not valid UTF-8" in message
    assert f"it seems to be {name}: convert it with `iconv -f {name} -t UTF-8 FILE" in message


def test_utf16_is_known_from_a_stream_too() -> None:
    with pytest.raises(DataError, match="it seems to be UTF-16LE"):
        list(decode_lines(io.BytesIO("only ASCII is in this".encode("utf-16-le")), "-"))


def test_a_damaged_line_among_utf8_is_told_from_another_encoding(path: Path) -> None:
    path.write_bytes(GERMAN.encode() + b"gr\xfcn\n" + GERMAN.encode())
    assert "line 4, byte 3" in fault(path) and "the text around it is UTF-8" in fault(path)


def test_a_damaged_last_line_is_told_by_the_lines_before_it(path: Path) -> None:
    path.write_bytes(GERMAN.encode() + b"only ASCII\ngr\xfcn\n")
    assert "line 5, byte 3" in fault(path) and "the text around it is UTF-8" in fault(path)


def test_a_file_that_was_cut_within_a_character_is_told_from_another_encoding(path: Path) -> None:
    path.write_bytes(GERMAN.encode() + "Bär und Bü".encode()[:-1])
    assert "cut off; copy it again" in fault(path)
    path.write_bytes(b"Ein Caf\xe9")
    assert "WINDOWS-1252" in fault(path)


def test_text_that_goes_on_in_another_encoding_is_named(path: Path) -> None:
    """Converting the whole file would spoil what was right."""
    path.write_bytes(GERMAN.encode() + 50 * GERMAN.encode("cp1252"))
    message = fault(path)
    assert "line 4, byte 11" in message and "it seems to be WINDOWS-1252 from here on" in message
    command = re.search(r"`(.* > NEW)`", message)
    assert command
    new = path.with_name("new")
    line = command[1].replace("FILE", str(path)).replace("NEW", str(new))
    subprocess.run(["sh", "-c", line], check=True)
    assert new.read_text(encoding="utf-8") == 51 * GERMAN


def test_bytes_at_random_are_no_text(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 10)
    assert "it seems to be no text at all" in fault(path)


def test_zeros_in_text_are_text(path: Path) -> None:
    path.write_bytes(b"ei\0ns\n\0\0\0\nzwei\n")
    assert list(read_lines(path)) == ["ei\0ns", "\0\0\0", "zwei"]
    with path.open("rb") as file:
        assert list(read_text_side(file, "a", None))[2] == ("zwei", 3)


class Endless(io.RawIOBase):
    """A line that never ends."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        buffer[:] = b"x" * len(buffer)
        return len(buffer)


def test_a_line_without_end_is_a_fault_before_it_fills_the_memory() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"^-, line 1: longer than 1,048,576 bytes; is this"):
            list(decode_lines(io.BufferedReader(Endless()), "-"))
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_LINE_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_the_longest_line_is_read_and_a_longer_one_is_named(path: Path, pack: Pack) -> None:
    path.write_bytes(pack(b"a\n" + b"x" * (MAX_LINE_BYTES - 1) + b"\nb\n"))
    assert [len(line) for line in read_lines(path)] == [1, MAX_LINE_BYTES - 1, 1]
    path.write_bytes(pack(b"a\n" + b"x" * MAX_LINE_BYTES + b"\nb\n"))
    assert fault(path).startswith(", line 2: longer than 1,048,576 bytes")


@pytest.mark.parametrize("lines", [101, 5000])
def test_a_short_file_whose_lines_end_in_cr_alone_is_named(path: Path, lines: int) -> None:
    path.write_bytes(GERMAN.encode() + b"one line\r" * lines)
    assert f"line 4: {lines:,} lines that end in CR alone: convert it with `tr" in fault(path)


def test_lines_that_end_in_cr_alone_are_named(path: Path) -> None:
    path.write_bytes(b"a line of an old Mac\r" * 60_000)
    assert "its lines end in CR alone: convert it with `tr '\\r' '\\n'" in fault(path)
