"""Encoded corpora: what is read is what was written, in any order, and damage is noticed."""

import random
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.encoded import EncodedChunk, EncodedCorpus, ShardWriter, load_encoded
from nmt.errors import DataError

Row = tuple[list[int], list[int]]
IDS = st.lists(st.integers(0, 2**31 - 1), max_size=10)


def write(folder: Path, rows: list[Row], chunk: int, shard: int = 1000) -> None:
    with ShardWriter(folder, with_text=False, shard_rows=shard) as shards:
        for start in range(0, max(1, len(rows)), chunk):
            part = rows[start : start + chunk]
            shards.write(EncodedChunk([s for s, _ in part], [t for _, t in part]).record_batch())


def rows_of(corpus: EncodedCorpus) -> list[Row]:
    return [
        (corpus.source.sentence(row).tolist(), corpus.target.sentence(row).tolist())
        for row in range(len(corpus))
    ]


@settings(deadline=None, max_examples=30)
@given(rows=st.lists(st.tuples(IDS, IDS), max_size=20), chunk=st.integers(1, 9))
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], chunk: int
) -> None:
    folder = tmp_path_factory.mktemp("random")
    write(folder, rows, chunk, shard=7)
    corpus = load_encoded(folder)
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
def folder(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> Path:
    folder = tmp_path_factory.mktemp("encoded")
    write(folder, rows, chunk=300)
    assert len(list(folder.glob("train-*.arrow"))) > 3  # else this tests nothing
    return folder


def test_rows_of_many_shards_are_found_in_any_order(folder: Path, rows: list[Row]) -> None:
    corpus = load_encoded(folder)
    assert len(corpus.source.values) > 3  # else this tests nothing
    order = random.Random(2).sample(range(len(rows)), len(rows))
    for row in order:
        assert corpus.source.sentence(row).tolist() == rows[row][0]
        assert corpus.target.sentence(row).tolist() == rows[row][1]
    assert corpus.source.lengths().tolist() == [len(source) for source, _ in rows]
    assert corpus.target.lengths().tolist() == [len(target) for _, target in rows]


def test_the_lengths_of_some_rows_are_those_among_all(folder: Path, rows: list[Row]) -> None:
    corpus = load_encoded(folder)
    some = np.array([0, 0, 1, 299, 300, 301, 1200, 4000, 4000, 4320])
    assert corpus.target.lengths(some).tolist() == [len(rows[row][1]) for row in some]
    assert corpus.target.lengths(some[:0]).tolist() == []


def test_text_that_was_kept_is_found_beside_its_tokens(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, with_text=True, shard_rows=2) as shards:
        for n in range(3):
            chunk = EncodedChunk([[n], [n]], [[n], []], [f"s{n}", "ß"], [f"t{n}", ""])
            shards.write(chunk.record_batch())
    corpus = load_encoded(tmp_path)
    assert [corpus.text(row) for row in (0, 1, 4)] == [("s0", "t0"), ("ß", ""), ("s2", "t2")]


def test_links_that_were_kept_are_found_beside_their_tokens(tmp_path: Path, folder: Path) -> None:
    with ShardWriter(tmp_path, with_text=False, with_links=True, shard_rows=2) as shards:
        for n in range(3):
            chunk = EncodedChunk([[n], [n]], [[n], []], links=[[n, 2**16 - 1], []])
            shards.write(chunk.record_batch())
    links = load_encoded(tmp_path).links
    assert links is not None and links.sentence(0).dtype == np.uint16
    assert [links.sentence(row).tolist() for row in (0, 1, 4)] == [[0, 65535], [], [2, 65535]]
    assert not links.sentence(0).flags.owndata
    assert load_encoded(folder).links is None


def test_a_sentence_is_a_view_of_the_file(folder: Path) -> None:
    side = load_encoded(folder).source
    longest = int(np.argmax(side.lengths()))
    sentence = side.sentence(longest)
    assert not sentence.flags.owndata and not sentence.flags.writeable


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_off_is_a_fault(tmp_path: Path, folder: Path, share: float) -> None:
    content = (folder / "train-00000.arrow").read_bytes()
    check_fault(tmp_path, content[: int(share * len(content))])


@pytest.mark.parametrize("content", [b"Ein Hund.\n" * 100, b"\0" * 5000, b"ARROW1\0\0"])
def test_a_foreign_file_is_a_fault(tmp_path: Path, content: bytes) -> None:
    check_fault(tmp_path, content)


def check_fault(folder: Path, content: bytes) -> None:
    (folder / "train-00000.arrow").write_bytes(content)
    with pytest.raises(DataError, match=re.escape(f"{folder}: the encoded corpus is dam")) as c:
        load_encoded(folder)
    assert "\n" not in str(c.value)


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=re.escape(str(tmp_path / "none"))):
        load_encoded(tmp_path / "none")
