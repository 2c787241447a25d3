"""The training loop: when it ends, what it keeps, and what it does about losses that are NaN."""

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from nmt.config import Config
from nmt.corpus.pairs import find_corpus
from nmt.corpus.prepare import PreparedCorpus, prepare
from nmt.corpus.training_batches import training_batches
from nmt.errors import NmtError
from nmt.model_directory import TrainedModel, build_model, load_model
from nmt.training.checkpoint import find_checkpoints
from nmt.training.run import train
from nmt.training.state import Progress, TrainingState
from nmt.training.step import make_optimizer
from nmt.training.trainer import MOST_SKIPPED_IN_A_ROW, Event, Trainer
from nmt.training.validation import Validator
from tests.training.conftest import MakeConfig


@pytest.fixture(scope="module")
def prepared(make_toy_config: MakeConfig) -> PreparedCorpus:
    """The encoded toy corpus."""
    return prepare(make_toy_config(), log=lambda message: None)


def make_trainer(
    config: Config, prepared: PreparedCorpus, folder: Path, events: list[Event]
) -> Trainer:
    """A trainer before its first step, without a validator."""
    torch.manual_seed(1)
    model = build_model(config, prepared.tokenizers).train()
    average = copy.deepcopy(model).eval()
    state = TrainingState(model, average, make_optimizer(model, config.training), Progress())
    trained = TrainedModel(folder, config, prepared.tokenizers, average, 256)
    batches = training_batches(config, prepared)
    return Trainer(config, state, batches, trained, None, events.append)


def run(config: Config, folder: Path) -> tuple[str, list[Event]]:
    """A whole run: why it ended, and its events."""
    events: list[Event] = []
    reason = train(config, folder, listener=events.append)
    return reason, events


def of_kind(events: list[Event], kind: str) -> list[Event]:
    """The events of one kind."""
    return [event for event in events if event["event"] == kind]


def test_events_come_at_their_intervals(make_toy_config: MakeConfig, tmp_path: Path) -> None:
    config = make_toy_config(
        max_steps=23, log_interval=4, validation_interval=10, checkpoint_interval=7
    )
    reason, events = run(config, tmp_path)
    steps = {kind: [e["step"] for e in of_kind(events, kind)] for kind in ("train", "valid")}
    assert steps == {"train": [4, 8, 12, 16, 20], "valid": [10, 20, 23]}
    best = {e["step"] for e in of_kind(events, "valid") if e["best"]}
    saved = sorted({0, 7, 14, 21, 23} | best)
    assert [e["step"] for e in of_kind(events, "checkpoint")] == saved
    assert [e["step"] for e in of_kind(events, "end")] == [23]
    assert reason == events[-1]["reason"] == "finished"
    assert [e["seconds"] for e in events[1:]] == sorted(e["seconds"] for e in events[1:])


def test_epochs_are_whole_passes(make_toy_config: MakeConfig, tmp_path: Path) -> None:
    reason, events = run(make_toy_config(max_epochs=3, max_steps=999, log_interval=1), tmp_path)
    batches = of_kind(events, "start")[0]["batches_per_epoch"]
    epochs = [event["epoch"] for event in of_kind(events, "train")]
    assert reason == "finished"
    assert max(epochs.count(n) for n in (1, 2, 3)) <= batches + 2
    assert (epochs == sorted(epochs), set(epochs)) == (True, {1, 2, 3})
    assert of_kind(events, "end")[0]["step"] == len(epochs)


