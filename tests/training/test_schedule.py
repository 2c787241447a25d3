"""Learning-rate schedules: pure functions of step and progress."""

import itertools

import pytest

from nmt.settings import TrainingSettings
from nmt.training.schedule import (
    DECAY_SHARE,
    FINAL_SHARE,
    RISK_SHARE,
    WARMUP_SHARE,
    learning_rate,
    phases,
)

PEAK, WARMUP = 0.004, 100


def settings(schedule: str, warmup: int = WARMUP) -> TrainingSettings:
    """Settings with a peak of 0.004."""
    return TrainingSettings(learning_rate=PEAK, warmup_steps=warmup, schedule=schedule)  # type: ignore[arg-type]


SCHEDULES = ["wsd", "cosine", "inverse_sqrt", "constant"]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_warm_up_is_linear(schedule: str) -> None:
    for step in range(1, WARMUP * 9 // 10):  # then, late in a short run, cosine is below it
        for progress in (0.0, WARMUP_SHARE / 2 * step / WARMUP):
            rate = learning_rate(settings(schedule), step, progress)
            assert rate == pytest.approx(PEAK * step / WARMUP)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_warm_up_takes_a_fifth_of_a_short_run_and_then_its_schedule_begins(
    schedule: str,
) -> None:
    steps = 20
    rates = [learning_rate(settings(schedule), s, s / steps) for s in range(1, steps + 1)]
    assert rates[:3] == pytest.approx([PEAK / 4, PEAK / 2, PEAK * 3 / 4])
    assert rates[3:] == sorted(rates[3:], reverse=True)
    assert 0.9 * PEAK < rates[3] <= PEAK


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("warmup", [0, 1, WARMUP])
def test_the_peak_is_reached_after_the_warm_up_and_never_passed(schedule: str, warmup: int) -> None:
    assert learning_rate(settings(schedule, warmup), max(1, warmup), 0.0) == pytest.approx(PEAK)
    for step in range(1, 500, 7):
        assert 0 < learning_rate(settings(schedule, warmup), step, step / 500) <= PEAK * (1 + 1e-9)


def test_cosine_falls_to_its_floor() -> None:
    rates = [learning_rate(settings("cosine"), WARMUP, p / 100) for p in range(101)]
    assert all(later < earlier for earlier, later in itertools.pairwise(rates))
    assert rates[-1] == pytest.approx(FINAL_SHARE * PEAK)
    assert rates[50] == pytest.approx((1 + FINAL_SHARE) / 2 * PEAK)
    assert learning_rate(settings("cosine"), WARMUP, 1.7) == rates[-1]


def test_cosine_depends_on_progress_alone_once_warm() -> None:
    assert len({learning_rate(settings("cosine"), step, 0.3) for step in (100, 101, 10_000)}) == 1


def test_wsd_stays_at_its_peak_and_then_falls_in_a_straight_line() -> None:
    rates = [learning_rate(settings("wsd"), WARMUP, p / 100) for p in range(101)]
    stable = 100 - round(100 * DECAY_SHARE)
    assert set(rates[: stable + 1]) == {PEAK}
    falls = [earlier - later for earlier, later in itertools.pairwise(rates[stable:])]
    assert falls == pytest.approx([(1 - FINAL_SHARE) * PEAK / (100 - stable)] * (100 - stable))
    assert rates[-1] == pytest.approx(FINAL_SHARE * PEAK)
    assert learning_rate(settings("wsd"), WARMUP, 1.7) == rates[-1]


def test_inverse_sqrt_follows_its_law() -> None:
    for step in (WARMUP, 2 * WARMUP, 9 * WARMUP):
        rate = learning_rate(settings("inverse_sqrt"), step, 0.5)
        assert rate**2 * step == pytest.approx(PEAK**2 * WARMUP)


def test_constant_stays() -> None:
    for step, progress in ((WARMUP, 0.0), (5 * WARMUP, 0.7), (10**6, 1.0)):
        assert learning_rate(settings("constant"), step, progress) == PEAK


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_same_arguments_give_the_same_rate(schedule: str) -> None:
    arguments = [(1, 0.0), (150, 0.4), (7, 0.9), (150, 0.4), (1, 0.0)]
    rates = [learning_rate(settings(schedule), *pair) for pair in arguments]
    assert rates == [learning_rate(settings(schedule), *pair) for pair in reversed(arguments)][::-1]
    assert rates[1] == rates[3] and rates[0] == rates[4]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_risk_after_likelihood_has_a_low_rate_once_the_schedule_is_over(schedule: str) -> None:
    alone = settings(schedule)
    both = alone.model_copy(update={"objective": "risk_bleu", "risk_after": 0.8})
    for step, progress in ((1, 0.0), (150, 0.3), (400, 0.7), (400, 0.79)):
        rate = learning_rate(both, step, progress)
        assert rate == learning_rate(alone, step, progress / 0.8)
    assert {learning_rate(both, 400, p) for p in (0.8, 0.9, 1.0)} == {RISK_SHARE * PEAK}
    all_risk = alone.model_copy(update={"objective": "risk_bleu"})  # the fine-tuning of a model
    assert learning_rate(all_risk, 400, 0.9) == learning_rate(alone, 400, 0.9)


def test_the_phases_of_a_run_follow_one_another() -> None:
    def begins(schedule: str, objective: str = "likelihood", risk_after: float = 0) -> list[float]:
        update = {"objective": objective, "risk_after": risk_after}
        return phases(settings(schedule).model_copy(update=update))

    decay = 1 - DECAY_SHARE
    assert begins("wsd") == [0, decay]
    assert begins("wsd", "risk_bleu") == [0, decay]  # risk from the first step on
    assert begins("wsd", "risk_bleu", 0.5) == [0, 0.5 * decay, 0.5]
    assert begins("wsd", "risk_chrf", 0.9) == [0, 0.9 * decay, 0.9]
    assert begins("cosine", "risk_bleu", 0.9) == [0, 0.9]
    assert [begins(schedule) for schedule in SCHEDULES[1:]] == [[0]] * 3
