"""One step: the same gradient however memory forces it to be cut, and no harm by a NaN."""

import copy
import weakref
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nmt.errors import NmtError
from nmt.layers.recurrence import CELLS
from nmt.settings import TrainingSettings
from nmt.training import objective as module
from nmt.training.loss import Loss, cross_entropy
from nmt.training.objective import Objective
from nmt.training.state import Progress, TrainingState
from nmt.training.step import make_optimizer, train_step
from nmt.training.window import StepResult
from tests.bfloat16 import needs_bfloat16_lstm
from tests.training.conftest import small_batch, small_model

SETTINGS = TrainingSettings(precision="float32", clip_norm=100.0, label_smoothing=0.1)


class Limited(nn.Module):
    """A model on a machine whose memory holds so many sentences."""

    def __init__(self, model: nn.Module, rows: int) -> None:
        super().__init__()
        self.model, self.rows = model, rows
        self.sizes: list[int] = []

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
        """The logits, if there is memory for them."""
        self.sizes.append(len(source))
        if len(source) > self.rows:
            raise torch.OutOfMemoryError("no memory")
        logits: Tensor = self.model(source, lengths, target)
        return logits


class Broken(nn.Module):
    """A model whose logits are multiplied by a factor, such as NaN."""

    def __init__(self, model: nn.Module, factor: float) -> None:
        super().__init__()
        self.model, self.factor = model, factor

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
        """The logits, spoilt."""
        logits: Tensor = self.model(source, lengths, target) * self.factor
        return logits


def make_state(model: nn.Module, optimizer: torch.optim.Optimizer | None = None) -> TrainingState:
    """The state of a first step."""
    average = copy.deepcopy(model).eval()
    made = optimizer or make_optimizer(model, SETTINGS)
    return TrainingState(model.train(), average, made, Progress(step=1))


def descend(
    model: nn.Module, settings: TrainingSettings = SETTINGS
) -> tuple[StepResult, list[str]]:
    """One step of plain gradient descent at rate 1: the weights move by the gradient."""
    state = make_state(model, torch.optim.SGD(model.parameters(), lr=1.0))
    warnings: list[str] = []
    result = train_step(state, small_batch(), Objective(settings), rate=1.0, warn=warnings.append)
    return result, warnings


