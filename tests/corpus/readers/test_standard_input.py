"""What comes through a pipe is kept as it came, once."""

import io
from pathlib import Path

import pytest

from nmt.corpus.readers.standard_input import BLOCK, keep_stream
from nmt.errors import NmtError


@pytest.mark.parametrize("content", [b"", b"a\tb\n", b"\0\xff" * BLOCK])
def test_a_stream_is_kept_as_it_came(tmp_path: Path, content: bytes) -> None:
    path = keep_stream(io.BytesIO(content), tmp_path / "cache")
    assert path.read_bytes() == content
    assert keep_stream(io.BytesIO(content), tmp_path / "cache") == path
    assert list((tmp_path / "cache").iterdir()) == [path]


def test_other_contents_are_another_file(tmp_path: Path) -> None:
    paths = {keep_stream(io.BytesIO(content), tmp_path) for content in (b"a", b"b")}
    assert len(paths) == 2


def test_a_stream_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(NmtError):
        keep_stream(Broken(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NmtError, match="file"):
        keep_stream(io.BytesIO(b"a"), tmp_path / "file" / "below")
