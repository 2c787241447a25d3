"""Cleaning: every pair that was read is kept or recorded, and what is kept is as it was."""

import gzip
import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nmt.corpus.check.doctor import Subject, diagnosed, subject_of
from nmt.corpus.check.fault import Kind
from nmt.corpus.check.row_marks import RowSet
from nmt.corpus.clean import CleanCounts, Cleaned, check_cleaning, clean, sift
from nmt.corpus.pairs import ParallelCorpus
from nmt.corpus.readers.selection import Selection
from nmt.errors import ConfigError, DataError
from nmt.settings import Rejectable
from tests.corpus.conftest import Sides, Write


def run(*subjects: Subject, folder: Path, reject: tuple[str, ...] = ()) -> Cleaned:
    with diagnosed(subjects, log=lambda line: None) as diagnoses:
        return clean(diagnoses, reject, folder, log=lambda line: None)


def training(*files: Path, languages: tuple[str | None, str | None] = (None, None)) -> Subject:
    return subject_of(ParallelCorpus(files, Selection(*languages)), "training")


def kept(folder: Path, counts: CleanCounts) -> list[tuple[str, str]]:
    sides = [(folder / name).read_bytes().decode().split("\n") for name in counts.files]
    assert all(side[-1] == "" for side in sides)
    return list(zip(sides[0][:-1], sides[1][:-1], strict=True))