def test_a_time_budget_ends_the_run_and_its_schedule(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_toy_config(
        max_steps=10**6, patience=10**6, time_budget="6s", log_interval=1, validation_interval=10**6
    )
    reason, events = run(config, tmp_path)
    assert reason == "finished"
    rates = [event["learning_rate"] for event in of_kind(events, "train")]
    assert rates[-1] < max(rates) / 10
    assert of_kind(events, "train")[-1]["fraction"] > 0.9
    assert of_kind(events, "end")[0]["seconds"] > 5  # less if the last validation was faster
    halfway, last = of_kind(events, "valid")  # without an interval: one to time the other by
    assert 2 < halfway["seconds"] < last["seconds"]


def test_the_warm_up_begins_with_the_first_step_however_long_the_preparation(
    make_toy_config: MakeConfig, prepared: PreparedCorpus, tmp_path: Path
) -> None:
    config = make_toy_config(time_budget="100s", max_steps=10**6, warmup_steps=400, log_interval=1)
    events: list[Event] = []
    trainer = make_trainer(config, prepared, tmp_path, events)
    trainer.started -= 60
    asked = iter(range(9))
    trainer.run(lambda: next(asked) >= 3)
    first, *_ = of_kind(events, "train")
    assert first["fraction"] >= 0.6
    assert 0 < first["learning_rate"] < config.training.learning_rate / 4


def test_no_step_is_validated_twice(
    make_toy_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the validation halfway through the time budget takes all that is left of it."""
    validate = Validator.validate

    def slowly(self: Validator, model: TrainedModel, *, notify: Callable[[str], None]) -> Any:
        result = validate(self, model, notify=notify)
        time.sleep(2.5)
        return replace(result, seconds=result.seconds + 2.5)

    monkeypatch.setattr(Validator, "validate", slowly)
    config = make_toy_config(time_budget="4s", max_steps=10**6, validation_interval=10**6)
    _, events = run(config, tmp_path)
    (only,) = of_kind(events, "valid")
    assert only["step"] == of_kind(events, "end")[0]["step"]


def test_early_stopping_waits_for_patience(make_toy_config: MakeConfig, tmp_path: Path) -> None:
    config = make_toy_config(max_steps=999, learning_rate=1e-12, schedule="constant", patience=3)
    reason, events = run(config, tmp_path)
    validations = of_kind(events, "valid")
    assert reason == "patience"
    assert [event["best"] for event in validations] == [True, False, False, False]
    assert of_kind(events, "end")[0] | {"seconds": 0} == {
        "event": "end", "step": 40, "seconds": 0, "reason": "patience",
        "best_bleu": validations[0]["bleu"], "best_step": 10,
    }  # fmt: skip


def test_the_saved_model_is_the_best_by_bleu(make_toy_config: MakeConfig, tmp_path: Path) -> None:
    """At this learning rate the score goes up and down."""
    config = make_toy_config(max_steps=80, learning_rate=0.12, schedule="constant", average_decay=0)
    _, events = run(config, tmp_path)
    validations = of_kind(events, "valid")
    scores = [event["bleu"] for event in validations]
    assert len(set(scores)) > 2 and scores.index(max(scores)) < len(scores) - 1
    assert [e["best"] for e in validations] == [
        score > max([-1.0, *scores[:number]]) for number, score in enumerate(scores)
    ]
    assert config.data.valid
    validator = Validator(find_corpus(config, config.data.valid, "data.valid"))
    assert validator.validate(load_model(tmp_path)).bleu == max(scores)


@pytest.mark.parametrize("valid", [False, True])
def test_before_a_best_model_is_known_the_average_is_saved(
    make_toy_config: MakeConfig, tmp_path: Path, valid: bool
) -> None:
    """Whether there is no validation at all, or none before the run is stopped."""
    config = make_toy_config(max_steps=40, validation_interval=999, valid=valid)
    asked = iter(range(100))
    reason = train(config, tmp_path, stop_requested=lambda: next(asked) >= 27)
    assert reason == "interrupted"
    checkpoint = find_checkpoints(tmp_path)[0]
    assert checkpoint.name == "checkpoint-00000027"
    average = safetensors.torch.load_file(checkpoint / "average.safetensors")
    model = safetensors.torch.load_file(tmp_path / "model.safetensors")
    assert average.keys() == model.keys()
    assert all(torch.equal(average[name], model[name]) for name in model)
    weights = safetensors.torch.load_file(checkpoint / "weights.safetensors")
    assert any(not torch.equal(average[name], weights[name]) for name in model)


def test_without_averaging_the_weights_are_the_model(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    run(make_toy_config(max_steps=3, average_decay=0, valid=False), tmp_path)
    checkpoint = find_checkpoints(tmp_path)[0]
    weights = safetensors.torch.load_file(checkpoint / "weights.safetensors")
    model = safetensors.torch.load_file(tmp_path / "model.safetensors")
    assert all(torch.equal(weights[name], model[name]) for name in model)


def test_a_run_asked_to_stop_at_once_takes_no_step(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    assert train(make_toy_config(), tmp_path, stop_requested=lambda: True) == "interrupted"
    assert load_model(tmp_path).folder == tmp_path
    assert (tmp_path / "training" / "checkpoint-00000000").is_dir()


def test_ten_losses_in_a_row_that_are_nan_end_the_run_with_advice(
    make_toy_config: MakeConfig, prepared: PreparedCorpus, tmp_path: Path
) -> None:
    events: list[Event] = []
    trainer = make_trainer(make_toy_config(), prepared, tmp_path, events)
    with torch.no_grad():
        trainer.state.model.output.bias.fill_(float("nan"))  # type: ignore[union-attr, operator]
    with pytest.raises(NmtError) as caught:
        trainer.run()
    assert trainer.state.progress.skipped == trainer.state.progress.step == MOST_SKIPPED_IN_A_ROW
    advice = str(caught.value)
    assert "training.learning_rate" in advice and "--resume" in advice and "\n" not in advice
    warnings = [event["message"] for event in of_kind(events, "warning")]
    assert len(warnings) == 10 and all("skipped" in text for text in warnings)


def test_a_few_losses_that_are_nan_are_skipped_and_counted(
    make_toy_config: MakeConfig, prepared: PreparedCorpus, tmp_path: Path
) -> None:
    """Nine in a row, twice, with one good step between them."""
    events: list[Event] = []
    config = make_toy_config(max_steps=20, log_interval=1, checkpoint_interval=999)
    trainer = make_trainer(config, prepared, tmp_path, events)
    original = trainer.state.model.forward
    good = {10, 20}

    def forward(*arguments: Any) -> Any:
        logits = original(*arguments)
        return logits if trainer.state.progress.step in good else logits * float("nan")

    trainer.state.model.forward = forward  # type: ignore[method-assign]
    assert trainer.run() == "finished"
    assert trainer.state.progress.skipped == 18
    lines = of_kind(events, "train")
    assert [line["skipped"] for line in lines][-1] == 18
    assert [line["step"] for line in lines if line["tokens_per_second"] > 0] == [10, 20]
    assert all(line["loss"] == line["loss"] for line in lines)  # no NaN in the log


def test_the_fraction_is_the_largest_of_steps_epochs_and_time(
    make_toy_config: MakeConfig, prepared: PreparedCorpus, tmp_path: Path
) -> None:
    def fraction(progress: Progress, **settings: Any) -> float:
        trainer = make_trainer(make_toy_config(**settings), prepared, tmp_path, [])
        trainer.state.progress = progress
        trainer.plan = trainer.plan_part()
        trainer.started -= progress.seconds
        return trainer.fraction()

    assert fraction(Progress(step=30), max_steps=120) == 0.25
    assert fraction(Progress(step=999), max_steps=120) == 1
    two_of_four = fraction(Progress(step=30, epoch=3), max_steps=120, max_epochs=4)
    assert two_of_four == 0.5
    in_time = fraction(Progress(seconds=30.0), max_steps=120, time_budget="60s")
    assert in_time == pytest.approx(0.5, abs=0.02)
    for end in ({"max_epochs": 4}, {"time_budget": "10h"}):  # which alone end the run
        assert fraction(Progress(step=30_000), max_steps=None, **end) < 0.01
    assert fraction(Progress(step=10_000), max_steps=None) == 0.5
    late = fraction(Progress(seconds=30.0, validation_seconds=20.0), time_budget="60s")
    assert late == pytest.approx(0.75, abs=0.02)  # the last validation is counted in


def test_the_plan_of_an_epoch_is_a_function_of_seed_and_epoch(
    make_toy_config: MakeConfig, prepared: PreparedCorpus, tmp_path: Path
) -> None:
    def plan(seed: int, epoch: int) -> list[list[int]]:
        trainer = make_trainer(make_toy_config(seed=seed), prepared, tmp_path, [])
        trainer.state.progress = replace(Progress(), epoch=epoch)
        return [batch.tolist() for batch in trainer.plan_part().batches]

    assert plan(1, 1) == plan(1, 1)
    assert plan(1, 1) != plan(1, 2) != plan(2, 2)
    assert sorted(row for batch in plan(3, 4) for row in batch) == list(range(300))


def test_the_risk_counts_after_its_share_of_training(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    """The loss that is shown is then the expected cost: 0 to 1, unlike the likelihood so early."""
    config = make_toy_config(objective="risk_chrf", risk_after=0.5, max_steps=6, log_interval=1)
    _, events = run(config, tmp_path)
    losses = [event["loss"] for event in of_kind(events, "train")]
    assert [loss < 1 for loss in losses] == [False, False, False, True, True, True]


def test_the_average_begins_anew_with_the_risk(
    make_toy_config: MakeConfig, prepared: PreparedCorpus, tmp_path: Path
) -> None:
    """Else a few steps by risk would hardly count beside the many by likelihood."""
    config = make_toy_config(
        objective="risk_chrf", risk_after=0.5, max_steps=20, learning_rate=1e-3, warmup_steps=0
    )
    trainer = make_trainer(config, prepared, tmp_path, [])
    asked = iter(range(99))
    trainer.run(lambda: next(asked) >= 11)  # one step by risk
    weights = zip(trainer.state.average.parameters(), trainer.state.model.parameters(), strict=True)
    assert trainer.state.progress.average_from == 10
    before = [average.clone() for average, _ in weights]
    trainer._step()
    for old, average, model in zip(
        before, trainer.state.average.parameters(), trainer.state.model.parameters(), strict=True
    ):
        torch.testing.assert_close(average, old.lerp(model, 10 / 12))
