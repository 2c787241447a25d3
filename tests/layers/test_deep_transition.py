"""The GRU of several transitions against its equations; B, T, D, H as in `cells`."""

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.cell import State
from nmt.layers.deep_transition import TRANSITIONS, DeepTransitionGRU
from nmt.layers.recurrence import GRU
from tests.layers.cells import B, D, H, T, assert_agrees, make_cell, random, random_state


def equations(cell: nn.Module, x: Tensor, state: State) -> tuple[Tensor, State]:
    (h,) = state
    W_r, W_z, W_n = cell.input.weight.chunk(3)
    for number in range(TRANSITIONS):
        U_r, U_z, U_n = cell.recurrent[number].weight.chunk(3)
        b_r, b_z, b_n = cell.recurrent[number].bias.chunk(3)
        first = float(number == 0)  # W x is in the first transition alone
        r = torch.sigmoid(first * (x @ W_r.T) + h @ U_r.T + b_r)
        z = torch.sigmoid(first * (x @ W_z.T) + h @ U_z.T + b_z)
        n = torch.tanh(first * (x @ W_n.T) + r * (h @ U_n.T + b_n))
        h = (1 - z) * n + z * h
    return h, (h,)


@pytest.mark.parametrize("steps", [1, T])
def test_agrees_with_its_equations_forward_and_backward(steps: int) -> None:
    assert_agrees("deep_transition_gru", equations, steps)


def test_with_one_transition_it_is_a_gru() -> None:
    deep, gru = make_cell("deep_transition_gru"), GRU(D, H).double()
    deep.recurrent = deep.recurrent[:1]
    with torch.no_grad():
        gru.layer.weight_ih_l0.copy_(deep.input.weight)
        gru.layer.weight_hh_l0.copy_(deep.recurrent[0].weight)
        gru.layer.bias_hh_l0.copy_(deep.recurrent[0].bias)
    x, state = random(B, T, D), random_state(deep)
    torch.testing.assert_close(deep(x, state), gru(x, state))


def test_each_transition_has_its_own_fresh_orthogonal_gates() -> None:
    cell = DeepTransitionGRU(D, H)
    gates = [gate for layer in cell.recurrent for gate in layer.weight.detach().chunk(3)]
    assert len(gates) == 3 * TRANSITIONS
    for number, gate in enumerate(gates):
        torch.testing.assert_close(gate @ gate.T, torch.eye(H), rtol=0, atol=1e-6)
        assert not any(torch.allclose(gate, other) for other in gates[:number])
    assert not any(layer.bias.any() for layer in cell.recurrent)