def records(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "rejected.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def head(sides: Sides, pairs: int) -> Sides:
    return list(sides[0][:pairs]), list(sides[1][:pairs])


def test_a_clean_corpus_stays_as_it_is(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    sides = head(clean_sides, 200)
    (counts,) = run(training(*write_sides(sides)), folder=tmp_path / "new").corpora
    assert kept(tmp_path / "new", counts) == list(zip(*sides, strict=True))
    assert (counts.read, counts.kept, counts.rejected) == (200, 200, {})
    assert counts.files == ("train.xx", "train.yy")
    assert records(tmp_path / "new") == []
    assert {p.name for p in (tmp_path / "new").iterdir()} == {
        "train.xx", "train.yy", "rejected.jsonl", "report.json"
    }  # fmt: skip


LINES = st.sampled_from(
    ["", " ", "\t", "word", "Wort Wort", "ein Satz. " * 3, "<b>", "{0} of", "caf\u00e9\ufffd",
     "a\u2028b", "\ufeffword", "x" * 300, "1478 of 5392", "Этот текст", "\x00", "a\rb"]
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    sources=st.lists(LINES, max_size=30),
    targets=st.lists(LINES, max_size=30),
    reject=st.lists(st.sampled_from(get_args(Rejectable)), unique=True),
)
def test_kept_and_rejected_are_what_was_read(
    sources: list[str],
    targets: list[str],
    reject: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    assume(sources or targets)
    folder = tmp_path_factory.mktemp("generated")
    paths = (folder / "a.xx", folder / "a.yy")
    for path, lines in zip(paths, (sources, targets), strict=True):
        path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    (counts,) = run(training(*paths), folder=folder / "new", reject=tuple(reject)).corpora
    assert counts.read == max(len(sources), len(targets))
    assert counts.read == counts.kept + sum(counts.rejected.values())
    assert len(kept(folder / "new", counts)) == counts.kept
    entries = records(folder / "new")
    assert len(entries) == sum(counts.rejected.values())
    for entry in entries:
        assert entry["reason"] in get_args(Kind)
        assert entry["corpus"].endswith("a.yy")
        row = entry["line"] - 1
        text = sources[row] if row < len(sources) else ""
        assert entry["source"] in ("", text, text.removeprefix("\ufeff"))
    report = json.loads((folder / "new" / "report.json").read_text(encoding="utf-8"))
    assert (report[0]["read"], report[0]["kept"]) == (counts.read, counts.kept)


def test_only_what_was_asked_for_is_left_out(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    source, target = head(clean_sides, 100)
    target[5] = ""
    target[6] = f"<b>{target[6]}"
    source[7], target[7] = source[2], target[2]
    subject = training(*write_sides((source, target)))
    for reject, lines in {
        (): [6, 7, 8], ("markup",): [6, 7], ("duplicate",): [6, 8], ("script",): [6],
    }.items():  # fmt: skip
        folder = tmp_path / f"new-{len(reject)}-{'-'.join(reject)}"
        run(subject, folder=folder, reject=reject)
        assert [entry["line"] for entry in records(folder)] == lines


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("lines", [1, 3])
def test_sides_that_slip_are_paired_anew(
    clean_sides: Sides, write_sides: Write, tmp_path: Path, side: int, lines: int
) -> None:
    sides = head(clean_sides, 1200)
    true = set(zip(*sides, strict=True))
    del sides[side][500 : 500 + lines]
    folder = tmp_path / "new"
    (counts,) = run(training(*write_sides(sides)), folder=folder).corpora
    assert counts.read == 1200 == counts.kept + sum(counts.rejected.values())
    pairs = kept(folder, counts)
    wrong = [pair for pair in pairs if pair not in true]
    assert len(pairs) >= 1190 - lines
    assert len(wrong) <= 5  # a slip is located to within some lines
    reasons = {entry["reason"] for entry in records(folder)}
    assert "misalignment" in reasons


@pytest.mark.parametrize("side", [0, 1])
def test_sides_of_one_file_that_slip_are_paired_anew(
    clean_sides: Sides, tmp_path: Path, side: int
) -> None:
    sides = head(clean_sides, 1200)
    true = set(zip(*sides, strict=True))
    del sides[side][500]
    path = tmp_path / "train.tsv"
    rows = [f"{source}\t{target}\n" for source, target in zip(*sides, strict=False)]
    path.write_text("".join(rows), encoding="utf-8")
    (counts,) = run(training(path), folder=tmp_path / "new").corpora
    assert counts.read == len(rows) == counts.kept + sum(counts.rejected.values())
    pairs = kept(tmp_path / "new", counts)
    assert len(pairs) >= 1190
    assert sum(pair not in true for pair in pairs) <= 5


@pytest.mark.parametrize("side", [0, 1])
def test_sides_that_slip_far_are_paired_anew(
    clean_sides: Sides, write_sides: Write, tmp_path: Path, side: int
) -> None:
    sides = head(clean_sides, 1200)
    true = set(zip(*sides, strict=True))
    del sides[side][500:540]
    (counts,) = run(training(*write_sides(sides)), folder=tmp_path / "new").corpora
    assert counts.read == 1200 == counts.kept + sum(counts.rejected.values())
    pairs = kept(tmp_path / "new", counts)
    assert len(pairs) >= 1150
    assert sum(pair not in true for pair in pairs) <= 5


def test_a_stretch_in_no_order_is_left_out(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    sides = head(clean_sides, 1200)
    sides[1][400:700] = sorted(sides[1][400:700])
    (counts,) = run(training(*write_sides(sides)), folder=tmp_path / "new").corpora
    assert sum(counts.rejected.values()) == pytest.approx(300, abs=10)
    assert max(counts.rejected, key=counts.rejected.__getitem__) == "misalignment"
    assert counts.kept == pytest.approx(900, abs=10)


def test_lines_without_a_partner_at_the_end_are_recorded(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    source, target = head(clean_sides, 50)
    (counts,) = run(training(*write_sides((source, target[:40]))), folder=tmp_path / "new").corpora
    assert (counts.read, counts.kept, counts.rejected) == (50, 40, {"misalignment": 10})
    assert [(entry["line"], entry["target"]) for entry in records(tmp_path / "new")] == [
        (line, "") for line in range(41, 51)
    ]


def test_training_pairs_of_a_test_set_are_left_out(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    held_out = ParallelCorpus(write_sides((clean_sides[0][20:30], clean_sides[1][20:30]), "test"))
    subjects = training(*write_sides(head(clean_sides, 100))), subject_of(held_out, "test")
    (counts,) = run(*subjects, folder=tmp_path / "new").corpora  # the test set is not rewritten
    assert counts.rejected["overlap"] >= 8
    assert {entry["line"] for entry in records(tmp_path / "new")} <= set(range(21, 31))


def test_files_keep_their_names_but_not_their_packing(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    source, target = write_sides(head(clean_sides, 20))
    packed = tmp_path / "other.xx.gz"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    table = tmp_path / "other.tsv"
    table.write_text("one\teins\n", encoding="utf-8")
    subjects = [
        training(packed, target), training(source, target), training(source, source),
        training(table, languages=("en", "de")),
    ]  # fmt: skip
    cleaned = run(*subjects, folder=tmp_path / "new")
    assert [counts.files for counts in cleaned.corpora] == [
        ("other.xx", "train.yy"),
        ("1.source.train.xx", "1.target.train.yy"),
        ("2.source.train.xx", "2.target.train.xx"),
        ("other.en", "other.de"),
    ]
    assert {entry["corpus"] for entry in records(tmp_path / "new")} <= {
        subject.corpus.name for subject in subjects
    }


def test_a_line_break_inside_a_sentence_shifts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    pairs = [("one\ntwo", "eins"), ("three", "drei\r\nvier")]
    path.write_text(
        "".join(json.dumps({"en": s, "de": t}) + "\n" for s, t in pairs), encoding="utf-8"
    )
    subject = training(path, languages=("en", "de"))
    (counts,) = run(subject, folder=tmp_path / "new", reject=("script",)).corpora
    assert kept(tmp_path / "new", counts) == [("one two", "eins"), ("three", "drei vier")]


def test_a_note_of_the_whole_corpus_needs_no_mending(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    files = write_sides(head(clean_sides, 100))
    cleaned = run(training(*files, languages=("xx", "yy")), folder=tmp_path / "cleaned")
    assert cleaned.not_mended == () and "not mended" not in cleaned.summary


def test_a_folder_with_files_is_refused(tmp_path: Path) -> None:
    subjects = [training(Path("a"), Path("b"))]
    check_cleaning(tmp_path / "none", subjects)
    check_cleaning(tmp_path, subjects)
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(ConfigError, match="is not empty"):
            check_cleaning(path, subjects)
    with pytest.raises(ConfigError, match="file is no folder"):
        check_cleaning(tmp_path / "file" / "new" / "er", subjects)


def test_nothing_is_left_behind_when_it_fails(write_sides: Write, tmp_path: Path) -> None:
    held_out = subject_of(ParallelCorpus(write_sides((["a"], ["b"]))), "validation")
    with pytest.raises(ConfigError, match="needs a training corpus"):
        run(held_out, folder=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_cannot_be_cleaned_to_its_end_is_refused(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    source, target = write_sides(head(clean_sides, 20))
    target.write_bytes(target.read_bytes() + b"\xff\n")
    (tmp_path / "empty").touch()
    for files, message in (
        ((source, target), "line 21, byte 1"),
        ((tmp_path / "empty",) * 2, "the corpus is empty"),
    ):
        with pytest.raises(DataError, match=message):
            run(training(*files), folder=tmp_path / "new")
        assert not (tmp_path / "new").exists()


def test_sift_gives_each_pair_and_the_first_reason(write_sides: Write) -> None:
    sides = (["one.", "", "<b>two.", "one."], ["eins.", "x", "zwei.", "eins."])
    with diagnosed([training(*write_sides(sides))], log=lambda line: None) as (diagnosis,):
        sifted = list(sift(diagnosis, frozenset({"empty", "duplicate", "markup"}), RowSet()))
        assert [pair.line for pair, _ in sifted] == [1, 2, 3, 4]
        kinds = [finding and finding.kind for _, finding in sifted]
        assert kinds == [None, "empty", "markup", "duplicate"]
        assert all(finding is None for _, finding in sift(diagnosis, frozenset(), RowSet()))


def test_a_faulty_pair_is_no_reason_to_leave_out_a_sound_copy_of_it(write_sides: Write) -> None:
    """The first sound copy is kept, and the others repeat it; in another corpus too."""
    sides = (["<b>One two.", "One two.", "one two"], ["Eins zwei.", "Eins zwei.", "eins zwei"])
    corpora = [training(*write_sides(sides, name)) for name in ("a", "b")]
    kinds, lost = frozenset({"duplicate", "markup"}), RowSet()
    with diagnosed(corpora, log=lambda line: None) as diagnoses:
        found = [f and f.kind for d in diagnoses for _, f in sift(d, kinds, lost)]
    assert found == ["markup", None, "duplicate", "markup", "duplicate", "duplicate"]


@pytest.mark.parametrize("reject", [(), ("duplicate",)])
def test_pairs_equal_but_for_case_and_punctuation_are_left_once(
    clean_sides: Sides, write_sides: Write, tmp_path: Path, reject: tuple[str, ...]
) -> None:
    sides = head(clean_sides, 60)
    for side in sides:
        side.append(f"{side[7].upper()} !")
    (counts,) = run(training(*write_sides(sides)), folder=tmp_path / "new", reject=reject).corpora
    assert (counts.kept, counts.rejected) == (60, {"duplicate": 1})
