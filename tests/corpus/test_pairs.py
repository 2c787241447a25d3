"""Corpora that a configuration names: one file or two, and relative to where it says."""

import json
import os
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from nmt.config import Config, make_config
from nmt.corpus.pairs import ParallelCorpus, file_hash, find_corpus
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.text import SideCounts
from nmt.corpus.sentence_pair import alignment_of
from nmt.errors import ConfigError, DataError
from nmt.settings import CorpusFiles


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "a.de").write_text("eins\nzwei\n", encoding="utf-8")
    (tmp_path / "a.en").write_text("one\ntwo\n", encoding="utf-8")
    (tmp_path / "a.tsv").write_text("eins\tone\nzwei\ttwo\n", encoding="utf-8")
    return make_config({"data": {"root": str(tmp_path)}}, origin="test")


TWO_FILES = CorpusFiles(source="a.de", target="a.en")
ONE_FILE = CorpusFiles(path="a.tsv")


@pytest.mark.parametrize("files", [TWO_FILES, ONE_FILE])
def test_two_files_and_one_hold_the_same_pairs(config: Config, files: CorpusFiles) -> None:
    corpus = find_corpus(config, files, "data.valid")
    assert list(corpus) == [("eins", "one", 1), ("zwei", "two", 2)]


@pytest.mark.parametrize("files", [TWO_FILES, ONE_FILE])
def test_each_iteration_reads_anew(config: Config, files: CorpusFiles) -> None:
    corpus = find_corpus(config, files, "data.valid")
    iterator = iter(corpus)
    next(iterator)
    assert list(corpus) == list(corpus)
    assert next(iterator) == ("zwei", "two", 2)


def test_the_name_is_that_of_the_files(config: Config, tmp_path: Path) -> None:
    assert find_corpus(config, ONE_FILE, "data.valid").name == str(tmp_path / "a.tsv")
    both = f"{tmp_path / 'a.de'} + {tmp_path / 'a.en'}"
    assert find_corpus(config, TWO_FILES, "data.valid").name == both


