"""The first look at corpora: each knows what it repeats, what it shares, and where it slips."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from nmt.corpus.check.doctor import Diagnosis, Subject, diagnosed, subject_of
from nmt.corpus.check.result import Role
from nmt.corpus.pairs import ParallelCorpus
from nmt.corpus.readers.selection import Selection
from nmt.errors import DataError
from tests.corpus.conftest import Sides, Write


def ignore(line: str) -> None:
    """Show no progress."""


def subject(files: Sequence[Path], role: Role = "training") -> Subject:
    return subject_of(ParallelCorpus(tuple(files)), role)


def part(sides: Sides, first: int, last: int) -> Sides:
    return list(sides[0][first:last]), list(sides[1][first:last])


def test_a_subject_has_the_languages_that_were_selected(tmp_path: Path) -> None:
    corpus = ParallelCorpus((tmp_path / "a.tmx",), Selection("de", "en"))
    found = subject_of(corpus, "test")
    assert (found.title, found.role, found.languages) == ("a.tmx", "test", ("de", "en"))
    assert found.files == (str(tmp_path / "a.tmx"),)


def test_a_diagnosis_gives_the_pairs_that_could_be_read(
    clean_sides: Sides, write_sides: Write
) -> None:
    source, target = write_sides(part(clean_sides, 0, 50))
    lines = target.read_bytes().split(b"\n")
    target.write_bytes(b"\n".join([*lines[:30], b"\xff", *lines[31:]]))
    with diagnosed([subject((source, target))], log=ignore) as (diagnosis,):
        assert diagnosis.survey.pairs == 30
        assert [pair.line for pair in diagnosis.pairs()] == list(range(1, 31))


def repeated(diagnosis: Diagnosis) -> dict[int, str]:
    """All rows that repeat an earlier one, however the corpus is cut into chunks."""
    count = diagnosis.survey.pairs
    whole = diagnosis.repeats(0, count)
    chunks = [
        (start, diagnosis.repeats(start, min(7, count - start))) for start in range(0, count, 7)
    ]
    assert whole == {start + row: f for start, found in chunks for row, f in found.items()}
    return {row: finding.detail for row, (finding, _) in whole.items()}


def test_training_corpora_must_not_repeat_one_another(
    clean_sides: Sides, write_sides: Write
) -> None:
    first = part(clean_sides, 0, 40)
    second = part(clean_sides, 40, 80)
    for row, side in enumerate((0, 1)):
        first[side][9] = first[side][3]
        second[side][20] = first[side][5]
        second[side][30] = second[side][11]
        assert row == side
    subjects = [subject(write_sides(sides, name)) for sides, name in ((first, "a"), (second, "b"))]
    with diagnosed(subjects, log=ignore) as (one, two):
        assert repeated(one) == {9: "repeats pair 4"}
        assert repeated(two) == {20: "repeats a pair of another corpus", 30: "repeats pair 12"}


def test_held_out_corpora_may_repeat_training_but_training_must_not_hold_them(
    clean_sides: Sides, write_sides: Write
) -> None:
    train = subject(write_sides(part(clean_sides, 0, 60)))
    held = subject(write_sides(part(clean_sides, 20, 40), "held"), "validation")
    with diagnosed([train, held], log=ignore) as (of_train, of_held):
        assert of_held.repetition.exact.between(0, 99) == []
        assert of_held.inspector.overlap is None
        index = of_train.inspector.overlap
        assert index is not None and len(index.lines) == 20
    with diagnosed([held], log=ignore) as (alone,):
        assert alone.inspector.overlap is None


def test_held_out_files_of_the_same_name_are_told_apart(clean_sides: Sides, tmp_path: Path) -> None:
    subjects = []
    for number, role in enumerate(("training", "validation", "test")):
        folder = tmp_path / role
        folder.mkdir()
        paths = (folder / "a.xx", folder / "a.yy")
        for path, lines in zip(
            paths, part(clean_sides, 10 * number, 10 * number + 10), strict=True
        ):
            path.write_text("".join(f"{line}\n" for line in lines))
        subjects.append(subject(paths, role))
    with diagnosed([*subjects, subjects[2]], log=ignore) as (of_train, *_):
        index = of_train.inspector.overlap
        assert index is not None and len(index.lines) == 30
        assert len(set(index.names)) == 3


def test_a_slip_is_found_where_there_is_enough_text(clean_sides: Sides, write_sides: Write) -> None:
    sides = part(clean_sides, 0, 1000)
    del sides[1][500]
    with diagnosed([subject(write_sides(sides))], log=ignore) as (diagnosis,):
        (slip,) = diagnosis.slips
        assert abs(slip.first_line - 501) <= 5 and slip.offset == -1
    short = part(clean_sides, 0, 100)
    del short[1][50]
    with diagnosed([subject(write_sides(short))], log=ignore) as (diagnosis,):
        assert diagnosis.slips == ()


def test_temporary_files_are_gone_afterwards(
    clean_sides: Sides, write_sides: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write_sides(part(clean_sides, 0, 20))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with diagnosed([subject(files)], log=ignore):
        assert any((tmp_path / "temporary").iterdir())
    with pytest.raises(DataError), diagnosed([subject((tmp_path / "none",))], log=ignore):
        pass
    assert not any((tmp_path / "temporary").iterdir())


def test_a_corpus_that_changes_meanwhile_is_refused(clean_sides: Sides, write_sides: Write) -> None:
    files = write_sides(part(clean_sides, 0, 20))
    with diagnosed([subject(files)], log=ignore) as (diagnosis,):
        diagnosis.check_seen(20)
        with pytest.raises(DataError, match="had 20 pairs, and now 19"):
            diagnosis.check_seen(19)
