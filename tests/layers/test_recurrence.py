"""Recurrent cells against their equations, in float64; B sentences, T steps, D input, H hidden."""

import itertools
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.recurrence import (
    CELLS,
    BidirectionalLayer,
    State,
    reorder_time,
    reversal_index,
)

B, T, D, H = 3, 5, 4, 6
GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def make_cell(kind: str, input_size: int = D) -> nn.Module:
    """A cell whose biases are not zero, as after training."""
    torch.manual_seed(2)
    cell = CELLS[kind](input_size, H).double()
    with torch.no_grad():
        for name, parameter in cell.named_parameters():
            if "bias" in name:
                parameter.add_(torch.randn_like(parameter))
    return cell


def random_state(cell: nn.Module) -> State:
    start = cell.start(random(B, 1, D))
    return tuple(random(*part.shape, seed=9 + number) for number, part in enumerate(start))


@pytest.fixture(params=CELLS)
def cell(request: pytest.FixtureRequest) -> nn.Module:
    return make_cell(request.param)


# --- the equations of the docstrings, one step, the gates one by one ---


def gates(cell: nn.Module, count: int) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """W, U, b of the input side and c of the recurrent side, for each gate."""
    layer = cell.layer
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return list(zip(*(getattr(layer, name).chunk(count) for name in names), strict=True))


def rnn(cell: nn.Module, x: Tensor, state: State) -> State:
    (h,) = state
    ((W, U, b, c),) = gates(cell, 1)
    return (torch.tanh(x @ W.T + h @ U.T + b + c),)


def gru(cell: nn.Module, x: Tensor, state: State) -> State:
    (h,) = state
    (W_r, U_r, b_r, c_r), (W_z, U_z, b_z, c_z), (W_n, U_n, b_n, c_n) = gates(cell, 3)
    r = torch.sigmoid(x @ W_r.T + h @ U_r.T + b_r + c_r)
    z = torch.sigmoid(x @ W_z.T + h @ U_z.T + b_z + c_z)
    n = torch.tanh(x @ W_n.T + b_n + r * (h @ U_n.T + c_n))
    return ((1 - z) * n + z * h,)


def lstm(cell: nn.Module, x: Tensor, state: State) -> State:
    h, c = state
    i, f, g, o = (x @ W.T + h @ U.T + b + b_h for W, U, b, b_h in gates(cell, 4))
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


EQUATIONS: dict[str, Callable[[nn.Module, Tensor, State], State]] = {
    "rnn": rnn,
    "gru": gru,
    "lstm": lstm,
}


def plain(kind: str, cell: nn.Module, x: Tensor, state: State) -> tuple[Tensor, State]:
    outputs = []
    for t in range(x.shape[1]):
        state = EQUATIONS[kind](cell, x[:, t], state)
        outputs.append(state[0])
    return torch.stack(outputs, dim=1), state


def gradients(cell: nn.Module, y: Tensor, state: State, inputs: list[Tensor]) -> list[Tensor]:
    """Those of a sum in which every output has another weight."""
    total = sum((part * random(*part.shape, seed=5)).sum() for part in (y, *state))
    return list(torch.autograd.grad(total, [*inputs, *cell.parameters()]))


@pytest.mark.parametrize("steps", [1, T])
@pytest.mark.parametrize("kind", CELLS)
def test_agrees_with_its_equations_forward_and_backward(kind: str, steps: int) -> None:
    cell = make_cell(kind)
    x = random(B, steps, D).requires_grad_()
    state = tuple(part.requires_grad_() for part in random_state(cell))
    actual, expected = cell(x, state), plain(kind, cell, x, state)
    torch.testing.assert_close(actual, expected)
    torch.testing.assert_close(
        gradients(cell, *actual, [x, *state]), gradients(cell, *expected, [x, *state])
    )


# --- whole sequences and steps ---


@pytest.mark.parametrize("cut", range(1, T))
def test_a_sequence_may_be_cut_anywhere(cell: nn.Module, cut: int) -> None:
    x, state = random(B, T, D), random_state(cell)
    whole, last = cell(x, state)
    first, between = cell(x[:, :cut], state)
    second, end = cell(x[:, cut:], between)
    torch.testing.assert_close(torch.cat((first, second), dim=1), whole)
    torch.testing.assert_close(end, last)