def test_an_absolute_path_stands_for_itself(config: Config, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "b.tsv"
    corpus = find_corpus(config, CorpusFiles(path=str(elsewhere)), "data.valid")
    assert corpus == ParallelCorpus((elsewhere,))


@pytest.mark.parametrize(
    "files",
    [
        CorpusFiles(),
        CorpusFiles(source="a.de"),
        CorpusFiles(target="a.en"),
        CorpusFiles(source="a.de", target="a.en", path="a.tsv"),
        CorpusFiles(source="a.de", path="a.tsv"),
        CorpusFiles(target="a.en", path="a.tsv"),
    ],
)
def test_an_entry_that_names_neither_is_a_fault_of_the_setting(
    config: Config, files: CorpusFiles
) -> None:
    with pytest.raises(ConfigError, match=r"^data\.train\[3\]: give either source and target"):
        find_corpus(config, files, "data.train[3]")


# --- formats, columns and languages ---


def corpus(folder: Path, entry: dict[str, Any], **settings: str) -> ParallelCorpus:
    values = {**settings, "data": {"root": str(folder), "train": [entry]}}
    config = make_config(values, origin="test")
    return find_corpus(config, config.data.train[0], "data.train[0]")


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A table of three columns with a header."""
    path = tmp_path / "three.tsv"
    path.write_text("id\tde\ten\n1\teins\tone\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("entry", "pair"),
    [
        ({"columns": ["de", "en"]}, ("eins", "one", 2)),
        ({"columns": ["en", 1]}, ("one", "1", 2)),
        ({"columns": [3, 2]}, ("one", "eins", 2)),
        ({"languages": "en-de"}, ("one", "eins", 2)),
        ({"format": "tsv"}, ("eins", "one", 2)),
    ],
)
def test_an_entry_says_which_sides_to_take(
    three: Path, entry: dict[str, Any], pair: tuple[str, str, int]
) -> None:
    settings = {"source_language": "de", "target_language": "en"}
    found = corpus(three.parent, {"path": three.name, **entry}, **settings)
    assert next(iter(found)) == pair


def test_the_languages_are_those_of_the_configuration(three: Path) -> None:
    entry = {"path": three.name}
    assert corpus(three.parent, entry).selection == Selection()
    settings = {"source_language": "de", "target_language": "en"}
    assert corpus(three.parent, entry, **settings).selection == Selection("de", "en")
    with pytest.raises(DataError, match=r"three\.tsv, line 1: 3 columns where two are expected"):
        list(corpus(three.parent, entry))


FAULTS = [
    (
        {"path": "a", "languages": "deutsch"},
        r"data\.train\[0\]\.languages = 'deutsch': write it as",
    ),
    ({"path": "a", "languages": "de-"}, r"data\.train\[0\]\.languages = 'de-': write it as"),
    ({"path": "a", "format": "tsvv"}, r"data\.train\[0\]\.format = 'tsvv': .* did you mean tsv\?"),
    ({"path": "a", "format": "?"}, r"data\.train\[0\]\.format = '\?': .* there are tmx, xliff, po"),
    ({"path": "a", "split": "train"}, r"data\.train\[0\]\.split: goes with hub"),
    ({"path": "a", "streaming": True}, r"data\.train\[0\]\.streaming: goes with hub"),
    ({"hub": "a", "format": "tsv"}, r"data\.train\[0\]\.format: goes with path"),
    ({"source": "a", "target": "b", "columns": [1, 2]}, r"data\.train\[0\]\.columns: goes with"),
    ({"path": "a", "hub": "b"}, r"data\.train\[0\]: give either source and target"),
    ({"source": "a", "hub": "b"}, r"data\.train\[0\]: give either source and target"),
    ({"path": "a", "columns": [1]}, "columns"),
    ({"path": "a", "columns": [1, 2, 3]}, "columns"),
    ({"path": "a", "columns": "de,en"}, "columns"),
    ({"path": "a", "weight": 0}, "weight"),
    ({"path": "a", "colums": [1, 2]}, "did you mean columns"),
]


@pytest.mark.parametrize(("entry", "message"), FAULTS)
def test_a_wrong_setting_is_named(tmp_path: Path, entry: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        corpus(tmp_path, entry)
    assert "\n" not in str(caught.value)


# --- data sets, and what tells whether a corpus has changed ---


@pytest.mark.parametrize("streaming", [False, True])
def test_a_folder_may_be_a_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streaming: bool
) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    (tmp_path / "set").mkdir()
    for split in ("train", "test"):
        row = {"source": split, "target": "one"}
        (tmp_path / "set" / f"{split}.jsonl").write_text(json.dumps(row) + "\n")
    entry = {"hub": "set", "streaming": streaming}
    train, test = corpus(tmp_path, entry), corpus(tmp_path, {**entry, "split": "test"})
    assert list(train) == [("train", "one", 1)] and list(test) == [("test", "one", 1)]
    assert train.name == f"{tmp_path / 'set'} [train]" and train.files == ()
    assert train.contents_hash() != test.contents_hash()
    before = train.contents_hash()
    (tmp_path / "set" / "train.jsonl").write_text('{"source": "new", "target": "one"}\n')
    assert train.contents_hash() != before
    with pytest.raises(DataError, match=r"none: no such folder; correct data\.train\[0\]\.hub"):
        corpus(tmp_path, {"hub": "./none"})


def test_the_hash_changes_with_the_contents_and_what_is_taken(three: Path) -> None:
    entry = {"path": three.name}
    one = corpus(three.parent, entry)
    hashes = {
        one.contents_hash(),
        corpus(three.parent, {**entry, "columns": [1, 2]}).contents_hash(),
    }
    hashes.add(corpus(three.parent, {**entry, "format": "csv"}).contents_hash())
    assert len(hashes) == 3 and one.contents_hash() in hashes
    three.write_text("changed\n")
    assert one.contents_hash() not in hashes


def test_the_hash_of_two_texts_does_not_depend_on_what_they_are_called(
    config: Config, tmp_path: Path
) -> None:
    found = find_corpus(config, TWO_FILES, "data.valid")
    (tmp_path / "b.de").write_bytes((tmp_path / "a.de").read_bytes())
    entry = {"source": "b.de", "target": "a.en", "languages": "de-en"}
    assert corpus(tmp_path, entry).contents_hash() == found.contents_hash()


def test_the_end_of_a_name_tells_how_quotes_are_read(tmp_path: Path) -> None:
    for name in ("q.tsv", "q.csv"):
        (tmp_path / name).write_text('"Wort ""1"""\t"Word ""1"""\n')
    tsv, csv = (corpus(tmp_path, {"path": name}) for name in ("q.tsv", "q.csv"))
    assert [pair.source for pair in (*tsv, *csv)] == ['"Wort ""1"""', 'Wort "1"']
    assert tsv.contents_hash() != csv.contents_hash()


@pytest.mark.parametrize("entry", [{"path": "a.tsv"}, {"source": "a.de", "target": "a.en"}])
def test_alignments_come_with_the_pairs_and_change_the_hash(
    config: Config, tmp_path: Path, entry: dict[str, Any]
) -> None:
    plain, aligned = (corpus(tmp_path, entry | more) for more in ({}, {"alignment": "a.align"}))
    before = plain.contents_hash()
    (tmp_path / "a.align").write_text("0-0\n\n")
    assert list(aligned) == list(plain)
    assert [alignment_of(pair) for pair in aligned] == ["0-0", ""]
    hashes = {before, aligned.contents_hash()}
    (tmp_path / "a.align").write_text("\n0-0\n")
    assert len(hashes | {aligned.contents_hash()}) == 3
    assert plain.contents_hash() == before
    counts = SideCounts()
    assert len(list(aligned.read_unequal(counts))) == counts.source == 2
    (tmp_path / "a.align").unlink()
    with pytest.raises(DataError, match=r"a\.align: no such file"):
        aligned.contents_hash()
    os.mkfifo(tmp_path / "a.align")
    with pytest.raises(ConfigError, match=r"\.alignment: .*a\.align is a stream"):
        corpus(tmp_path, entry | {"alignment": "a.align"})


def test_a_stream_in_a_configuration_is_refused_before_it_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for entry in ({"path": "pipe"}, {"source": "pipe", "target": "pipe"}):
        with pytest.raises(ConfigError, match="pipe is a stream, which can be read once only"):
            corpus(tmp_path, entry)


def test_a_folder_of_shards_has_a_hash_and_pairs(tmp_path: Path) -> None:
    table = pyarrow.table({"source": ["eins"], "target": ["one"]})
    for name in ("a", "b"):
        parquet.write_table(table, tmp_path / f"{name}.parquet")
    found = corpus(tmp_path.parent, {"path": tmp_path.name})
    assert list(found) == [("eins", "one", 1), ("eins", "one", 2)]
    before = file_hash(tmp_path)
    (tmp_path / "b.parquet").unlink()
    assert file_hash(tmp_path) != before and len(before) == 64


def test_unequal_texts_can_be_read_to_the_end_of_the_shorter(
    config: Config, tmp_path: Path
) -> None:
    (tmp_path / "a.en").write_text("one\n")
    counts = SideCounts()
    pairs = list(find_corpus(config, TWO_FILES, "data.valid").read_unequal(counts))
    assert pairs == [("eins", "one", 1)] and (counts.source, counts.target) == (2, 1)
    counts = SideCounts()
    assert len(list(find_corpus(config, ONE_FILE, "data.valid").read_unequal(counts))) == 2
    assert (counts.source, counts.target) == (2, 2)
