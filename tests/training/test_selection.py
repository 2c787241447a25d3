"""The mean of the last validated weights: what it is of, when it is the model, what it leaves."""

import json
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from nmt.config import Config
from nmt.model_directory import load_model
from nmt.training.run import RunOptions, train
from nmt.training.trainer import Event, Trainer
from nmt.training.validation import Validation, Validator
from tests.cli.conftest import read_events, without_clocks
from tests.training.conftest import MakeConfig

EVERYTHING: dict[str, Any] = {
    "weight_dropout": 0.2, "scheduled_sampling": 0.3, "r_drop": 0.5, "learning_rate": 0.01,
    "max_steps": 24, "validation_interval": 6, "checkpoint_interval": 4, "log_interval": 1,
    "average_checkpoints": 3,
}  # fmt: skip
Scores = list[float]


def stops_after(steps: int) -> Any:
    """Asks to stop once a run has taken so many steps."""
    asked = iter(range(10**6))
    return lambda: next(asked) >= steps


def run(config: Config, folder: Path, options: RunOptions | None = None) -> list[Event]:
    """The events of a run, which ends by itself."""
    events: list[Event] = []
    assert train(config, folder, options, listener=events.append) in ("finished", "patience")
    return events


def weights(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a file."""
    return safetensors.torch.load_file(path)


@pytest.fixture
def scores(monkeypatch: pytest.MonkeyPatch) -> Scores:
    """The BLEU scores that the next validations find."""
    coming: Scores = []

    def validate(self: Validator, model: Any, *, notify: Any) -> Validation:
        return Validation(2.0, 0.5, coming.pop(0), 0, 0.1, ("a", "b", "c"))

    monkeypatch.setattr(Validator, "validate", validate)
    return coming


@pytest.mark.parametrize("better", [True, False])
def test_the_mean_of_the_last_is_the_model_if_it_is_better(
    better: bool, scores: Scores, make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    scores += [10, 12, 30, 11, 31 if better else 30]
    config = make_toy_config(max_steps=12, validation_interval=3, average_checkpoints=3)
    kept: dict[int, dict[str, torch.Tensor]] = {}

    def listen(event: Event) -> None:
        if event["event"] == "valid":
            step = event["step"]
            kept[step] = weights(tmp_path / f"training/validated-{step:08d}.safetensors")
        assert len(list(tmp_path.glob("training/validated-*"))) <= 4

    train(config, tmp_path, listener=listen)
    (event,) = read_events(tmp_path, "average")
    assert (event["steps"], event["best"]) == ([6, 9, 12], better)
    (end,) = read_events(tmp_path, "end")
    assert (end["best_bleu"], end["best_step"]) == ((31, 12) if better else (30, 9))
    model = weights(tmp_path / "model.safetensors")
    for name, value in model.items():
        mean = sum(kept[step][name] for step in (6, 9, 12)) / 3
        torch.testing.assert_close(value, mean if better else kept[9][name])
    last, before = sorted((tmp_path / "training").glob("checkpoint-*"))[::-1]
    assert json.loads((last / "state.json").read_text())["kept_steps"] == []
    named = json.loads((before / "state.json").read_text())["kept_steps"]  # should `last` be lost
    left = sorted(path.name for path in (tmp_path / "training").glob("validated-*"))
    assert left == [f"validated-{step:08d}.safetensors" for step in named]
    assert load_model(tmp_path).folder == tmp_path


def test_with_fewer_validations_than_asked_the_mean_is_of_all(
    scores: Scores, make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    scores += [10, 12, 13]
    run(make_toy_config(max_steps=6, validation_interval=3, average_checkpoints=9), tmp_path)
    (event,) = read_events(tmp_path, "average")
    assert event["steps"] == [3, 6]


def test_one_validation_has_no_mean(
    scores: Scores, make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    scores += [10]
    run(make_toy_config(max_steps=3, validation_interval=9, average_checkpoints=3), tmp_path)
    assert read_events(tmp_path, "average") == [] and scores == []
    assert not list(tmp_path.glob("training/validated-*"))


def test_it_comes_at_early_stopping_too_but_not_at_an_interruption(
    scores: Scores, make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    scores += [10, 9, 8, 7]
    config = make_toy_config(
        validation_interval=3, average_checkpoints=2, patience=2, schedule="constant"
    )
    assert train(config, tmp_path, stop_requested=stops_after(7)) == "interrupted"
    assert read_events(tmp_path, "average") == []
    assert len(list(tmp_path.glob("training/validated-*"))) == 2
    run(config, tmp_path, RunOptions(resume=True))
    (event,) = read_events(tmp_path, "average")
    assert (event["step"], event["steps"]) == (9, [6, 9])


@pytest.fixture(scope="module")
def whole(make_toy_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with all that likelihood can be trained with, never interrupted."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    run(make_toy_config(**EVERYTHING), folder)
    return folder


def check_same_end(folder: Path, whole: Path) -> None:
    """The weights and the log are those of a run never interrupted."""
    for path in [whole / "model.safetensors", *whole.glob("training/*/*.safetensors")]:
        assert (folder / path.relative_to(whole)).read_bytes() == path.read_bytes()
    for kind in ("train", "valid", "average"):
        before, after = (list(map(without_clocks, read_events(f, kind))) for f in (whole, folder))
        assert before == after != []
    left, expected = (sorted(p.name for p in (f / "training").iterdir()) for f in (folder, whole))
    assert left == expected


class KilledError(Exception):
    """Stands for the kill of a process."""


def test_a_run_killed_in_training_resumes_to_the_same_bits(
    whole: Path, make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    """After a validation, between two checkpoints."""

    def listen(event: Event) -> None:
        if event["event"] == "train" and event["step"] == 15:
            raise KilledError

    with pytest.raises(KilledError):
        train(make_toy_config(**EVERYTHING), tmp_path, listener=listen)
    run(make_toy_config(**EVERYTHING), tmp_path, RunOptions(resume=True))
    check_same_end(tmp_path, whole)


@pytest.mark.parametrize("place", ["before the mean", "after the mean"])
def test_a_run_killed_at_the_end_resumes_to_the_same_bits(
    place: str,
    whole: Path,
    make_toy_config: MakeConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = Trainer._validate_mean

    def kill(self: Trainer) -> None:
        if place == "after the mean":  # the model may be written already, no checkpoint is
            monkeypatch.setattr(
                Trainer, "_checkpoint", lambda self: (_ for _ in ()).throw(KilledError)
            )
            original(self)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_validate_mean", kill)
        with pytest.raises(KilledError):
            train(make_toy_config(**EVERYTHING), tmp_path)
    monkeypatch.undo()
    run(make_toy_config(**EVERYTHING), tmp_path, RunOptions(resume=True))
    check_same_end(tmp_path, whole)


def test_overwriting_deletes_what_was_kept(make_toy_config: MakeConfig, tmp_path: Path) -> None:
    config = make_toy_config(max_steps=9, validation_interval=3, average_checkpoints=2)
    train(config, tmp_path, stop_requested=stops_after(7))
    assert list(tmp_path.glob("training/validated-*"))
    train(make_toy_config(max_steps=1), tmp_path, RunOptions(overwrite=True))
    assert not list(tmp_path.glob("training/validated-*"))


def test_a_run_that_goes_on_keeps_the_model_until_it_is_better(
    make_toy_config: MakeConfig, trained: Path, tmp_path: Path
) -> None:
    """A rate that destroys what was learnt: the result is the model that it began with."""
    config = make_toy_config(learning_rate=1.0, max_steps=6, validation_interval=3)
    train(config, tmp_path / "worse", RunOptions(start_from=trained))
    first, *later = read_events(tmp_path / "worse", "valid")
    assert first["step"] == 0 and first["best"] and [event["step"] for event in later] == [3, 6]
    assert not any(event["best"] for event in later)
    base, kept = (
        safetensors.torch.load_file(folder / "model.safetensors")
        for folder in (trained, tmp_path / "worse")
    )
    assert all(torch.equal(base[name], kept[name]) for name in base)
    (warning,) = (
        event["message"]
        for event in read_events(tmp_path / "worse", "warning")
        if "no validation was better than" in event["message"]
    )
    assert "training.learning_rate" in warning


def test_risk_goes_on_from_a_model_and_resumes_to_the_same_bits(
    make_toy_config: MakeConfig, trained: Path, tmp_path: Path
) -> None:
    config = make_toy_config(
        objective="risk_chrf", max_steps=4, checkpoint_interval=2, log_interval=1, warmup_steps=0
    )
    options = RunOptions(start_from=trained)
    train(config, tmp_path / "whole", options)
    train(config, tmp_path / "cut", options, stop_requested=stops_after(3))
    train(config, tmp_path / "cut", RunOptions(resume=True))
    ends = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "cut")]
    assert ends[0] == ends[1]
    for event in read_events(tmp_path / "whole", "train"):
        assert 0 < event["loss"] < 1 < event["perplexity"]
