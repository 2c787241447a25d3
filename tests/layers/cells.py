"""What the tests of the cells share: random tensors, and a comparison with plain equations.

B sentences, T time steps, D input size, H hidden size; everything is float64.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from nmt.layers.cell import State
from nmt.layers.recurrence import CELLS

B, T, D, H = 3, 5, 4, 6

Step = Callable[[nn.Module, Tensor, State], tuple[Tensor, State]]


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def make_cell(kind: str, input_size: int = D, hidden_size: int = H, seed: int = 2) -> nn.Module:
    """A cell whose biases and gains are not those of the start, as after training."""
    torch.manual_seed(seed)
    cell = CELLS[kind](input_size, hidden_size).double()
    with torch.no_grad():
        for name, parameter in cell.named_parameters():
            if "bias" in name or "gain" in name:
                parameter.add_(torch.randn_like(parameter))
    return cell


def random_state(cell: nn.Module, rows: int = B) -> State:
    start = cell.start(random(rows, 1, 1))
    return tuple(random(*part.shape, seed=9 + number) for number, part in enumerate(start))


def assert_agrees(kind: str, step: Step, steps: int) -> None:
    """A cell is its equations, forward and backward.

    Args:
        step: the equations: (cell, x (B, D), state) -> (y (B, H), state).
    """
    cell = make_cell(kind)
    x = random(B, steps, D).requires_grad_()
    state = tuple(part.requires_grad_() for part in random_state(cell))
    outputs, last = [], state
    for t in range(steps):
        y, last = step(cell, x[:, t], last)
        outputs.append(y)
    expected = (torch.stack(outputs, dim=1), last)
    actual = cell(x, state)
    torch.testing.assert_close(actual, expected)
    torch.testing.assert_close(
        _gradients(cell, *actual, [x, *state]), _gradients(cell, *expected, [x, *state])
    )


def _gradients(cell: nn.Module, y: Tensor, state: State, inputs: list[Tensor]) -> list[Tensor]:
    """Those of a sum in which every output has another weight."""
    total = sum((part * random(*part.shape, seed=5)).sum() for part in (y, *state))
    assert isinstance(total, Tensor)
    return list(torch.autograd.grad(total, [*inputs, *cell.parameters()]))
