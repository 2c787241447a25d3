"""The records of runs: names, numbers, and logs that are damaged, empty or still growing."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from nmt.errors import ModelError
from nmt.report.curves import read_run, read_runs, runs_table

START = {"event": "start", "step": 0, "seconds": 0.0, "parameters": 123}
TRAIN = {"event": "train", "loss": 3.0, "perplexity": 9.0, "gradient_norm": 1.0, "skipped": 2}
SPEED = {"learning_rate": 0.1, "tokens_per_second": 100.0}
VALID = {"event": "valid", "perplexity": 8.0, "accuracy": 0.5}


def write_log(folder: Path, *events: dict[str, Any]) -> Path:
    """A model directory with nothing but a log."""
    folder.mkdir(parents=True)
    text = "".join(json.dumps(event) + "\n" for event in events)
    (folder / "metrics.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_a_run_has_its_numbers_in_order(tmp_path: Path) -> None:
    folder = write_log(
        tmp_path / "run",
        START,
        TRAIN | SPEED | {"step": 5, "seconds": 60.0},
        VALID | {"step": 10, "seconds": 100.0, "bleu": 20.0},
        TRAIN | {"step": 10, "seconds": 110.0, "loss": 2.0, "tokens_per_second": 300.0},
        VALID | {"step": 20, "seconds": 3600.0, "bleu": 10.0, "perplexity": 7.0},
        {"event": "end", "step": 20, "seconds": 3720.0, "reason": "patience"},
    )
    run = read_run(folder, "name")
    assert (run.steps, run.seconds, run.state) == (20, 3720.0, "patience")
    assert (run.best_bleu, run.best_step, run.parameters, run.skipped) == (20.0, 10, 123, 2)
    assert run.tokens_per_second == 200
    loss, bleu = run.series["train loss"], run.series["valid bleu"]
    assert (loss.steps, loss.seconds, loss.values) == ((5, 10), (60.0, 110.0), (3.0, 2.0))
    assert (bleu.steps, bleu.values) == ((10, 20), (20.0, 10.0))
    assert run.series["train learning_rate"].values == (0.1,)
    head, row = runs_table([run]).splitlines()
    assert head.split()[:2] == ["run", "steps"]
    assert json.loads(json.dumps(asdict(run)))["best_bleu"] == 20.0
    expected = ["name", "20", "1h02m", "20.00", "10", "7.00", "200", "patience,", "2", "steps"]
    assert row.split() == [*expected, "skipped"]


def test_a_mean_of_weights_that_is_the_best_is_told(tmp_path: Path) -> None:
    folder = write_log(
        tmp_path / "run",
        VALID | {"step": 10, "seconds": 100.0, "bleu": 20.0},
        VALID | {"step": 20, "seconds": 200.0, "bleu": float("nan")},
        VALID | {"event": "average", "step": 20, "seconds": 210.0, "bleu": 25.0},
        TRAIN | {"step": 20, "seconds": float("inf"), "skipped": "3"},
    )
    run = read_run(folder, "name")
    assert (run.best_bleu, run.best_step, run.seconds, run.skipped) == (25.0, 20, 210.0, 0)
    assert run.series["valid bleu"].values == (20.0, 25.0)
    assert "25.00" in runs_table([run])


def test_a_run_that_goes_on_and_a_damaged_line(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "run", TRAIN | {"step": 5, "seconds": 60.0})
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event": "train", "step": 7, "seconds": null, "loss": "x"}\n{"event": "va')
    run = read_run(folder, "name")
    assert (run.state, run.best_bleu, run.best_step, run.seconds) == ("not ended", None, None, 60.0)
    assert run.series["train loss"].values == (3.0,) and run.tokens_per_second is None
    assert "not ended" in runs_table([run]) and " - " in runs_table([run])


def test_a_name_is_as_long_as_it_must_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    event = TRAIN | {"step": 5, "seconds": 60.0}
    places = [tmp_path / "x" / "same", tmp_path / "y" / "same", tmp_path / "y" / "other"]
    folders = [write_log(place, event) for place in places]
    assert [run.name for run in read_runs(folders[1:])] == ["same", "other"]
    assert [run.name for run in read_runs(folders)] == ["x/same", "y/same", "y/other"]
    assert [run.name for run in read_runs([folders[0], folders[0]])] == ["same", "same"]
    monkeypatch.chdir(folders[0])
    assert [run.name for run in read_runs([Path()])] == ["same"]


def test_what_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nowhere: no such model directory"):
        read_run(tmp_path / "nowhere", "name")
    for folder in (tmp_path, write_log(tmp_path / "begun", START)):
        with pytest.raises(ModelError, match=r"metrics\.jsonl: tells of no step"):
            read_run(folder, "name")
