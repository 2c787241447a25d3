"""The sides of a corpus by themselves, from two files or from one."""

from pathlib import Path

import pytest

from nmt.corpus.pairs import ParallelCorpus
from nmt.corpus.readers.selection import Selection
from nmt.corpus.sentence_pair import Line
from nmt.corpus.sides import read_sides
from nmt.errors import DataError


def test_two_files_give_all_their_lines(tmp_path: Path) -> None:
    files = (tmp_path / "a.de", tmp_path / "a.en")
    files[0].write_text("eins\nzwei\ndrei\n")
    files[1].write_text("one\n")
    sources, targets = read_sides(ParallelCorpus(files), ("de", "en"))
    assert list(sources) == [Line("eins", 1), Line("zwei", 2), Line("drei", 3)]
    assert list(targets) == [Line("one", 1)]


@pytest.mark.parametrize("in_step", [False, True])
def test_one_file_gives_its_pairs_side_by_side(tmp_path: Path, in_step: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_text('en,de\none,eins\n"two\nlines",zwei\nthree,drei\n')
    sources, targets = read_sides(ParallelCorpus((path,), Selection("de", "en")), ("de", "en"))
    sides = zip(*zip(sources, targets, strict=True), strict=True) if in_step else (sources, targets)
    left, right = map(list, sides)
    assert left == [Line("eins", 2), Line("zwei", 3), Line("drei", 5)]
    assert right == [Line("one", 2), Line("two lines", 3), Line("three", 5)]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.tsv: no such file"):
        next(read_sides(ParallelCorpus((tmp_path / "none.tsv",)), (None, None))[0])
