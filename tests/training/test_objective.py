"""The objectives: each alone, each with each other, in any memory, to the same bits."""

import copy
import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from nmt.corpus.batches import Batch
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import TrainingSettings
from nmt.training import objective as module
from nmt.training.objective import LIKELIHOOD_SHARE, Objective, batch_loss
from nmt.training.risk import CANDIDATES, expected_cost, find_candidates
from nmt.training.state import Progress, TrainingState
from nmt.training.step import make_optimizer, train_step
from nmt.training.window import StepResult
from tests.bfloat16 import needs_bfloat16_lstm
from tests.training.conftest import small_batch, small_model

NO_DROPOUT: dict[str, Any] = {"dropout": 0.0, "embedding_dropout": 0.0}
CHOICES: dict[str, dict[str, Any]] = {
    "weight_dropout": {"weight_dropout": 0.3},
    "scheduled_sampling": {"scheduled_sampling": 0.5},
    "r_drop": {"r_drop": 1.0},
    "guided_alignment": {"guided_alignment": 1.0},
    "risk": {"objective": "risk_bleu"},
}
SINGLES = [(name,) for name in CHOICES]
PAIRS = list(itertools.combinations(CHOICES, 2))
ALL = tuple(CHOICES)


def token_cost(
    translations: Sequence[Sequence[int]], references: Sequence[Sequence[int]]
) -> list[float]:
    """The share of the reference's tokens that a translation does not have in their place."""
    return [
        1 - sum(a == b for a, b in zip(u, y, strict=False)) / max(1, len(y), len(u))
        for u, y in zip(translations, references, strict=True)
    ]


def make(names: Sequence[str], **settings: Any) -> Objective:
    """The objective of some choices."""
    chosen = {key: value for name in names for key, value in CHOICES[name].items()}
    made = TrainingSettings(precision="float32", clip_norm=100.0)
    made = made.model_copy(update=chosen | settings)
    return Objective(made, token_cost if "risk" in names else None)


def aligned_batch(rows: int = 8) -> Batch:
    """A batch of which every target token is aligned to the first source token."""
    batch = small_batch(rows)
    alignment = torch.zeros(*batch.target_output.shape, batch.source.shape[1])
    alignment[:, :, 0] = (batch.target_output != 0).float()
    return replace(batch, alignment=alignment)


def step(model: Seq2Seq, objective: Objective, sampled: float) -> StepResult:
    """One step of gradient descent at rate 1."""
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    state = TrainingState(model.train(), model, optimizer, Progress(step=1))
    return train_step(state, aligned_batch(), objective, rate=1.0, warn=print, sampled=sampled)


CASES = [pytest.param(names, "float32") for names in (*SINGLES, *PAIRS)]
CASES += [pytest.param(names, "bfloat16", marks=needs_bfloat16_lstm) for names in (*SINGLES, ALL)]


@pytest.mark.parametrize(("names", "precision"), CASES, ids=str)
def test_all_pairs_teach_every_weight_and_to_the_same_bits(
    names: tuple[str, ...], precision: str
) -> None:
    sampled = 0.5 if "scheduled_sampling" in names else 0.0
    ends = []
    for _ in range(2):
        model = small_model(dropout=0.2)
        before = copy.deepcopy(model.state_dict())
        result = step(model, make(names, precision=precision), sampled)
        assert result.finite and result.loss > 0
        for name, value in model.state_dict().items():
            if "attention" not in name:  # of which a bias of the keys has no gradient
                assert not torch.equal(value, before[name]), name
        ends.append((result, model.state_dict()))
    assert ends[0][0] == ends[1][0]
    assert all(torch.equal(value, ends[1][1][name]) for name, value in ends[0][1].items())


@pytest.mark.parametrize("name", ["weight_dropout", "scheduled_sampling"])
def test_each_changes_the_step(name: str) -> None:
    """Without other dropout, whose masks would differ after any random number that is drawn."""
    sampled = 0.5 if name == "scheduled_sampling" else 0.0
    plain, other = small_model(**NO_DROPOUT), small_model(**NO_DROPOUT)
    assert step(plain, make(()), 0.0) != step(other, make([name]), sampled)


def test_the_weight_of_r_drop_changes_the_step_by_the_divergence() -> None:
    """With the same masks."""
    losses = [step(small_model(dropout=0.2), make((), r_drop=w), 0.0).loss for w in (1e-9, 1, 2)]
    assert losses[1] > losses[0]
    assert losses[2] - losses[1] == pytest.approx(losses[1] - losses[0], rel=1e-3)


