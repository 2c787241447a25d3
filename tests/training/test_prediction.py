"""What a run is predicted to cost, by steps of it that leave no trace."""

from pathlib import Path

import pytest

from nmt.corpus.batches import Batch
from nmt.corpus.prepare import prepare
from nmt.corpus.training_batches import training_batches
from nmt.model_directory import TrainedModel, build_model
from nmt.training.objective import Objective
from nmt.training.prediction import Prediction, _length, _measured, predict
from nmt.training.run import RunOptions, train
from nmt.training.state import Progress, TrainingState
from nmt.training.step import make_optimizer
from nmt.training.trainer import Event
from tests.training.conftest import MakeConfig


def prediction(make_toy_config: MakeConfig, **training: object) -> tuple[Prediction, int]:
    """The prediction for the toy corpus, and its batches in an epoch."""
    config = make_toy_config(**training)
    prepared = prepare(config, log=lambda message: None)
    batches = training_batches(config, prepared)
    model = build_model(config, prepared.tokenizers)
    state = TrainingState(model, model, make_optimizer(model, config.training), Progress())
    trained = TrainedModel(Path(), config, prepared.tokenizers, model, config.data.max_length)
    return predict(state, trained, batches, pytest.fail), len(batches.plan(1, 0))


def test_a_run_ends_by_steps_epochs_or_time_whichever_comes_first(
    make_toy_config: MakeConfig,
) -> None:
    by_steps, epoch = prediction(make_toy_config, max_steps=30)
    assert by_steps.steps == 30
    assert by_steps.seconds == pytest.approx(30 * by_steps.seconds_per_step)
    by_epochs, _ = prediction(make_toy_config, max_steps=10**6, max_epochs=3)
    assert by_epochs.steps == 3 * epoch and by_epochs.epochs == 3
    by_time, _ = prediction(make_toy_config, max_steps=10**9, time_budget="1m")
    assert by_time.seconds == pytest.approx(60)
    assert by_time.steps == int(60 / by_time.seconds_per_step)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ({"max_steps": 100}, (100, 75 * 2 + 25 * 10)),
        ({"max_steps": 10**9, "time_budget": "800s"}, (600 / 2 + 200 / 10, 800)),
        ({"max_steps": 100, "time_budget": "350s"}, (75 + 20, 350)),
        ({"max_steps": 10**9, "max_epochs": 10, "time_budget": "1h"}, (100, 400)),
        ({"max_steps": None, "max_epochs": 10_000}, (100_000, 75_000 * 2 + 25_000 * 10)),
        ({"max_steps": None, "time_budget": "800s"}, (600 / 2 + 200 / 10, 800)),
        ({"max_steps": None}, (20_000, 15_000 * 2 + 5_000 * 10)),
    ],
)
def test_steps_of_both_kinds_count_by_their_share(
    ends: dict[str, object], expected: tuple[int, float], make_toy_config: MakeConfig
) -> None:
    config = make_toy_config(objective="risk_bleu", risk_after=0.75, **ends)
    assert _length(config, 10, 2.0, 10.0) == expected


def test_steps_by_risk_are_measured_too(
    make_toy_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []

    def take(state: TrainingState, batch: Batch, objective: Objective, **rest: object) -> None:
        taken.append(objective.cost is not None)

    monkeypatch.setattr("nmt.training.prediction.train_step", take)
    prediction(make_toy_config, objective="risk_bleu", risk_after=0.5)
    assert set(taken) == {True, False}
    taken.clear()
    prediction(make_toy_config)
    assert set(taken) == {False}


def test_a_prediction_changes_nothing_of_the_run(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_toy_config(max_steps=6, log_interval=1)
    losses = []
    for name, predicted in (("with", True), ("without", False)):
        events: list[Event] = []
        train(config, tmp_path / name, RunOptions(predict=predicted), listener=events.append)
        losses.append([event["loss"] for event in events if event["event"] == "train"])
        assert [e["steps"] for e in events if e["event"] == "prediction"] == [6] * predicted
    assert losses[0] == losses[1]


def test_memory_is_that_of_the_longest_sentences_too(
    make_toy_config: MakeConfig, toy: Path, tmp_path: Path
) -> None:
    """Additive attention is the dearer the longer both sides are, in batches of as many tokens."""
    lines = [(toy / f"train.{side}").read_text().splitlines() for side in ("src", "tgt")]
    long = [" ".join(side[:30]) for side in lines]
    for side, text, more in zip(("src", "tgt"), lines, long, strict=True):
        (tmp_path / f"train.{side}").write_text("\n".join([*text, more]) + "\n")
    config = make_toy_config(max_steps=1, valid=False)
    data = config.data.model_copy(update={"root": str(tmp_path)})
    config = config.model_copy(update={"data": data})
    batches = training_batches(config, prepare(config, log=lambda message: None))
    measured = _measured(batches.plan(1, 0).batches)
    tokens = [batches.make(rows, 1).source.shape[1] for rows in measured]
    assert max(tokens) > 60
    assert len(measured[0]) == max(map(len, batches.plan(1, 0).batches))
