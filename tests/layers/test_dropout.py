"""Dropout draws one mask a sequence, or one a word; B sentences, T time steps, D features."""

import pytest
import torch
from torch import nn

from nmt.layers.dropout import SequenceDropout, WordDropout

B, T, D = 5, 7, 40
PROBABILITY = 0.3

# each kind with the axis along which all elements share their fate, and the others
KINDS = [
    pytest.param(SequenceDropout, 1, id="sequence"),
    pytest.param(WordDropout, 2, id="word"),
]


@pytest.mark.parametrize(("kind", "axis"), KINDS)
def test_one_mask_is_shared_along_one_axis(kind: type[nn.Module], axis: int) -> None:
    torch.manual_seed(1)
    y = kind(PROBABILITY).train()(torch.ones(B, T, D))
    first = y.select(axis, 0).unsqueeze(axis)
    assert torch.equal(y, first.expand_as(y))
    assert first.unique().tolist() == pytest.approx([0, 1 / (1 - PROBABILITY)])


@pytest.mark.parametrize(("kind", "axis"), KINDS)
def test_every_sentence_has_its_own_mask(kind: type[nn.Module], axis: int) -> None:
    torch.manual_seed(1)
    masks = kind(0.5).train()(torch.ones(B, T, D)).select(axis, 0)
    assert len({tuple(mask.tolist()) for mask in masks}) == B


@pytest.mark.parametrize(("kind", "axis"), KINDS)
def test_the_expectation_is_kept(kind: type[nn.Module], axis: int) -> None:
    torch.manual_seed(1)
    draws = torch.ones(20_000, 3, 2)
    mean = kind(PROBABILITY).train()(draws).mean(dim=0)
    # the deviation of a mean of n draws is sqrt(p / (1 - p) / n), here 0.0046
    torch.testing.assert_close(mean, torch.ones(3, 2), rtol=0, atol=0.025)


@pytest.mark.parametrize(("kind", "axis"), KINDS)
def test_nothing_is_dropped_in_evaluation_or_with_probability_zero(
    kind: type[nn.Module], axis: int
) -> None:
    x = torch.randn(B, T, D)
    assert torch.equal(kind(0.9).eval()(x), x)
    assert torch.equal(kind(0.0).train()(x), x)


@pytest.mark.parametrize(("kind", "axis"), KINDS)
def test_gradients_pass_where_values_do(kind: type[nn.Module], axis: int) -> None:
    x = torch.ones(B, T, D, requires_grad=True)
    y = kind(PROBABILITY).train()(x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())