def test_step_by_step_is_the_whole_sequence(cell: nn.Module) -> None:
    x, state = random(B, T, D), random_state(cell)
    whole, last = cell(x, state)
    for t in range(T):
        y, state = cell(x[:, t : t + 1], state)
        torch.testing.assert_close(y, whole[:, t : t + 1])
    torch.testing.assert_close(state, last)


@pytest.mark.parametrize("steps", [1, T])
def test_the_first_part_of_the_state_is_the_last_output(cell: nn.Module, steps: int) -> None:
    y, state = cell(random(B, steps, D), random_state(cell))
    assert y.shape == (B, steps, H)
    assert [part.shape for part in state] == [(B, H)] * len(state)
    assert torch.equal(state[0], y[:, -1])


@pytest.mark.parametrize("steps", [1, T])
def test_a_state_is_a_value(cell: nn.Module, steps: int) -> None:
    x, state = random(B, steps, D), random_state(cell)
    before = [part.clone() for part in state]
    first, second = cell(x, state), cell(x, state)
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    assert all(torch.equal(part, copy) for part, copy in zip(state, before, strict=True))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_start_is_zeros_of_the_type_of_the_rows(cell: nn.Module, dtype: torch.dtype) -> None:
    for part in cell.start(torch.ones(B, 9, dtype=dtype)):
        assert part.shape == (B, H)
        assert part.dtype == dtype
        assert not part.any()


# --- fresh weights ---


@pytest.mark.parametrize("kind", CELLS)
def test_recurrent_matrices_are_orthogonal_gate_by_gate(kind: str) -> None:
    parts = gates(CELLS[kind](D, H).double(), GATES[kind])
    for _, U, _, _ in parts:
        torch.testing.assert_close(U @ U.T, torch.eye(H).double(), rtol=0, atol=1e-6)
    for (_, one, _, _), (_, other, _, _) in itertools.pairwise(parts):
        assert not torch.allclose(one, other)


@pytest.mark.parametrize("kind", CELLS)
def test_biases_are_zero_but_for_an_open_forget_gate(kind: str) -> None:
    for number, (_, _, b, c) in enumerate(gates(CELLS[kind](D, H), GATES[kind])):
        forget = kind == "lstm" and number == 1
        assert torch.equal(b + c, torch.full((H,), float(forget)))


# --- reversal ---

LENGTHS = [[1], [4], [5, 5], [1, 2, 3, 4, 5], [5, 1, 3]]


@pytest.mark.parametrize("lengths", LENGTHS)
def test_each_sequence_is_reversed_within_its_length(lengths: list[int]) -> None:
    x = random(len(lengths), T, D)
    reversed_x = reorder_time(x, reversal_index(torch.tensor(lengths), T))
    for row, length in enumerate(lengths):
        assert torch.equal(reversed_x[row, :length], x[row, :length].flip(0))
        assert torch.equal(reversed_x[row, length:], x[row, length:])


@pytest.mark.parametrize("lengths", LENGTHS)
def test_reversing_twice_changes_nothing(lengths: list[int]) -> None:
    x, index = random(len(lengths), T, D), reversal_index(torch.tensor(lengths), T)
    assert torch.equal(reorder_time(reorder_time(x, index), index), x)


@pytest.mark.parametrize("kind", CELLS)
def test_a_bidirectional_layer_reads_ahead_and_back(kind: str) -> None:
    ahead, back = make_cell(kind), CELLS[kind](D, H).double()
    x = random(B, T, D)
    y = BidirectionalLayer(ahead, back)(x, reversal_index(torch.full((B,), T), T))
    torch.testing.assert_close(y[:, :, :H], ahead(x, ahead.start(x))[0])
    torch.testing.assert_close(y[:, :, H:], back(x.flip(1), back.start(x))[0].flip(1))


@pytest.mark.parametrize("kind", CELLS)
def test_padding_changes_nothing_in_either_direction(kind: str) -> None:
    layer = BidirectionalLayer(make_cell(kind), CELLS[kind](D, H).double())
    x, lengths = random(B, T, D), torch.tensor([5, 2, 1])
    padded = layer(x, reversal_index(lengths, T))
    for row, length in enumerate(lengths.tolist()):
        alone = layer(x[row : row + 1, :length], reversal_index(lengths[row : row + 1], length))
        torch.testing.assert_close(padded[row, :length], alone[0])
