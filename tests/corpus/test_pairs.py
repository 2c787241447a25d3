"""Corpora that a configuration names: one file or two, and relative to where it says."""

from pathlib import Path

import pytest

from nmt.config import Config, CorpusFiles, make_config
from nmt.corpus.pairs import ParallelCorpus, find_corpus
from nmt.errors import ConfigError


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
