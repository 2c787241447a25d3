"""The doctor finds what was done to a clean corpus, where it was done, and nothing else."""

import random
from pathlib import Path

import pytest

from nmt.corpus.check.doctor import Subject, diagnosed, subject_of
from nmt.corpus.check.fault import Fault
from nmt.corpus.check.result import CorpusCheck
from nmt.corpus.check.verdict import check_corpora, with_vocabulary_fault
from nmt.corpus.pairs import ParallelCorpus
from nmt.errors import DataError
from nmt.settings import TokenizerSettings
from nmt.text.vocabulary_advice import VocabularyAdvice
from tests.corpus.conftest import Sides, Write, make_sides, write_files


def check(*subjects: Subject) -> list[CorpusCheck]:
    with diagnosed(subjects, log=lambda line: None) as diagnoses:
        return check_corpora(diagnoses, log=lambda line: None)


def faults(paths: tuple[Path, ...], held_out: tuple[Path, ...] = ()) -> list[Fault]:
    """What is found in a training corpus, notes left out."""
    subjects = [subject_of(ParallelCorpus(paths), "training")]
    if held_out:
        subjects.append(subject_of(ParallelCorpus(held_out), "test"))
    (found, *_) = check(*subjects)
    return [fault for fault in found.faults if fault.severity != "note"]


def kinds(found: list[Fault]) -> set[str]:
    return {fault.kind for fault in found}


def copy(sides: Sides) -> Sides:
    return list(sides[0]), list(sides[1])


def test_a_clean_corpus_has_no_faults(clean_sides: Sides, write_sides: Write) -> None:
    (found,) = check(subject_of(ParallelCorpus(write_sides(clean_sides)), "training"))
    assert found.faults == ()
    assert found.pairs == 4000
    assert found.lengths.source.sum() == found.lengths.ratio.sum() == 4000


@pytest.mark.parametrize(("side", "line"), [(0, 300), (1, 1234), (0, 3500)])
def test_a_lost_line_is_located(
    clean_sides: Sides, write_sides: Write, line: int, side: int
) -> None:
    sides = copy(clean_sides)
    del sides[side][line - 1]
    found = faults(write_sides(sides))
    assert kinds(found) == {"misalignment", "unequal_counts"}
    slip = next(fault for fault in found if fault.kind == "misalignment")
    assert slip.line is not None and abs(slip.line - line) <= 5
    assert slip.severity == "error"
    assert slip.count == pytest.approx(4000 - line, abs=10)
    assert slip.examples[0].line == slip.line
    counts = next(fault for fault in found if fault.kind == "unequal_counts")
    assert "4,000" in counts.message and "3,999" in counts.message


def test_a_shift_among_equal_counts_is_located(clean_sides: Sides, write_sides: Write) -> None:
    sides = copy(clean_sides)
    sides[1].insert(2000, "Pun fyr.")
    sides[1].pop()
    found = faults(write_sides(sides))
    slips = [fault for fault in found if fault.kind == "misalignment"]
    assert len(slips) == 1 and slips[0].line is not None
    assert abs(slips[0].line - 2001) <= 5
    assert slips[0].file.endswith("train.yy")


DAMAGES = {
    "empty": lambda source, target: (source, " \t"),
    "identical": lambda source, target: (source, source),
    "length_ratio": lambda source, target: (source, f"{target} " * 6),
    "encoding": lambda source, target: (source, f"{target[:9]}\ufffd{target[9:]}"),
    "separator": lambda source, target: (f"{source[:9]}\u2028{source[9:]}", target),
    "markup": lambda source, target: (f"<b>{source}", target),
    "placeholder_mismatch": lambda source, target: (f"{source} {{0}}", target),
    "number_mismatch": lambda source, target: (f"{source} 1478", f"{target} 5392"),
    "script": lambda source, target: (source, "Этот текст написан другими буквами."),
    "length": lambda source, target: (source, f"{target} {'x' * 300}"),
}


Damaged = tuple[dict[str, list[int]], list[Fault]]  # the lines of each kind, and what is found


