"""Encoded corpora: what is read is what was written, in any order, and damage is noticed."""

import random
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.encoded import EncodedCorpus, load_encoded, write_encoded
from nmt.errors import DataError

Row = tuple[list[int], list[int]]
IDS = st.lists(st.integers(0, 2**31 - 1), max_size=10)


def rows_of(corpus: EncodedCorpus) -> list[Row]:
    return [
        (corpus.source.sentence(row).tolist(), corpus.target.sentence(row).tolist())
        for row in range(len(corpus))
    ]


@settings(deadline=None, max_examples=30)
@given(rows=st.lists(st.tuples(IDS, IDS), max_size=20))
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row]
) -> None:
    path = tmp_path_factory.getbasetemp() / "random.arrow"
    assert write_encoded(path, iter(rows)) == len(rows)
    corpus = load_encoded(path)
    assert len(corpus) == len(rows)
    assert rows_of(corpus) == rows
    assert corpus.source.lengths().tolist() == [len(source) for source, _ in rows]
    assert corpus.target.lengths().tolist() == [len(target) for _, target in rows]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    chooser = random.Random(1)
    return [
        ([chooser.randrange(9999) for _ in range(chooser.randint(0, 9))], [row, row + 1][: row % 3])
        for row in range(4_321)
    ]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> Path:
    path = tmp_path_factory.mktemp("encoded") / "train.arrow"
    write_encoded(path, rows)
    return path


def test_rows_of_many_chunks_are_found_in_any_order(path: Path, rows: list[Row]) -> None:
    corpus = load_encoded(path)
    assert len(corpus.source.values) > 3  # else this tests nothing
    order = random.Random(2).sample(range(len(rows)), len(rows))
    for row in order:
        assert corpus.source.sentence(row).tolist() == rows[row][0]
        assert corpus.target.sentence(row).tolist() == rows[row][1]
    assert corpus.source.lengths().tolist() == [len(source) for source, _ in rows]
    assert corpus.target.lengths().tolist() == [len(target) for _, target in rows]


def test_a_sentence_is_a_view_of_the_file(path: Path) -> None:
    side = load_encoded(path).source
    longest = int(np.argmax(side.lengths()))
    sentence = side.sentence(longest)
    assert not sentence.flags.owndata and not sentence.flags.writeable


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_off_is_a_fault(tmp_path: Path, path: Path, share: float) -> None:
    content = path.read_bytes()
    check_fault(tmp_path, content[: int(share * len(content))])


@pytest.mark.parametrize("content", [b"Ein Hund.\n" * 100, b"\0" * 5000, b"ARROW1\0\0"])
def test_a_foreign_file_is_a_fault(tmp_path: Path, content: bytes) -> None:
    check_fault(tmp_path, content)


def check_fault(folder: Path, content: bytes) -> None:
    damaged = folder / "damaged.arrow"
    damaged.write_bytes(content)
    with pytest.raises(DataError, match=re.escape(f"{damaged}: the encoded corpus is dam")) as c:
        load_encoded(damaged)
    assert "\n" not in str(c.value)


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=re.escape(str(tmp_path / "none.arrow"))):
        load_encoded(tmp_path / "none.arrow")
