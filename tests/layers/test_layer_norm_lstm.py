"""The layer-normalized LSTM against its equations; B, T, D, H as in `cells`."""

import itertools

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.cell import State
from nmt.layers.layer_norm_lstm import LayerNormLSTM
from tests.layers.cells import B, D, H, T, assert_agrees, make_cell, random, random_state


def normalize(a: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
    """N(a) over the features of a gate: (B, H) -> (B, H)."""
    mean = a.mean(dim=1, keepdim=True)
    variance = (a - mean).square().mean(dim=1, keepdim=True)
    return gain * (a - mean) / (variance + 1e-5).sqrt() + bias


def equations(cell: nn.Module, x: Tensor, state: State) -> tuple[Tensor, State]:
    h, c = state
    weights = (cell.input.weight.chunk(4), cell.recurrent.weight.chunk(4))
    gates = zip(*weights, cell.gain, cell.bias, strict=True)
    i, f, g, o = (normalize(x @ W.T + h @ U.T, gain, bias) for W, U, gain, bias in gates)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    h = torch.sigmoid(o) * torch.tanh(c)
    return h, (h, c)


@pytest.mark.parametrize("steps", [1, T])
def test_agrees_with_its_equations_forward_and_backward(steps: int) -> None:
    assert_agrees("layer_norm_lstm", equations, steps)


def test_the_scale_of_what_the_gates_read_does_not_matter() -> None:
    cell, (h, c) = make_cell("layer_norm_lstm"), random_state(make_cell("layer_norm_lstm"))
    x = random(B, 1, D)
    y, _ = cell(1e3 * x, (1e3 * h, c))
    torch.testing.assert_close(y, cell(1e6 * x, (1e6 * h, c))[0], rtol=1e-6, atol=1e-6)


def test_fresh_gates_are_orthogonal_and_the_forget_gate_is_open() -> None:
    cell = LayerNormLSTM(D, H)
    gates = cell.recurrent.weight.detach().chunk(4)
    for gate in gates:
        torch.testing.assert_close(gate @ gate.T, torch.eye(H), rtol=0, atol=1e-6)
    for one, other in itertools.pairwise(gates):
        assert not torch.allclose(one, other)
    assert cell.bias.sum(dim=1).tolist() == [0, H, 0, 0]
    assert (cell.gain == 1).all()