@pytest.mark.parametrize(
    "precision", ["float32", pytest.param("bfloat16", marks=needs_bfloat16_lstm)]
)
def test_r_drop_without_dropout_is_the_likelihood(precision: str) -> None:
    plain, other = small_model(**NO_DROPOUT), small_model(**NO_DROPOUT)
    expected = step(plain, make((), precision=precision), 0.0)
    result = step(other, make(("r_drop",), precision=precision), 0.0)
    assert result.loss == pytest.approx(expected.loss, rel=1e-5)
    tolerance = {"rtol": 0.05, "atol": 0.01} if precision == "bfloat16" else {}
    for name, value in other.state_dict().items():
        torch.testing.assert_close(value, plain.state_dict()[name], msg=name, **tolerance)


def test_the_risk_is_that_of_the_whole_weights() -> None:
    model, batch = small_model(**NO_DROPOUT), small_batch()
    found, objective = find_candidates(model, batch), make(["risk", "weight_dropout"])
    expected = expected_cost(model, batch, found, token_cost).detach()
    loss = batch_loss(model, batch, objective, candidates=found)
    torch.testing.assert_close(loss.expected_cost, expected)


def test_the_loss_of_risk_is_a_mixture_and_the_log_has_the_expected_cost() -> None:
    model, batch = small_model(**NO_DROPOUT), small_batch()
    mixed = batch_loss(model, batch, make(["risk"]), candidates=find_candidates(model, batch))
    likelihood = batch_loss(model, batch, make([]))
    cost = expected_cost(model, batch, find_candidates(model, batch), token_cost).detach()
    torch.testing.assert_close(mixed.expected_cost, cost)
    total = LIKELIHOOD_SHARE * likelihood.total + (1 - LIKELIHOOD_SHARE) * cost
    torch.testing.assert_close(mixed.total, total)
    result = step(model, make(["risk"]), 0.0)
    assert result.loss == pytest.approx(float(cost), rel=1e-4)
    assert result.loss / batch.target_tokens <= 1
    expected = float(likelihood.negative_log_likelihood.detach())
    assert result.negative_log_likelihood == pytest.approx(expected, rel=1e-5)


def test_risk_takes_a_batch_in_parts_that_with_their_candidates_are_as_large() -> None:
    batch = small_batch(rows=20)
    found = make(["risk"]).parts(small_model(), batch, print)
    assert [len(part.candidates) for part in found] == [3, 3, 3, 3, 3, 3, 2]
    parts = [part.batch for part in found]
    assert [len(part) for part in parts] == [3, 3, 3, 3, 3, 3, 2]
    assert max(map(len, parts)) * CANDIDATES <= len(batch) + CANDIDATES
    assert torch.equal(torch.cat([part.source for part in parts]), batch.source)
    (whole,) = make([]).parts(small_model(), batch, print)
    assert torch.equal(whole.batch.source, batch.source)


@pytest.mark.parametrize("names", [("risk",), ("risk", "guided_alignment")], ids="+".join)
@pytest.mark.parametrize("rows", [4, 1])
def test_a_batch_cut_for_want_of_memory_has_the_same_gradient(
    names: tuple[str, ...], rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = small_model(**NO_DROPOUT), small_model(**NO_DROPOUT)
    monkeypatch.setattr(module, "CANDIDATES", 1)  # in one part, which is halved
    expected = step(whole, make(names), 0.0)
    sizes = []

    def cramped(model: Seq2Seq, batch: Batch, *arguments: Any) -> torch.Tensor:
        if len(batch) > rows:
            raise torch.OutOfMemoryError("no memory")
        sizes.append(len(batch))
        return expected_cost(model, batch, *arguments)

    monkeypatch.setattr(module, "expected_cost", cramped)
    result = step(cut, make(names), 0.0)
    assert sizes == [rows] * (8 // rows)
    assert result.loss == pytest.approx(expected.loss, rel=1e-4)
    assert result.negative_log_likelihood == pytest.approx(
        expected.negative_log_likelihood, rel=1e-4
    )
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(cut.state_dict()[name], value, rtol=1e-3, atol=1e-5)


def test_the_expected_cost_falls_and_further_than_by_likelihood() -> None:
    """On one batch."""
    settings, batch, ends = TrainingSettings(precision="float32"), small_batch(), []
    for names in (["risk"], []):
        model = small_model(**NO_DROPOUT, lexical=False)
        state = TrainingState(model.train(), model, make_optimizer(model, settings), Progress())
        for _ in range(30):  # what risk goes on from
            train_step(state, batch, make([]), rate=5e-3, warn=print)
        costs = [candidates_cost(model, batch)]
        for _ in range(10):
            train_step(state, batch, make(names), rate=5e-3, warn=print)
        ends.append([*costs, candidates_cost(model, batch)])
    risk, likelihood = ends
    assert risk[0] == likelihood[0]
    assert risk[1] < risk[0]
    assert risk[1] < likelihood[1]


def candidates_cost(model: Seq2Seq, batch: Batch) -> float:
    """What the translations of a batch are expected to cost now."""
    return float(expected_cost(model, batch, find_candidates(model, batch), token_cost).detach())
