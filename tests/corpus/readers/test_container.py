"""Opening files: packed ones by their content, and one line for what cannot be opened."""

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest

from nmt.corpus.readers.container import open_binary, unpack
from nmt.errors import DataError
from tests.corpus.readers.test_decompression import PACKED, TEXT


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("name", ["corpus.de", "corpus.gz", "corpus.txt.xz"])
def test_a_packed_file_is_known_by_its_content(tmp_path: Path, kind: str, name: str) -> None:
    (tmp_path / name).write_bytes(PACKED[kind])
    with open_binary(tmp_path / name) as file:
        assert file.read() == TEXT


def test_a_plain_file_is_as_it_is_and_can_be_sought(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(TEXT)
    with open_binary(tmp_path / "a.gz") as file:
        assert file.seekable() and file.read() == TEXT
        assert (
            file.seek(5) == 5
            and file.tell() == 5
            and file.readline() == TEXT[5:].split(b"\n")[0] + b"\n"
        )


@pytest.mark.parametrize("outer", PACKED)
def test_what_is_packed_twice_is_refused(outer: str) -> None:
    from tests.corpus.readers.test_decompression import PACKERS

    data = PACKERS[outer](PACKED["gzip"])
    with (
        pytest.raises(DataError, match=f"^a: is gzip within {outer}; unpack the outer one$"),
        unpack(io.BytesIO(data), "a"),
    ):
        pass


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_tar_archive_says_how_to_unpack_it(tmp_path: Path, pack: type[bytes]) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("train.de"))
    (tmp_path / "a.tgz").write_bytes(pack((tmp_path / "a.tar").read_bytes()))
    with (
        pytest.raises(DataError, match="is a tar archive; unpack it with `tar -xf`"),
        open_binary(tmp_path / "a.tgz"),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", "none: no such file"),
        (".", "is a folder; name a file in it"),
        ("file/below", "cannot be read: Not a directory"),
        ("x" * 300, "cannot be read: File name too long"),
        ("loop", "cannot be read: Too many levels of symbolic links"),
    ],
)
def test_what_cannot_be_opened_is_one_line(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(DataError) as caught, open_binary(tmp_path / name):
        pass
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_without_permission_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"eins\n")
    (tmp_path / "secret").chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # the superuser may read anything
    try:
        with (
            pytest.raises(DataError, match="cannot be read: Permission denied"),
            open_binary(tmp_path / "secret"),
        ):
            pass
    finally:
        os.seteuid(user)