def find_damages(kinds: list[str], sides: Sides, folder: Path) -> Damaged:
    """Damage seven pairs, of six words or more, in each way, all in one corpus; and look."""
    sides = copy(sides)
    long = [row for row, line in enumerate(sides[0]) if len(line.split()) > 5]
    rows = random.Random(1).sample(long, 7 * len(kinds))
    places = {kind: sorted(rows[n :: len(kinds)]) for n, kind in enumerate(kinds)}
    for kind, chosen in places.items():
        for row in chosen:
            sides[0][row], sides[1][row] = DAMAGES[kind](sides[0][row], sides[1][row])
    lines = {kind: [row + 1 for row in chosen] for kind, chosen in places.items()}
    return lines, faults(write_files(folder, sides))


@pytest.fixture(scope="module")
def damaged(clean_sides: Sides, tmp_path_factory: pytest.TempPathFactory) -> Damaged:
    """What is too long on one side has a strange ratio too, and so has a corpus of its own."""
    others = [kind for kind in DAMAGES if kind != "length"]
    lines, found = find_damages(others, clean_sides, tmp_path_factory.mktemp("damaged"))
    more = find_damages(["length"], clean_sides, tmp_path_factory.mktemp("long"))
    return {**lines, **more[0]}, found + [fault for fault in more[1] if fault.kind == "length"]


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_to_single_pairs_is_counted_and_located(kind: str, damaged: Damaged) -> None:
    lines, found = damaged[0][kind], [fault for fault in damaged[1] if fault.kind == kind]
    assert found, kind
    assert {example.line for fault in found for example in fault.examples} == set(lines)
    assert min(fault.line or 0 for fault in found) == lines[0]
    assert sum(fault.count for fault in found) == len(lines)


def test_repeated_pairs_are_located(clean_sides: Sides, write_sides: Write) -> None:
    sides = copy(clean_sides)
    for side in sides:
        side[2500] = side[10]
        side[2600] = side[10]
    (found,) = faults(write_sides(sides))
    assert (found.kind, found.line, found.count) == ("duplicate", 2501, 2)
    assert "repeats pair 11" in found.examples[0].detail


def test_a_test_set_inside_the_training_data_is_found(
    clean_sides: Sides, write_sides: Write
) -> None:
    held_out = write_sides((clean_sides[0][100:150], clean_sides[1][100:150]), "test")
    found = faults(write_sides(clean_sides), held_out)
    assert kinds(found) == {"overlap"}
    (pair,) = (fault for fault in found if fault.severity == "error")
    assert pair.line == 101 and pair.count >= 45  # the others are too short to tell
    assert f"{pair.count} of 50 held-out pairs" in pair.message
    other = write_sides(make_sides(50, seed=9), "other")
    assert faults(write_sides(clean_sides), other) == []


def test_what_cannot_be_read_is_a_fault_and_the_rest_is_checked(
    clean_sides: Sides, write_sides: Write
) -> None:
    source, target = write_sides(clean_sides)
    lines = target.read_bytes().split(b"\n")
    lines[3000] = b"caf\xe9"
    lines[50] = b""
    target.write_bytes(b"\n".join(lines))
    found = faults((source, target))
    assert kinds(found) == {"unreadable", "empty"}
    (unreadable,) = (fault for fault in found if fault.kind == "unreadable")
    assert (unreadable.file, unreadable.line) == (str(target), 3001)


