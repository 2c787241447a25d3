"""Warnings before a training are found once, and anew when the corpora change."""

from pathlib import Path
from typing import Any

import pytest

import nmt.corpus.quick_check as quick_check
from nmt.config import Config, make_config
from nmt.corpus.prepare import prepare
from nmt.corpus.quick_check import corpus_warnings
from tests.corpus.conftest import Sides, Write


def configure(folder: Path, train: tuple[Path, Path], valid: tuple[Path, Path] | None) -> Config:
    data: dict[str, Any] = {
        "cache": str(folder / "cache"),
        "train": [{"source": str(train[0]), "target": str(train[1])}],
    }
    if valid:
        data["valid"] = {"source": str(valid[0]), "target": str(valid[1])}
    return make_config({"data": data, "tokenizer": {"vocabulary_size": 200}}, origin="test")


def warnings(config: Config) -> list[str]:
    return corpus_warnings(config, prepare(config, log=lambda line: None))


def part(sides: Sides, first: int, last: int) -> Sides:
    return sides[0][first:last], sides[1][first:last]


def test_warnings_are_found_once_and_kept(
    clean_sides: Sides, write_sides: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = write_sides(part(clean_sides, 0, 250))
    held = write_sides(part(clean_sides, 100, 120), "valid")
    config = configure(tmp_path, train, held)
    (warning,) = warnings(config)
    assert "are in the training data too" in warning

    def refuse(*_: object) -> list[str]:
        pytest.fail("the corpora were read again")

    monkeypatch.setattr(quick_check, "quick_check", refuse)
    assert warnings(config) == [warning]


def test_other_validation_data_are_looked_at_anew(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    train = write_sides(part(clean_sides, 0, 250))
    held = write_sides(part(clean_sides, 100, 120), "valid")
    assert warnings(configure(tmp_path, train, held)) != []
    assert warnings(configure(tmp_path, train, None)) == []
    write_sides(part(clean_sides, 400, 420), "valid")
    assert warnings(configure(tmp_path, train, held)) == []


def test_a_damaged_record_is_made_anew(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    config = configure(tmp_path, write_sides(part(clean_sides, 0, 250)), None)
    assert warnings(config) == []
    (kept,) = (tmp_path / "cache").glob("*/warnings-*.json")
    kept.write_text("[")
    assert warnings(config) == []
    assert kept.read_text() == "[]"
