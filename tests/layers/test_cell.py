"""What every cell has in common, and how the matrices of gates start."""

import itertools

import pytest
import torch
from torch import nn

from nmt.layers.cell import initialize_gates
from nmt.layers.recurrence import CELLS
from tests.bfloat16 import needs_bfloat16_lstm
from tests.layers.cells import B, D, H, T, make_cell, random, random_state


@pytest.fixture(params=CELLS)
def cell(request: pytest.FixtureRequest) -> nn.Module:
    return make_cell(request.param)


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


def test_a_batch_is_its_sentences(cell: nn.Module) -> None:
    x, state = random(B, T, D), random_state(cell)
    y, last = cell(x, state)
    for row in range(B):
        alone, alone_last = cell(x[row : row + 1], tuple(part[row : row + 1] for part in state))
        torch.testing.assert_close(alone[0], y[row])
        for part, expected in zip(alone_last, last, strict=True):
            torch.testing.assert_close(part[0], expected[row])


@pytest.mark.parametrize("position", range(T))
def test_an_input_changes_its_own_output_and_later_ones_alone(
    cell: nn.Module, position: int
) -> None:
    x, state = random(B, T, D), random_state(cell)
    other = x.clone()
    other[:, position] += random(B, D, seed=7)
    before, after = cell(x, state)[0], cell(other, state)[0]
    assert torch.equal(before[:, :position], after[:, :position])
    assert ((before - after)[:, position:].abs().amax(dim=2) > 0).all()


@pytest.mark.parametrize("steps", [1, T])
def test_shapes_are_those_of_the_protocol(cell: nn.Module, steps: int) -> None:
    y, state = cell(random(B, steps, D), random_state(cell))
    assert cell.hidden_size == H
    assert y.shape == (B, steps, H)
    assert [part.shape for part in state] == [(B, H)] * len(cell.start(y))


@pytest.mark.parametrize("steps", [1, T])
def test_a_state_is_a_value(cell: nn.Module, steps: int) -> None:
    x, state = random(B, steps, D), random_state(cell)
    before = [part.clone() for part in state]
    first, second = cell(x, state), cell(x, state)
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    assert all(torch.equal(part, copy) for part, copy in zip(state, before, strict=True))


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("kind", CELLS)
def test_gradients_are_the_finite_differences(kind: str, steps: int) -> None:
    cell = make_cell(kind, input_size=2, hidden_size=2)
    names = [name for name, _ in cell.named_parameters()]
    x, state = random(2, steps, 2).requires_grad_(), random_state(cell, rows=2)

    def run(*tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        weights = dict(zip(names, tensors[1 + len(state) :], strict=True))
        y, last = torch.func.functional_call(
            cell, weights, (tensors[0], tensors[1 : 1 + len(state)])
        )
        return y, *last

    inputs = (x, *(part.requires_grad_() for part in state), *cell.parameters())
    assert torch.autograd.gradcheck(run, inputs)


def test_gradients_reach_every_parameter(cell: nn.Module) -> None:
    y, _ = cell(random(B, T, D), random_state(cell))
    y.square().sum().backward()
    for name, parameter in cell.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name


@pytest.mark.parametrize("steps", [1, T])
def test_bfloat16_in_is_bfloat16_out(cell: nn.Module, steps: int) -> None:
    x, state = random(B, steps, D), random_state(cell)
    exact, _ = cell(x, state)
    y, last = cell.bfloat16()(x.bfloat16(), tuple(part.bfloat16() for part in state))
    assert y.dtype == torch.bfloat16
    torch.testing.assert_close(y.double(), exact, rtol=0.1, atol=0.1)
    cell(x.bfloat16(), last)  # its own state suits it


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=needs_bfloat16_lstm if kind == "lstm" else ()) for kind in CELLS],
)
def test_autocast_trains_in_one_go_and_step_by_step(kind: str) -> None:
    cell = make_cell(kind).float()
    x = random(B, T, D).float()
    exact, _ = cell(x, cell.start(x))
    with torch.autocast("cpu", torch.bfloat16):
        y, _ = cell(x, cell.start(x))
        state, steps = cell.start(x), []
        for t in range(T):
            step, state = cell(x[:, t : t + 1], state)
            steps.append(step)
    for result in (y, torch.cat(steps, dim=1)):
        torch.testing.assert_close(result.float(), exact, rtol=0.1, atol=0.1)
        (gradient,) = torch.autograd.grad(result.float().sum(), next(cell.parameters()))
        assert gradient.dtype == torch.float32 and gradient.isfinite().all()


# --- fresh weights ---


def test_each_gate_is_initialized_by_itself() -> None:
    weight = nn.Parameter(torch.zeros(4 * H, H))
    initialize_gates(weight, 4, nn.init.orthogonal_)
    gates = weight.detach().chunk(4)
    for gate in gates:
        torch.testing.assert_close(gate @ gate.T, torch.eye(H), rtol=0, atol=1e-6)
    for one, other in itertools.pairwise(gates):
        assert not torch.allclose(one, other)
    assert weight.requires_grad and weight.is_leaf
