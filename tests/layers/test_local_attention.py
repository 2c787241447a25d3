"""Attention to a predicted window of the source; letters as in `attentions`."""

import pytest
import torch
from torch import Tensor, nn

from nmt.layers import local_attention
from tests.layers.attentions import B, H, T, assert_agrees, make_attention, random, read

LONG = 60


def middles(attention: nn.Module, query: Tensor, length: int) -> Tensor:
    """p_t, for a source of some length: (..., H) -> (...)."""
    W, v = attention.look.weight, attention.place.weight[0]
    return (length - 1) * torch.sigmoid(torch.tanh(query @ W.T) @ v)


def equations(attention: nn.Module, query: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
    U, window = attention.project.weight, local_attention.WINDOW
    sigma, nowhere = window / 2, torch.tensor(-torch.inf).double()
    rows = []
    for q, p in zip(query, middles(attention, query, len(memory)), strict=True):
        scores = [
            q @ U @ k - (s - p) ** 2 / (2 * sigma**2) if abs(s - p) <= window else nowhere
            for s, k in enumerate(memory)
        ]
        rows.append(torch.stack(scores).softmax(dim=0))
    weights = torch.stack(rows)
    return weights @ memory, weights


def test_agrees_with_its_equations_forward_and_backward() -> None:
    assert_agrees("local", equations)


def test_agrees_with_its_equations_where_the_window_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_attention, "WINDOW", 1)
    assert_agrees("local", equations)


def test_weights_are_zero_outside_the_window_and_sum_to_one() -> None:
    attention = make_attention("local")
    with torch.no_grad():
        attention.place.weight.mul_(5)  # so that the middles are everywhere
    query, memory = random(B, T, H, seed=2), random(B, LONG, H, seed=3)
    lengths = torch.tensor([LONG, 30, 1])
    mask = torch.arange(LONG)[None] < lengths[:, None]
    _, weights = read(attention, query, memory, mask)
    for row, length in enumerate(lengths.tolist()):
        p = middles(attention, query[row], length)  # (T,)
        inside = (torch.arange(LONG)[None] - p[:, None]).abs() <= local_attention.WINDOW
        assert torch.equal(weights[row] > 0, inside & mask[row])
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(B, T).double(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_middle_is_never_outside_the_source(sign: int) -> None:
    """Even at its end: the first token for a score of minus infinity, the last for plus."""
    attention = make_attention("local")
    with torch.no_grad():
        attention.look.weight.copy_(torch.eye(H))
        attention.place.weight.fill_(sign * 1e4)
    query, memory = torch.ones(B, T, H).double(), torch.zeros(B, LONG, H).double()
    lengths = torch.tensor([LONG, 30, 1])
    mask = torch.arange(LONG)[None] < lengths[:, None]
    best = read(attention, query, memory, mask)[1].argmax(dim=2)
    expected = lengths - 1 if sign > 0 else torch.zeros(3, dtype=torch.long)
    assert torch.equal(best, expected[:, None].expand(B, T))


def test_the_middle_learns() -> None:
    """Gradients reach the prediction of the window through the Gaussian inside the softmax."""
    attention = make_attention("local")
    context, _ = read(attention, random(B, T, H, seed=2), random(B, 6, H, seed=3))
    context.square().sum().backward()
    for layer in (attention.look, attention.place):
        assert layer.weight.grad.any()
