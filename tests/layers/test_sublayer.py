"""Residual connections and norms around a function; B sentences, T time steps, D features."""

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.dropout import SequenceDropout
from nmt.layers.sublayer import FeedForward, Sublayer
from tests.layers.cells import random

B, T, D, INNER = 2, 3, 4, 10


def f(x: Tensor) -> Tensor:
    return torch.sin(3 * x)


def around(norm: str, residual: bool) -> Sublayer:
    """One whose norm is not that of the start, as after training."""
    sublayer = Sublayer(D, norm, residual=residual).double()
    with torch.no_grad():
        for number, parameter in enumerate(sublayer.parameters()):
            parameter.add_(random(D, seed=number))
    return sublayer


def normalize(x: Tensor, layer: nn.Module) -> Tensor:
    """Layer normalization (Ba et al. 2016), written out."""
    mean = x.mean(dim=2, keepdim=True)
    variance = (x - mean).square().mean(dim=2, keepdim=True)
    return (x - mean) / (variance + 1e-5).sqrt() * layer.weight + layer.bias


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("norm", ["none", "pre", "post"])
def test_agrees_with_its_equation_forward_and_backward(norm: str, residual: bool) -> None:
    sublayer, x = around(norm, residual), random(B, T, D).requires_grad_()
    y = f(normalize(x, sublayer.pre)) if norm == "pre" else f(x)
    y = x + y if residual else y
    expected = normalize(y, sublayer.post) if norm == "post" and residual else y
    actual = sublayer.after(x, f(sublayer.before(x)))
    torch.testing.assert_close(actual, expected)
    known = [x, *sublayer.parameters()]
    one, other = (torch.autograd.grad(y.sin().sum(), known) for y in (actual, expected))
    torch.testing.assert_close(one, other)


@pytest.mark.parametrize("norm", ["none", "post"])
def test_without_a_residual_connection_the_sizes_may_differ(norm: str) -> None:
    sublayer, y = Sublayer(D, norm, residual=False), torch.randn(B, T, 2 * D)
    assert torch.equal(sublayer.after(torch.randn(B, T, D), y), y)
    assert not list(sublayer.parameters())  # nothing that no gradient would reach


@pytest.mark.parametrize("norm", ["none", "pre", "post"])
def test_bfloat16_in_is_bfloat16_out(norm: str) -> None:
    sublayer, x = around(norm, residual=True).bfloat16(), random(B, T, D).bfloat16()
    assert sublayer.before(x).dtype == sublayer.after(x, x).dtype == torch.bfloat16


def make_feed_forward(dropout: float = 0.0) -> FeedForward:
    torch.manual_seed(1)
    layer = FeedForward(D, INNER, SequenceDropout(dropout)).double()
    with torch.no_grad():
        layer.widen.bias.copy_(random(INNER))
        layer.narrow.bias.copy_(random(D))
    return layer


def test_a_feed_forward_network_is_its_equation() -> None:
    layer, x = make_feed_forward(), random(B, T, D)
    W_1, b_1 = layer.widen.weight, layer.widen.bias
    W_2, b_2 = layer.narrow.weight, layer.narrow.bias
    expected = torch.clamp(x @ W_1.T + b_1, min=0) @ W_2.T + b_2
    torch.testing.assert_close(layer(x), expected)
    known = list(layer.parameters())
    one, other = (torch.autograd.grad(y.sin().sum(), known) for y in (layer(x), expected))
    torch.testing.assert_close(one, other)
    assert torch.autograd.gradcheck(layer, x.requires_grad_())


def test_a_feed_forward_network_reads_each_position_by_itself() -> None:
    layer, x = make_feed_forward(), random(B, T, D)
    steps = [layer(x[:, t : t + 1]) for t in range(T)]
    torch.testing.assert_close(torch.cat(steps, dim=1), layer(x))


def test_its_dropout_is_on_the_inner_features_in_training_alone() -> None:
    layer, x = make_feed_forward(dropout=0.5), random(B, T, D)
    torch.testing.assert_close(layer.eval()(x), make_feed_forward()(x))
    seen: list[Tensor] = []
    layer.narrow.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    layer.train()(torch.ones_like(x))
    dropped = (seen[0] == 0).all(dim=1)  # (B, INNER)
    assert torch.equal((seen[0] == 0).any(dim=1), dropped) and dropped.any()