def test_a_missing_file_is_the_users_mistake(write_sides: Write, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none: no such file"):
        faults((tmp_path / "none", tmp_path / "none"))


@pytest.mark.parametrize("count", [1, 5, 150])
def test_a_small_corpus_is_checked_as_far_as_it_goes(
    count: int, clean_sides: Sides, write_sides: Write
) -> None:
    sides = (clean_sides[0][:count], clean_sides[1][:count])
    assert faults(write_sides(sides)) == []
    sides = (clean_sides[0][:count], ["", *clean_sides[1][1:count]])
    assert kinds(faults(write_sides(sides))) == {"empty"}


def test_an_empty_corpus_is_a_fault(write_sides: Write) -> None:
    (found,) = faults(write_sides(([], [])))
    assert (found.kind, found.severity) == ("empty", "error")


@pytest.mark.parametrize("shift", [40, 2000])
def test_sides_that_nothing_connects_are_a_fault(
    shift: int, clean_sides: Sides, write_sides: Write
) -> None:
    sides = (clean_sides[0][:-shift], clean_sides[1][shift:])
    found = [fault for fault in faults(write_sides(sides)) if fault.kind == "misalignment"]
    assert [(fault.line, fault.count) for fault in found] == [(1, 4000 - shift)]


def test_held_out_sets_of_the_same_name_are_told_apart(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    names = []
    for folder, rows in (("a", slice(100, 150)), ("b", slice(200, 240))):
        (tmp_path / folder).mkdir()
        for side, suffix in zip(clean_sides, ("xx", "yy"), strict=True):
            text = "".join(f"{line}\n" for line in side[rows])
            (tmp_path / folder / f"test.{suffix}").write_text(text, encoding="utf-8")
        names.append((tmp_path / folder / "test.xx", tmp_path / folder / "test.yy"))
    subjects = [subject_of(ParallelCorpus(write_sides(clean_sides)), "training")]
    subjects += [subject_of(ParallelCorpus(paths), "test") for paths in names]
    found = [fault for fault in check(*subjects)[0].faults if fault.reason == "pair"]
    assert sum(fault.count for fault in found) >= 80
    assert str(tmp_path / "a") in found[0].message and str(tmp_path / "b") in found[0].message


def test_short_sentences_of_held_out_sets_are_one_note(
    clean_sides: Sides, write_sides: Write
) -> None:
    training = copy(clean_sides)
    for side, lines in zip(training, (("Ja.", "Ah."), ("Yes.", "Oh.")), strict=True):
        side[70:70] = lines
    held_out = (["Ja.", "Jo.", "Ah.", *clean_sides[0][:9]], ["Yep.", "Yes.", "Oh."])
    held_out[1].extend(make_sides(9, seed=9)[1])
    subjects = [
        subject_of(ParallelCorpus(write_sides(training)), "training"),
        subject_of(ParallelCorpus(write_sides(held_out, "test")), "test"),
    ]
    (short,) = [fault for fault in check(*subjects)[0].faults if fault.reason == "short"]
    assert (short.line, short.count) == (71, 2)
    assert "3 of 12 held-out pairs" in short.message
    assert [example.line for example in short.examples] == [71, 72]


ADVICE = VocabularyAdvice(500, 2000, 8000)


@pytest.mark.parametrize(
    ("kind", "size", "found"),
    [("bpe", 9000, 1), ("unigram", 9000, 1), ("bpe", 3000, 0), ("bpe", "auto", 0),
     ("word", 9000, 0), ("char", 100, 0), ("byte", 9000, 0)],
)  # fmt: skip
def test_a_vocabulary_of_subwords_that_is_too_large_stands_among_the_warnings(
    kind: str, size: int | str, found: int
) -> None:
    note = Fault("one_to_many", "source", "note", "a.de", 1, 3, "it has several translations")
    before = CorpusCheck("a.de + a.en", "training", 10, (note,), vocabulary=ADVICE)
    settings = TokenizerSettings.model_validate({"kind": kind, "vocabulary_size": size})
    (after,) = with_vocabulary_fault([before], settings)
    assert [fault.kind for fault in after.faults] == ["vocabulary"] * found + ["one_to_many"]


def test_a_pipe_cannot_be_looked_at_twice(clean_sides: Sides, write_sides: Write) -> None:
    paths = write_sides(clean_sides)
    with (
        pytest.raises(DataError, match=r"had 4,000 pairs, and now 3,999: it has changed"),
        diagnosed([subject_of(ParallelCorpus(paths), "training")], log=lambda line: None) as found,
    ):
        for path in paths:
            path.write_text(path.read_text().split("\n", 1)[1])
        check_corpora(found, log=lambda line: None)
