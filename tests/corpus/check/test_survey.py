"""The first look at a corpus counts it, samples it, and says where it cannot be read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nmt.corpus.check.alignment import WINDOW, WINDOWS
from nmt.corpus.check.repetition import RepetitionSurvey
from nmt.corpus.check.survey import SAMPLE, Survey, survey_corpus
from nmt.corpus.pairs import ParallelCorpus
from nmt.corpus.readers.text import SideCounts
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError


class Pairs:
    """A corpus of so many pairs, which fails behind them if asked to."""

    def __init__(self, count: int, error: str = "", file: Path | None = None) -> None:
        self.count, self.error = count, error
        self.files = (file,) if file else ()

    def read_unequal(self, counts: SideCounts) -> Iterator[SentencePair]:
        for n in range(1, self.count + 1):
            yield SentencePair(f"source {n}", f"target {n}", n)
        if self.error:
            raise DataError(self.error)
        counts.source = counts.target = self.count


def survey(corpus: Pairs | ParallelCorpus, folder: Path, first_row: int = 0) -> Survey:
    files = tuple(map(str, corpus.files)) or ("data",)
    with RepetitionSurvey(folder) as repetition:
        found = survey_corpus(corpus, files, repetition, first_row)
        assert repetition.finish().pairs == found.pairs
    return found


@pytest.mark.parametrize("count", [0, 1, WINDOW, 5000, WINDOW * WINDOWS + 1, SAMPLE + 1])
def test_all_is_counted_and_samples_are_even(count: int, tmp_path: Path) -> None:
    found = survey(Pairs(count), tmp_path)
    assert found.pairs == found.counts.source == count
    assert [fault.kind for fault in found.faults] == ([] if count else ["empty"])
    assert min(count, SAMPLE // 2) <= len(found.sample.items) <= SAMPLE
    found.refuse("unreadable", "unequal_counts")
    windows = found.consecutive_pairs()
    for window in windows:
        assert [pair.line for pair in window[1:]] == [pair.line + 1 for pair in window[:-1]]
    if count <= WINDOW * WINDOWS:
        assert [len(window) for window in windows] == [count]
    else:
        assert len(windows) <= WINDOWS and all(len(window) <= WINDOW for window in windows)
        assert windows[-1][0].line > count / 2


def test_unequal_sides_are_a_fault_of_the_longer_one(tmp_path: Path) -> None:
    source, target = tmp_path / "a.de", tmp_path / "a.en"
    source.write_text("eins\nzwei\ndrei\n")
    target.write_text("one\n")
    (fault,) = survey(ParallelCorpus((source, target)), tmp_path).faults
    assert (fault.kind, fault.severity) == ("unequal_counts", "error")
    assert (fault.file, fault.line, fault.count) == (str(source), 2, 2)
    assert "3 lines" in fault.message and "has 1" in fault.message
    (fault,) = survey(ParallelCorpus((target, source)), tmp_path).faults
    assert (fault.file, fault.line) == (str(source), 2)


def test_what_comes_before_damage_is_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "a.tmx"
    file.touch()
    found = survey(Pairs(7, f"{file}, line 1,234: is cut off", file), tmp_path)
    (fault,) = found.faults
    assert found.pairs == len(found.sample.items) == 7
    assert (fault.kind, fault.severity) == ("unreadable", "error")
    assert (fault.file, fault.line) == (str(file), 1234)
    with pytest.raises(DataError, match="is cut off"):
        found.refuse("unequal_counts", "unreadable")
    found.refuse("unequal_counts")


def test_damage_without_a_line_concerns_the_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "a.tmx"
    file.touch()
    (fault,) = survey(Pairs(0, f"{file}: is a PDF document", file), tmp_path).faults
    assert fault.line is None


def test_an_empty_corpus_is_an_error(tmp_path: Path) -> None:
    (fault,) = survey(Pairs(0), tmp_path).faults
    assert (fault.kind, fault.severity, fault.line, fault.count) == ("empty", "error", None, 0)
    assert fault.message == "data: the corpus is empty"


def test_a_missing_file_is_the_users_mistake(tmp_path: Path) -> None:
    folder = ParallelCorpus((tmp_path, tmp_path))
    missing = Pairs(3, "none: no such file", tmp_path / "none")
    for corpus in (missing, Pairs(3, "no such data set"), folder):
        with pytest.raises(DataError, match=r"no such|is a folder"):
            survey(corpus, tmp_path)
