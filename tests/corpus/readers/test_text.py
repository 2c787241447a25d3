"""Two aligned files: pairs in order, and a count for each side when they do not agree."""

import gzip
import os
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.text import SideCounts, read_side, read_text_pair, read_unequal_pair
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


@settings(deadline=None)
@given(source=st.lists(LINE, max_size=8), target=st.lists(LINE, max_size=8))
def test_the_pairs_of_unequal_files_and_both_counts_are_to_be_had(
    folder: Path, source: list[str], target: list[str]
) -> None:
    counts = SideCounts()
    pairs = list(
        read_unequal_pair(write(folder / "g", source), write(folder / "h", target), counts)
    )
    assert pairs == numbered(zip(source, target, strict=False))
    assert (counts.source, counts.target) == (len(source), len(target))
    assert counts.common == len(pairs)


SEGMENTS = (
    "<srcset setid='a' srclang='de'>\n<doc docid='d'>\n<seg id='1'> eins </seg>\n</doc></srcset>"
)


def test_a_side_may_be_a_test_set_in_sgml(folder: Path) -> None:
    (folder / "i.sgm").write_text(SEGMENTS, encoding="utf-8")
    target = write(folder / "i.en", ["one"])
    assert list(read_text_pair(folder / "i.sgm", target)) == [("eins", "one", 3)]
    with pytest.raises(DataError, match=r"i\.sgm has 1 lines, .*i\.en has 2: "):
        list(read_text_pair(folder / "i.sgm", write(folder / "i.en", ["one", "two"])))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("<?xml version='1.0'?>\n<tmx version='1.4'>", "a translation memory (TMX)"),
        ('{"de": "eins"}\n', "JSON lines"),
        ('msgid "eins"\n', "a message catalogue (PO)"),
    ],
)
def test_a_file_of_both_sides_is_no_side(folder: Path, content: str, what: str) -> None:
    path = write(folder / "j", content.splitlines())
    message = re.escape(f"{path}: is {what}, which holds both sides; give it alone, as path or")
    with pytest.raises(DataError, match=message):
        list(read_side(path, "de"))


@pytest.mark.skipif("NMT_CORPORA" not in os.environ, reason="NMT_CORPORA is not set")
def test_real_files_are_read_as_they_are() -> None:
    odd = Path(os.environ["NMT_CORPORA"]) / "odd"
    sgm = odd / "sgm"
    files = sgm / "test-src.fr.sgm", sgm / "test-ref.en.sgm"
    pairs = list(read_text_pair(*files, Selection("fr", "en")))
    assert len(pairs) == 85
    assert pairs[0] == ("Illhaeusern... enfin", "Illhaeusern... finally", 4)
    texts = odd / "bom-and-missing-final-newline"
    counts = SideCounts()
    files = texts / "dict_misc.quy-es.quy", texts / "dict_misc.quy-es.es"
    pairs = list(read_unequal_pair(*files, counts))
    assert pairs[0] == ("ari.", "claro.", 1) and counts.common == len(pairs) > 5_000