def weights(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the parameters."""
    return {name: p.detach().clone() for name, p in model.named_parameters()}


NO_DROPOUT: dict[str, Any] = {"dropout": 0.0, "embedding_dropout": 0.0}


@pytest.mark.parametrize("rows", [7, 4, 3, 1])
def test_a_batch_cut_for_want_of_memory_gives_the_whole_gradient(rows: int) -> None:
    whole, cut = small_model(**NO_DROPOUT), small_model(**NO_DROPOUT)
    limited = Limited(cut, rows)
    (expected, _), (result, warnings) = descend(whole), descend(limited)
    assert weights(whole).keys() == weights(cut).keys()
    for name, value in weights(whole).items():
        torch.testing.assert_close(weights(cut)[name], value, rtol=1e-4, atol=1e-6)
    assert result.loss == pytest.approx(expected.loss, rel=1e-5)
    assert result.gradient_norm == pytest.approx(expected.gradient_norm, rel=1e-4)
    assert sum(size for size in limited.sizes if size <= rows) == 8  # each sentence once
    assert warnings and all("halves" in text and "batch_tokens" in text for text in warnings)


def test_the_gradient_test_can_fail() -> None:
    model = small_model(**NO_DROPOUT)
    before = weights(model)
    descend(model)
    moved = [name for name, value in weights(model).items() if not torch.equal(value, before[name])]
    assert len(moved) > len(before) // 2


def test_halves_start_without_what_the_whole_batch_held(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[weakref.ref[Tensor]] = []
    alive: list[bool] = []

    def cramped(logits: Tensor, targets: Tensor, smoothing: float) -> Loss:
        alive.extend(reference() is not None for reference in held)
        if len(logits) > 4:
            held.append(weakref.ref(logits))
            raise torch.OutOfMemoryError("no memory")
        return cross_entropy(logits, targets, smoothing)

    monkeypatch.setattr(module, "cross_entropy", cramped)
    descend(small_model())
    assert len(held) == 1 and alive == [False, False]


def test_a_single_pair_that_does_not_fit_is_a_users_mistake() -> None:
    with pytest.raises(NmtError, match=r"single sentence pair .* lower data\.max_length"):
        descend(Limited(small_model(), 0))


def test_other_errors_are_not_taken_for_want_of_memory() -> None:
    batch = small_batch()
    state = make_state(small_model())
    batch.target_input[0, 0] = 999  # no such token
    with pytest.raises((IndexError, RuntimeError)):
        train_step(state, batch, Objective(SETTINGS), rate=0.1, warn=lambda text: None)


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_leaves_everything_as_it_was(factor: float) -> None:
    model = Broken(small_model(), 1.0)
    state = make_state(model)
    train_step(state, small_batch(), Objective(SETTINGS), rate=0.01, warn=lambda text: None)
    before = weights(model), weights(state.average), copy.deepcopy(state.optimizer.state_dict())
    model.factor = factor
    result = train_step(
        state, small_batch(), Objective(SETTINGS), rate=0.01, warn=lambda text: None
    )
    assert not result.finite
    assert all(torch.equal(value, before[0][name]) for name, value in weights(model).items())
    assert all(torch.equal(v, before[1][name]) for name, v in weights(state.average).items())
    for number, moments in state.optimizer.state_dict()["state"].items():
        for name, value in moments.items():
            assert torch.equal(value, before[2]["state"][number][name])
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_finite_step_moves_weights_and_average() -> None:
    model = small_model()
    state = make_state(model)
    before = weights(model)
    result = train_step(
        state, small_batch(), Objective(SETTINGS), rate=0.01, warn=lambda text: None
    )
    assert result.finite and result.loss > 0 and result.gradient_norm > 0
    now, average = weights(model), weights(state.average)
    assert any(not torch.equal(now[name], before[name]) for name in now)
    assert any(not torch.equal(average[name], before[name]) for name in now)


@pytest.mark.parametrize("same", ["everything", "another seed", "another step"])
def test_dropout_is_drawn_from_seed_and_step(same: str) -> None:
    results = []
    for changed in (False, True):
        seed = 2 if changed and same == "another seed" else 1
        state = make_state(small_model(dropout=0.5))
        state.progress.step = 2 if changed and same == "another step" else 1
        torch.manual_seed(99 + changed)
        settings = SETTINGS.model_copy(update={"seed": seed})
        results.append(train_step(state, small_batch(), Objective(settings), rate=0.1, warn=print))
    assert (results[0] == results[1]) == (same == "everything")


def test_the_gradient_is_clipped_but_reported_as_it_was() -> None:
    free, clipped = small_model(**NO_DROPOUT), small_model(**NO_DROPOUT)
    start = weights(free)
    expected, _ = descend(free)
    limit = expected.gradient_norm / 10
    result, _ = descend(clipped, SETTINGS.model_copy(update={"clip_norm": limit}))
    moved = torch.cat([(v - start[n]).flatten() for n, v in weights(clipped).items()])
    assert float(moved.norm()) == pytest.approx(limit, rel=1e-3)
    assert result.gradient_norm == pytest.approx(expected.gradient_norm)


def test_the_rate_is_that_of_the_call() -> None:
    state = make_state(small_model())
    train_step(state, small_batch(), Objective(SETTINGS), rate=0.0123, warn=print)
    assert {group["lr"] for group in state.optimizer.param_groups} == {0.0123}


@pytest.mark.parametrize("cell", CELLS)
def test_biases_and_gains_do_not_decay(cell: str) -> None:
    model = small_model(cell=cell, norm="pre", attention="additive")
    optimizer = make_optimizer(model, SETTINGS.model_copy(update={"weight_decay": 0.5}))
    decays = {id(p): g["weight_decay"] for g in optimizer.param_groups for p in g["params"]}
    assert len(decays) == len(list(model.parameters()))
    for name, parameter in model.named_parameters():
        free = "bias" in name or "gain" in name or parameter.dim() == 1
        assert decays[id(parameter)] == (0.0 if free else 0.5), name


@needs_bfloat16_lstm
def test_mixed_precision_keeps_float32_weights() -> None:
    model = small_model(**NO_DROPOUT)
    exact, _ = descend(small_model(**NO_DROPOUT))
    result, _ = descend(model, SETTINGS.model_copy(update={"precision": "bfloat16"}))
    assert result.loss == pytest.approx(exact.loss, rel=0.02)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
