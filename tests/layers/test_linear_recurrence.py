"""The cells without recurrent products against their equations; B, T, D, H as in `cells`."""

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.cell import State
from nmt.layers.recurrence import CELLS
from tests.layers.cells import B, D, H, Step, T, assert_agrees, make_cell, random, random_state


def gates(cell: nn.Module, x: Tensor, count: int) -> list[Tensor]:
    """W x + b of the candidate and the gates, each with its own W and b."""
    parts = zip(cell.project.weight.chunk(count), cell.project.bias.chunk(count), strict=True)
    return [x @ W.T + b for W, b in parts]


def ssru(cell: nn.Module, x: Tensor, state: State) -> tuple[Tensor, State]:
    (c,) = state
    candidate, f = gates(cell, x, 2)
    f = torch.sigmoid(f)
    c = f * c + (1 - f) * candidate
    return torch.where(c > 0, c, 0.0), (c,)


def mingru(cell: nn.Module, x: Tensor, state: State) -> tuple[Tensor, State]:
    (h,) = state
    candidate, kept = gates(cell, x, 2)
    z = 1 - torch.sigmoid(kept)
    h = (1 - z) * h + z * candidate
    return h, (h,)


def minlstm(cell: nn.Module, x: Tensor, state: State) -> tuple[Tensor, State]:
    (h,) = state
    candidate, f, i = gates(cell, x, 3)
    f, i = torch.sigmoid(f), torch.sigmoid(i)
    h = f / (f + i) * h + i / (f + i) * candidate
    return h, (h,)


EQUATIONS: dict[str, Step] = {"ssru": ssru, "mingru": mingru, "minlstm": minlstm}


@pytest.mark.parametrize("steps", [1, T, 4 * T])
@pytest.mark.parametrize("kind", EQUATIONS)
def test_agrees_with_its_equations_forward_and_backward(kind: str, steps: int) -> None:
    assert_agrees(kind, EQUATIONS[kind], steps)


@pytest.mark.parametrize("kind", EQUATIONS)
def test_the_start_is_zeros_in_no_less_than_float32(kind: str) -> None:
    for dtype, wide in (
        (torch.bfloat16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ):
        (state,) = make_cell(kind).start(torch.ones(B, 9, dtype=dtype))
        assert state.shape == (B, H) and state.dtype == wide and not state.any()


@pytest.mark.parametrize("steps", [1, T])
@pytest.mark.parametrize("kind", EQUATIONS)
def test_the_state_stays_float32_with_weights_of_bfloat16(kind: str, steps: int) -> None:
    cell = make_cell(kind).bfloat16()
    x = random(B, steps, D).bfloat16()
    for start in (cell.start(x), (random(B, H).bfloat16(),)):
        y, (state,) = cell(x, start)
        assert y.dtype == torch.bfloat16 and state.dtype == torch.float32


@pytest.mark.parametrize("steps", [1, T])
@pytest.mark.parametrize("kind", EQUATIONS)
def test_the_state_stays_float32_under_autocast(kind: str, steps: int) -> None:
    cell, x = make_cell(kind).float(), random(B, steps, D).float()
    with torch.autocast("cpu", torch.bfloat16):
        for read in (x, x.bfloat16()):
            y, (state,) = cell(read, cell.start(read))
            assert y.dtype == read.dtype and state.dtype == torch.float32


@pytest.mark.parametrize("kind", EQUATIONS)
def test_a_long_past_is_not_lost_in_bfloat16(kind: str) -> None:
    """Small changes of a state add up, as they would not with the eight bits of bfloat16."""
    cell = CELLS[kind](1, 1)
    with torch.no_grad():
        cell.project.weight.zero_()
        cell.project.bias[0] = 1.0  # the candidate
        cell.project.bias[1] = 6.0  # hardly forget
        cell.project.bias[2:] = 0.0
    x = torch.zeros(1, 400, 1)
    exact = cell(x, cell.start(x))[1][0]
    state = cell.bfloat16()(x.bfloat16(), cell.start(x.bfloat16()))[1][0]
    torch.testing.assert_close(state, exact, rtol=0.02, atol=0)


@pytest.mark.parametrize("kind", EQUATIONS)
def test_the_second_gate_starts_open_and_the_others_at_zero(kind: str) -> None:
    cell = CELLS[kind](D, H)
    _, forget, *rest = cell.project.bias.chunk(3 if kind == "minlstm" else 2)
    assert (forget == 1).all()
    assert cell.project.bias.sum().item() == H
    assert not any(part.any() for part in rest)


@pytest.mark.parametrize("kind", EQUATIONS)
def test_the_state_forgets_or_keeps_as_the_gates_say(kind: str) -> None:
    """With a gate wide open nothing is read, with a gate shut nothing is kept."""
    cell = make_cell(kind)
    x, (before,) = random(B, T, D), random_state(cell)
    with torch.no_grad():
        cell.project.bias[H : 2 * H] = 80.0
        if kind == "minlstm":
            cell.project.bias[2 * H :] = -80.0
    torch.testing.assert_close(cell(x, (before,))[1][0], before)
    with torch.no_grad():
        cell.project.bias[H : 2 * H] = -80.0
        if kind == "minlstm":
            cell.project.bias[2 * H :] = 80.0
    torch.testing.assert_close(cell(x, (before,))[1], cell(x, (before + 1e3,))[1])
