"""Out of patience, a run goes on to its next phase, and all else in proportion."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.settings import TrainingSettings
from nmt.training.metric_log import read_metrics
from nmt.training.pace import enter_phase, hurry, is_impatient, next_phase, training_share
from nmt.training.run import RunOptions, train
from nmt.training.schedule import RISK_SHARE
from nmt.training.state import Progress
from nmt.training.trainer import Event
from tests.training.conftest import MakeConfig

BOTH = TrainingSettings(objective="risk_bleu", risk_after=0.9, patience=3)  # and wsd
DECAY = 0.7 * 0.9  # where its decay begins: that of the likelihood's share


def of_kind(events: list[Event], kind: str) -> list[Event]:
    """The events of one kind."""
    return [event for event in events if event["event"] == kind]


def per_cent(number: int) -> float:
    """A share."""
    return number / 100


@given(begun=st.integers(0, 90).map(per_cent), planned=st.integers(1, 60).map(per_cent))
def test_hurrying_comes_to_the_next_phase_and_no_further(begun: float, planned: float) -> None:
    """Wherever the run stands and however much of it was over before the first step."""
    progress = Progress(begun=begun, validations_without_best=3)
    over = begun + planned * (1 - begun)
    assert is_impatient(BOTH, progress) and next_phase(BOTH, progress) == DECAY
    later = hurry(BOTH, progress, over)
    assert later is not None and later == pytest.approx(begun + DECAY * (1 - begun))
    share = training_share(progress, over * progress.pace)
    assert DECAY <= share == pytest.approx(DECAY, rel=1e-6)
    assert not is_impatient(BOTH, progress)
    enter_phase(BOTH, progress, share)  # at the next step
    assert (progress.phase, progress.by_risk, next_phase(BOTH, progress)) == (1, False, 0.9)


@pytest.mark.parametrize("over", [0.71, 1.0])
def test_a_step_beyond_the_next_phase_is_not_taken_back(over: float) -> None:
    """The validation after that step may be the one that is out of patience."""
    progress = Progress(validations_without_best=3)
    assert hurry(BOTH, progress, over) == over
    assert over * progress.pace >= over


def test_the_last_phase_does_not_hurry() -> None:
    progress = Progress(step=7)
    enter_phase(BOTH, progress, 0.95)
    assert (progress.phase, progress.by_risk, progress.average_from) == (2, True, 7)
    assert hurry(BOTH, progress, 0.95) is None
    assert progress.pace == 1


def test_out_of_patience_at_the_peak_the_decay_begins_and_then_risk_in_proportion(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_toy_config(
        max_steps=10**6, learning_rate=1e-12, warmup_steps=0, patience=3, log_interval=1,
        objective="risk_bleu", risk_after=0.9,
    )  # fmt: skip
    reason = train(config, tmp_path)
    events = read_metrics(tmp_path)
    (hurry,) = of_kind(events, "hurry")
    assert (hurry["step"], hurry["fraction"], hurry["validations"]) == (40, 0.63, 3)
    last = of_kind(events, "end")[0]["step"]
    assert (reason, last) == ("finished", 64)  # 40 / 0.63, after two more validations
    rates = [event["learning_rate"] / 1e-12 for event in of_kind(events, "train")]
    assert rates[:39] == [1.0] * 39
    assert rates[39:57] == sorted(rates[39:57], reverse=True) and rates[56] < 0.03
    assert rates[57:] == pytest.approx([RISK_SHARE] * 7)
    losses = [event["loss"] for event in of_kind(events, "train")]  # the rate is too low to learn
    risky = [step for step, loss in enumerate(losses, 1) if loss < 0.8 * losses[0]]
    assert risky == list(range(59, 65))  # from 0.9 * 40 / 0.63 on


def test_a_phase_begins_with_all_patience(make_toy_config: MakeConfig, tmp_path: Path) -> None:
    """Three validations without a better one before the decay, from step 42 on, and one in it."""
    config = make_toy_config(max_steps=60, learning_rate=1e-12, patience=4)
    reason = train(config, tmp_path)
    events = read_metrics(tmp_path)
    assert [event["best"] for event in of_kind(events, "valid")] == [True] + [False] * 5
    assert (reason, of_kind(events, "hurry")) == ("finished", [])


@pytest.mark.parametrize("stopped", [25, 35, 45])
def test_a_run_that_hurries_resumes_as_if_it_had_never_stopped(
    make_toy_config: MakeConfig, tmp_path: Path, stopped: int
) -> None:
    config = make_toy_config(max_steps=10**6, learning_rate=1e-12, patience=2, log_interval=1)
    train(config, tmp_path / "whole")
    events = read_metrics(tmp_path / "whole")
    asked = iter(range(99))
    assert train(config, tmp_path / "x", stop_requested=lambda: next(asked) >= stopped)
    assert train(config, tmp_path / "x", RunOptions(resume=True)) == "finished"
    resumed = read_metrics(tmp_path / "x")
    for kind, key in (("train", "learning_rate"), ("hurry", "fraction"), ("end", "step")):
        expected = [event[key] for event in of_kind(events, kind)]
        assert [event[key] for event in of_kind(resumed, kind)] == expected
    assert of_kind(events, "hurry")[0]["step"] == 30


def test_a_run_that_hurried_goes_on_to_limits_that_are_raised(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_toy_config(max_steps=100, learning_rate=1e-12, patience=2, log_interval=1)
    train(config, tmp_path)
    assert read_metrics(tmp_path)[-1]["step"] == 43  # 30 / 0.7
    training = config.training.model_copy(update={"patience": 100})
    more = config.model_copy(update={"training": training})
    assert train(more, tmp_path, RunOptions(resume=True)) == "finished"
    events = read_metrics(tmp_path)
    rates = {event["step"]: event["learning_rate"] for event in of_kind(events, "train")}
    assert events[-1]["step"] == 100
    assert rates[60] == config.training.learning_rate > rates[90]
