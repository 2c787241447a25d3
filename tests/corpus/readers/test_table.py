"""Pairs in one file: two columns a line, nothing is quoted, a wrong line is named."""

import gzip
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.readers.corpus_file import read_corpus_file
from nmt.corpus.readers.selection import Selection
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

CELL = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_characters="\t\n\r\ufeff"),
        st.sampled_from("\"'\\,\u2028\x85"),
    )
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tsv") / "pairs.tsv"


def read_tsv(path: Path) -> Iterator[SentencePair]:
    return read_corpus_file(path, Selection(), "tsv")


def numbered(pairs: Iterable[tuple[str, str]]) -> list[SentencePair]:
    return [SentencePair(*pair, line) for line, pair in enumerate(pairs, start=1)]


def tsv(rows: list[list[str]]) -> bytes:
    return "".join("\t".join(row) + "\n" for row in rows).encode()


@settings(deadline=None)
@given(st.lists(st.tuples(CELL, CELL)), st.booleans())
def test_the_pairs_are_the_columns(path: Path, pairs: list[tuple[str, str]], packed: bool) -> None:
    content = tsv([list(pair) for pair in pairs])
    path.write_bytes(gzip.compress(content) if packed else content)
    assert list(read_tsv(path)) == numbered(pairs)


@settings(deadline=None)
@given(
    st.lists(st.tuples(CELL, CELL), max_size=5),
    st.lists(CELL, min_size=1, max_size=5).filter(lambda row: len(row) != 2),
)
def test_a_line_of_another_number_of_columns_is_named(
    path: Path, pairs: list[tuple[str, str]], row: list[str]
) -> None:
    path.write_bytes(tsv([*map(list, pairs), row, ["last", "line"]]))
    read = []
    columns = "1 column where" if len(row) == 1 else f"{len(row)} columns where"
    message = re.escape(f"{path}, line {len(pairs) + 1}: {columns}")
    with pytest.raises(DataError, match=message):
        for pair in read_tsv(path):
            read.append(pair)
    assert read == numbered(pairs)


def test_an_empty_column_is_a_column(path: Path) -> None:
    path.write_bytes(b"\tone\neins\t\n\t\n")
    assert list(read_tsv(path)) == [("", "one", 1), ("eins", "", 2), ("", "", 3)]


def test_quotes_are_text(path: Path) -> None:
    path.write_bytes(b'"eins\t"one"\n')
    assert list(read_tsv(path)) == [('"eins', '"one"', 1)]


def test_a_missing_file_is_named(path: Path) -> None:
    missing = path.with_name("none.tsv")
    with pytest.raises(DataError, match=re.escape(f"{missing}: no such file")):
        list(read_tsv(missing))
