"""Elman's network, the GRU and the LSTM against their equations; B, T, D, H as in `cells`."""

import itertools
from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.cell import State
from nmt.layers.recurrence import CELLS
from nmt.settings import CellKind
from tests.layers.cells import B, D, H, Step, T, assert_agrees, make_cell, random, random_state

GATES = {"rnn": 1, "rnn_relu": 1, "gru": 3, "lstm": 4}


def gates(cell: nn.Module, count: int) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """W, U, b of the input side and c of the recurrent side, for each gate."""
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return list(zip(*(getattr(cell.layer, name).chunk(count) for name in names), strict=True))


# --- the equations of the docstrings, one step, the gates one by one ---


def rnn(cell: nn.Module, x: Tensor, state: State) -> tuple[Tensor, State]:
    (h,) = state
    ((W, U, b, c),) = gates(cell, 1)
    h = torch.tanh(x @ W.T + h @ U.T + b + c)
    return h, (h,)


def rnn_relu(cell: nn.Module, x: Tensor, state: State) -> tuple[Tensor, State]:
    (h,) = state
    ((W, U, b, c),) = gates(cell, 1)
    a = x @ W.T + h @ U.T + b + c
    h = torch.where(a > 0, a, 0.0)
    return h, (h,)


def gru(cell: nn.Module, x: Tensor, state: State) -> tuple[Tensor, State]:
    (h,) = state
    (W_r, U_r, b_r, c_r), (W_z, U_z, b_z, c_z), (W_n, U_n, b_n, c_n) = gates(cell, 3)
    r = torch.sigmoid(x @ W_r.T + h @ U_r.T + b_r + c_r)
    z = torch.sigmoid(x @ W_z.T + h @ U_z.T + b_z + c_z)
    n = torch.tanh(x @ W_n.T + b_n + r * (h @ U_n.T + c_n))
    h = (1 - z) * n + z * h
    return h, (h,)


def lstm(cell: nn.Module, x: Tensor, state: State) -> tuple[Tensor, State]:
    h, c = state
    i, f, g, o = (x @ W.T + h @ U.T + b + b_h for W, U, b, b_h in gates(cell, 4))
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    h = torch.sigmoid(o) * torch.tanh(c)
    return h, (h, c)


EQUATIONS: dict[str, Step] = {"rnn": rnn, "rnn_relu": rnn_relu, "gru": gru, "lstm": lstm}


@pytest.mark.parametrize("steps", [1, T])
@pytest.mark.parametrize("kind", EQUATIONS)
def test_agrees_with_its_equations_forward_and_backward(kind: str, steps: int) -> None:
    assert_agrees(kind, EQUATIONS[kind], steps)


@pytest.mark.parametrize("steps", [1, T])
@pytest.mark.parametrize("kind", EQUATIONS)
def test_the_first_part_of_the_state_is_the_last_output(kind: str, steps: int) -> None:
    cell = make_cell(kind)
    y, state = cell(random(B, steps, D), random_state(cell))
    assert torch.equal(state[0], y[:, -1])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("kind", [*EQUATIONS, "layer_norm_lstm", "deep_transition_gru"])
def test_the_start_is_zeros_of_the_type_of_the_rows(kind: str, dtype: torch.dtype) -> None:
    for part in make_cell(kind).start(torch.ones(B, 9, dtype=dtype)):
        assert part.shape == (B, H)
        assert part.dtype == dtype
        assert not part.any()


@pytest.mark.parametrize("kind", ["gru", "lstm", "layer_norm_lstm", "deep_transition_gru"])
def test_what_a_state_keeps_is_not_rounded_at_each_step(kind: str) -> None:
    """In bfloat16, whatever the type of the first state, which comes from other layers."""
    cell = make_cell(kind).bfloat16()
    x = random(B, 1, D).bfloat16()
    rounded = tuple(part.bfloat16() for part in random_state(cell))
    exact = tuple(part.float() for part in rounded)
    (y, state), (other, same) = cell(x, rounded), cell(x, exact)
    assert y.dtype == other.dtype == torch.bfloat16
    assert state[-1].dtype == torch.float32
    assert torch.equal(y, other) and torch.equal(state[-1], same[-1])


def test_an_lstm_step_by_step_is_about_as_exact_in_bfloat16_as_a_whole_sequence() -> None:
    torch.manual_seed(1)
    cell = CELLS["lstm"](64, 64)
    with torch.no_grad():
        cell.layer.bias_ih_l0[64:128] = 5.0  # hardly forget
    x = torch.randn(8, 100, 64).bfloat16()
    expected = cell(x.float(), cell.start(x.float()))[0][:, -1]
    cell, state = cell.bfloat16(), cell.start(x)
    whole = cell(x, state)[0][:, -1]
    for step in x.split(1, dim=1):
        y, state = cell(step, state)
    errors = [((found - expected).norm() / expected.norm()).item() for found in (whole, y[:, 0])]
    assert errors[1] < 2 * errors[0]  # products are rounded; with a rounded c it is over 4 times


def test_the_settings_name_every_cell() -> None:
    assert set(get_args(CellKind)) == set(CELLS)


# --- fresh weights ---


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_recurrent_matrices_are_orthogonal_gate_by_gate(kind: str) -> None:
    parts = gates(CELLS[kind](D, H).double(), GATES[kind])
    for _, U, _, _ in parts:
        torch.testing.assert_close(U @ U.T, torch.eye(H).double(), rtol=0, atol=1e-6)
    for (_, one, _, _), (_, other, _, _) in itertools.pairwise(parts):
        assert not torch.allclose(one, other)


def test_with_rectified_units_the_recurrent_matrix_is_the_identity() -> None:
    ((_, U, _, _),) = gates(CELLS["rnn_relu"](D, H), 1)
    assert torch.equal(U, torch.eye(H))


def test_fresh_rectified_units_hand_a_state_on_almost_unchanged() -> None:
    cell = CELLS["rnn_relu"](D, H).double()
    h = random(B, H).abs() + 0.1  # so that no unit is off
    y, _ = cell(random(B, T, D), (h,))
    torch.testing.assert_close(y, h[:, None].expand_as(y), rtol=0, atol=0.1)
    assert (y[:, 0] != h).all()  # the input counts, if little


@pytest.mark.parametrize("kind", EQUATIONS)
def test_biases_are_zero_but_for_an_open_forget_gate(kind: str) -> None:
    for number, (_, _, b, c) in enumerate(gates(CELLS[kind](D, H), GATES[kind])):
        forget = kind == "lstm" and number == 1
        assert torch.equal(b + c, torch.full((H,), float(forget)))
