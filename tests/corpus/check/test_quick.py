"""The check before a training says what would waste hours, and is silent about a clean corpus."""

import random
from pathlib import Path

import pytest

from nmt.corpus.check.doctor import Subject, subject_of
from nmt.corpus.check.quick import quick_check
from nmt.corpus.check.result import Role
from nmt.corpus.pairs import ParallelCorpus
from nmt.errors import DataError
from tests.corpus.conftest import Sides, Write, make_sides


def subject(files: tuple[Path, ...], role: Role = "training") -> Subject:
    return subject_of(ParallelCorpus(files), role)


def head(sides: Sides, pairs: int) -> Sides:
    return list(sides[0][:pairs]), list(sides[1][:pairs])


def test_a_clean_corpus_gives_no_warning(clean_sides: Sides, write_sides: Write) -> None:
    train = subject(write_sides(head(clean_sides, 1500)))
    valid = subject(write_sides(make_sides(50, seed=7), "valid"), "validation")
    assert quick_check([train], valid) == []
    assert quick_check([train], None) == []


def test_what_is_a_note_of_the_whole_corpus_is_no_warning(
    clean_sides: Sides, write_sides: Write
) -> None:
    files = write_sides(head(clean_sides, 200))
    assert quick_check([Subject(ParallelCorpus(files), "training", ("xx", "yy"))], None) == []


def test_sides_that_slip_are_one_line(clean_sides: Sides, write_sides: Write) -> None:
    sides = head(clean_sides, 2000)
    del sides[0][600]
    (warning,) = quick_check([subject(write_sides(sides))], None)
    assert warning.startswith("train.xx + train.yy: the sides slip from about line ")
    line = int(warning.split("about line ")[1].split()[0].replace(",", ""))
    assert abs(line - 601) <= 250  # `nmt check` says where exactly
    assert "70.0%" in warning or "69." in warning or "70." in warning


def test_a_frequent_fault_is_told_with_an_example_and_a_rare_one_is_not(
    clean_sides: Sides, write_sides: Write
) -> None:
    source, target = head(clean_sides, 1000)
    for row in random.Random(1).sample(range(1000), 60):
        target[row] = f"<b>{target[row]}"
    source[77] = ""
    (warning,) = quick_check([subject(write_sides((source, target)))], None)
    assert warning.startswith(
        "train.xx + train.yy: markup in about 6.0% of the pairs, such as line"
    )
    assert "\n" not in warning


def test_leaked_validation_pairs_are_counted(clean_sides: Sides, write_sides: Write) -> None:
    train = subject(write_sides(head(clean_sides, 500)))
    held = ([*clean_sides[0][100:130], "Bo."], [*clean_sides[1][100:130], "Gun."])
    (warning,) = quick_check([train], subject(write_sides(held, "valid"), "validation"))
    assert warning.startswith("valid.xx + valid.yy: ") and "are in the training data too" in warning
    count = int(warning.split(": ")[1].split()[0])
    assert 25 <= count <= 30  # but for those of a few words


@pytest.mark.parametrize("pairs", [0, 1, 30])
def test_a_tiny_corpus_is_no_trouble(pairs: int, clean_sides: Sides, write_sides: Write) -> None:
    assert quick_check([subject(write_sides(head(clean_sides, pairs)))], None) == []


def test_a_missing_file_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        quick_check([subject((tmp_path / "none", tmp_path / "none"))], None)


def test_what_is_left_out_is_not_told(clean_sides: Sides, write_sides: Write) -> None:
    source, target = head(clean_sides, 1000)
    for row in range(0, 1000, 10):
        target[row] = f"<b>{target[row]}"
    valid = subject(write_sides(head(clean_sides, 20), "valid"), "validation")
    del source[600]
    train = subject(write_sides((source, target)))
    kinds = ("the sides slip", "markup", "in the training data too")
    told = quick_check([train], valid)
    assert [any(kind in line for line in told) for kind in kinds] == [True] * 3
    for reject, kind in zip(("misalignment", "markup", "overlap"), kinds, strict=True):
        fewer = quick_check([train], valid, frozenset({reject}))
        assert len(fewer) == len(told) - 1 and not any(kind in line for line in fewer)
