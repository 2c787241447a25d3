"""The steps of preparing: what is faulty is left out and recorded, before anything is learnt."""

import json
from pathlib import Path
from typing import Any

import pytest

from nmt.config import Config, make_config
from nmt.corpus.encoded import load_encoded
from nmt.corpus.preparation import keeps_text, write_prepared
from nmt.corpus.preparation_report import PreparationReport
from nmt.corpus.prepare import training_corpora
from nmt.errors import ConfigError, DataError
from nmt.text.tokenizers import load_tokenizers
from tests.corpus.conftest import Sides, Write


def configure(files: tuple[Path, Path], **data: Any) -> Config:
    train = [{"source": str(files[0]), "target": str(files[1])}]
    tokenizer = data.pop("tokenizer", {"vocabulary_size": 200})
    return make_config({"data": {"train": train, **data}, "tokenizer": tokenizer}, origin="test")


def write(folder: Path, config: Config) -> PreparationReport:
    folder.mkdir()
    write_prepared(folder, config, training_corpora(config), None)
    report = PreparationReport.of_json(json.loads((folder / "report.json").read_text()))
    assert report.read == report.kept + sum(report.rejected.values())
    assert len(load_encoded(folder)) == report.kept
    assert sum(counts.kept for counts in report.corpora) == report.kept
    assert len(records(folder)) == sum(report.rejected.values())
    return report


def records(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "rejected.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def damaged(sides: Sides) -> Sides:
    """Two hundred pairs, of which four are faulty."""
    source, target = list(sides[0][:200]), list(sides[1][:200])
    source[5] = ""
    target[10] = f"{target[10]}\ufffd"
    source[20], target[20] = source[3], target[3]
    target[30] = f"<b>{target[30]}"
    return source, target


def test_faults_that_are_named_are_left_out(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    files = write_sides(damaged(clean_sides))
    reject = ["encoding", "duplicate", "markup"]
    report = write(tmp_path / "new", configure(files, reject=reject))
    assert report.rejected == {"encoding": 1, "duplicate": 1, "markup": 1, "empty": 1}
    found = {entry["line"]: entry["reason"] for entry in records(tmp_path / "new")}
    assert found == {6: "empty", 11: "encoding", 21: "duplicate", 31: "markup"}
    pieces = load_tokenizers(tmp_path / "new", "NFC").source
    assert "\ufffd" not in "".join(pieces.pieces(range(pieces.vocabulary_size)))


def test_without_a_wish_only_empty_and_endless_pairs_are_left_out(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    source, target = damaged(clean_sides)
    target[40] = "gun " * 400
    report = write(tmp_path / "new", configure(write_sides((source, target))))
    assert report.rejected == {"empty": 1, "too_long": 1}


def test_validation_pairs_can_be_left_out_of_training(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    files = write_sides((clean_sides[0][:100], clean_sides[1][:100]))
    held = write_sides((clean_sides[0][30:40], clean_sides[1][30:40]), "valid")
    valid = {"source": str(held[0]), "target": str(held[1])}
    report = write(tmp_path / "new", configure(files, reject=["overlap"], valid=valid))
    assert 8 <= report.rejected["overlap"] <= 10
    assert {entry["line"] for entry in records(tmp_path / "new")} <= set(range(31, 41))


def test_a_corpus_with_a_fault_as_a_whole_is_refused(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    files = write_sides((clean_sides[0][:100], clean_sides[1][:99]))
    for number, data in enumerate(({"reject": ["markup"]}, {})):
        with pytest.raises(DataError, match="has 100 lines"):
            write(tmp_path / str(number), configure(files, **data))


def test_nothing_left_is_an_error(write_sides: Write, tmp_path: Path) -> None:
    files = write_sides((["", "a <b>"], ["x", "y"]))
    with pytest.raises(DataError, match="no pair is left of 2"):
        write(tmp_path / "new", configure(files, tokenizer={"kind": "byte"}, max_length=2))


def test_the_text_is_kept_where_epochs_differ(write_sides: Write) -> None:
    files = write_sides((["a"], ["b"]))
    assert not keeps_text(configure(files))
    assert not keeps_text(configure(files, augment={"typos": 0.0}))
    assert keeps_text(configure(files, augment={"typos": 0.1}))
    sampling = {"vocabulary_size": 200, "sampling": 0.1}
    assert keeps_text(configure(files, tokenizer=sampling))


def test_a_tag_that_a_given_tokenizer_would_cut_is_refused(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    files = write_sides((clean_sides[0][:100], clean_sides[1][:100]))
    write(tmp_path / "first", configure(files))
    train = [{"source": str(files[0]), "target": str(files[1]), "tag": "<law>"}]
    config = make_config(
        {"data": {"train": train}, "tokenizer": {"vocabulary_size": 200}}, origin="test"
    )
    given = load_tokenizers(tmp_path / "first", "NFC")
    (tmp_path / "second").mkdir()
    with pytest.raises(ConfigError, match=r"data\.train\[0\]\.tag = '<law>'"):
        write_prepared(tmp_path / "second", config, training_corpora(config), given)
    write(tmp_path / "third", config)  # a new one has the tag among its symbols


def test_a_tokenizer_has_tokens_for_the_capitals_that_augmentation_makes(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    """Else a sentence in capitals is spelt out, letter by letter."""
    files = write_sides((clean_sides[0][:300], clean_sides[1][:300]))
    lines = [line.upper() for side in clean_sides for line in side[:300]]
    lengths = []
    for rate in (0.0, 0.2):
        folder = tmp_path / str(rate)
        augment = {"upper_case": rate}
        write(folder, configure(files, tokenizer={"vocabulary_size": 1000}, augment=augment))
        tokenizer = load_tokenizers(folder, "NFC").source
        lengths.append(sum(map(len, tokenizer.encode(lines))))
    assert lengths[1] < 0.7 * lengths[0]
