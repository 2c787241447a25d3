"""Scheduled sampling: which tokens are replaced, by what, and how many."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nmt.settings import TrainingSettings
from nmt.text.vocabulary import BOS, EOS, PAD
from nmt.training.scheduled_sampling import sampling_rate, with_own_predictions
from tests.training.conftest import small_batch, small_model


class Certain(nn.Module):
    """Is certain of the target tokens 7, 8, 9 ... by position, whatever it reads.

    PAD, BOS and EOS it likes still better.
    """

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
        """Logits (B, T, V)."""
        logits = torch.zeros(*target.shape, 40)
        for t in range(target.shape[1]):
            logits[:, t, 7 + t] = 100.0
        logits[:, :, [PAD, BOS, EOS]] = 1000.0
        return logits


class Even(nn.Module):
    """Finds one token twice as probable as each of two others."""

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
        """Logits (B, T, V)."""
        logits = torch.full((*target.shape, 20), float("-inf"))
        logits[:, :, 5] = torch.tensor(2.0).log()
        logits[:, :, 6:8] = 0.0
        return logits


def test_each_token_is_replaced_by_what_was_predicted_in_its_place() -> None:
    batch = small_batch()
    mixed = with_own_predictions(Certain(), batch, 1.0)
    for row, before in zip(mixed.target_input.tolist(), batch.target_input.tolist(), strict=True):
        real = [t for t in before if t != PAD]
        assert row == [BOS, *range(7, 7 + len(real) - 1)] + [PAD] * (len(row) - len(real))
    for name in ("source", "source_lengths", "target_output"):
        assert torch.equal(getattr(mixed, name), getattr(batch, name))


@pytest.mark.parametrize("probability", [0.0, 0.3, 0.8])
def test_the_share_that_is_replaced(probability: float) -> None:
    torch.manual_seed(1)
    batch = small_batch(rows=400)
    before = batch.target_input.clone()
    mixed = with_own_predictions(Even(), batch, probability)
    inner = (before != PAD) & (before != BOS)
    drawn = (mixed.target_input >= 5) & (mixed.target_input <= 7)
    given = ((before >= 5) & (before <= 7))[inner].float().mean()
    expected = probability + (1 - probability) * given
    assert float(drawn[inner].float().mean()) == pytest.approx(float(expected), abs=0.03)
    assert torch.equal(before, batch.target_input)  # the batch itself stays
    assert torch.equal(mixed.target_input[~inner], before[~inner])


def test_tokens_are_drawn_from_the_distribution() -> None:
    torch.manual_seed(1)
    batch = small_batch(rows=400)
    drawn = with_own_predictions(Even(), batch, 1.0).target_input[:, 1:]
    drawn = drawn[drawn != PAD]
    shares = [float((drawn == token).float().mean()) for token in (5, 6, 7)]
    assert shares == pytest.approx([0.5, 0.25, 0.25], abs=0.04)


def test_the_first_pass_leaves_no_gradient() -> None:
    model = small_model()
    mixed = with_own_predictions(model, small_batch(), 0.5)
    assert not mixed.target_input.requires_grad
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("settings", [{}, {"decoder": "luong", "input_feeding": True}])
def test_every_decoder_predicts_known_tokens(settings: dict[str, Any]) -> None:
    torch.manual_seed(1)
    drawn = with_own_predictions(small_model(**settings), small_batch(), 1.0).target_input
    assert int(drawn.max()) < 20
    assert not ((drawn == EOS) | (drawn == BOS))[:, 1:].any()


def test_the_share_grows_from_nothing_over_the_run() -> None:
    settings = TrainingSettings(scheduled_sampling=0.4)
    rates = [sampling_rate(settings, share) for share in (0.0, 0.25, 0.5, 1.0, 1.1)]
    assert rates == pytest.approx([0.0, 0.1, 0.2, 0.4, 0.4])
