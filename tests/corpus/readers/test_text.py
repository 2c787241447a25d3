"""Two aligned files: pairs in order, and a count for each side when they do not agree."""

import gzip
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.readers.text import read_text_pair
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

LINE = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\ufeff"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("text")


def numbered(pairs: Iterable[tuple[str, str]]) -> list[SentencePair]:
    return [SentencePair(*pair, line) for line, pair in enumerate(pairs, start=1)]


def write(path: Path, lines: list[str]) -> Path:
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    return path


@settings(deadline=None)
@given(st.lists(st.tuples(LINE, LINE)))
def test_the_pairs_are_those_of_the_lines(folder: Path, pairs: list[tuple[str, str]]) -> None:
    source = write(folder / "a.de", [pair[0] for pair in pairs])
    target = write(folder / "a.en", [pair[1] for pair in pairs])
    assert list(read_text_pair(source, target)) == numbered(pairs)


@settings(deadline=None)
@given(source=st.lists(LINE, max_size=8), target=st.lists(LINE, max_size=8))
def test_unequal_files_are_a_fault_that_names_both_counts(
    folder: Path, source: list[str], target: list[str]
) -> None:
    paths = write(folder / "b.de", source), write(folder / "b.en", target)
    common = min(len(source), len(target))
    pairs = []
    try:
        for pair in read_text_pair(*paths):
            pairs.append(pair)
    except DataError as error:
        assert len(source) != len(target)
        assert str(error).startswith(
            f"{paths[0]} has {len(source):,} lines, {paths[1]} has {len(target):,}:"
        )
        assert f"they part after line {common:,}" in str(error) and "\n" not in str(error)
    else:
        assert len(source) == len(target)
    assert pairs == numbered(zip(source, target, strict=False))


def test_large_counts_are_readable(folder: Path) -> None:
    paths = write(folder / "c.de", ["a"] * 12_345), write(folder / "c.en", ["a"] * 12_346)
    with pytest.raises(DataError, match=r"12,345 lines, .*12,346: .* after line 12,345\)"):
        list(read_text_pair(*paths))


def test_one_side_may_be_packed(folder: Path) -> None:
    source = write(folder / "d.de", ["eins", "zwei"])
    (folder / "d.en").write_bytes(gzip.compress(b"one\ntwo\n"))
    assert list(read_text_pair(source, folder / "d.en")) == [("eins", "one", 1), ("zwei", "two", 2)]


@pytest.mark.parametrize("missing", [0, 1])
def test_the_missing_side_is_named(folder: Path, missing: int) -> None:
    paths = [write(folder / "e.de", ["eins"]), write(folder / "e.en", ["one"])]
    paths[missing] = folder / "none"
    with pytest.raises(DataError, match=re.escape(f"{folder / 'none'}: no such file")):
        list(read_text_pair(*paths))


def test_the_side_that_is_not_utf8_is_named(folder: Path) -> None:
    source = write(folder / "f.de", ["eins", "zwei"])
    (folder / "f.en").write_bytes(b"one\ntw\xff\n")
    with pytest.raises(DataError, match=re.escape(f"{folder / 'f.en'}, line 2, byte 3")):
        list(read_text_pair(source, folder / "f.en"))
