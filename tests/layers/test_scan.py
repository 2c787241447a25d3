"""The scan against a plain loop, both ways; B sentences, T time steps, H features."""

import pytest
import torch
from torch import Tensor

from nmt.layers.scan import in_sweeps, scan, step_by_step

B, H = 2, 3
LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 31, 64]
DEVICES = ["cpu"] + ["cuda"] * torch.cuda.is_available()  # steps on the one, sweeps on the other


def draw(steps: int, device: str = "cpu") -> tuple[Tensor, Tensor, Tensor]:
    """a between 0 and 1, as a gate gives it, b and a start."""
    generator = torch.Generator().manual_seed(steps)
    shapes = ((B, steps, H), (B, steps, H), (B, H))
    a, b, start = (torch.randn(*s, dtype=torch.float64, generator=generator) for s in shapes)
    return tuple(x.to(device).requires_grad_() for x in (a.sigmoid().detach(), b, start))  # type: ignore[return-value]


def plain(a: Tensor, b: Tensor, start: Tensor) -> Tensor:
    h, outputs = start, []
    for t in range(b.shape[1]):
        h = a[:, t] * h + b[:, t]
        outputs.append(h)
    return torch.stack(outputs, dim=1)


def gradients(h: Tensor, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Those of a sum in which every element has another weight."""
    weights = torch.randn(h.shape, dtype=h.dtype, generator=torch.Generator().manual_seed(0))
    return torch.autograd.grad((h * weights.to(h.device)).sum(), inputs)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("steps", LENGTHS)
def test_agrees_with_a_plain_loop_forward_and_backward(steps: int, device: str) -> None:
    inputs = draw(steps, device)
    actual, expected = scan(*inputs), plain(*inputs)
    torch.testing.assert_close(actual, expected)
    torch.testing.assert_close(gradients(actual, inputs), gradients(expected, inputs))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_gradients_are_the_finite_differences(steps: int, device: str) -> None:
    assert torch.autograd.gradcheck(scan, draw(steps, device))


@pytest.mark.parametrize("part", range(3))
def test_a_gradient_may_be_asked_of_one_input_alone(part: int) -> None:
    inputs = tuple(x.detach().requires_grad_(n == part) for n, x in enumerate(draw(5)))
    (expected,) = gradients(plain(*inputs), inputs[part : part + 1])
    (actual,) = gradients(scan(*inputs), inputs[part : part + 1])
    torch.testing.assert_close(actual, expected)


@pytest.mark.parametrize("steps", LENGTHS)
def test_sweeps_agree_with_a_plain_loop_forward_and_backward(steps: int) -> None:
    a, b, start = draw(steps)
    first = (b[:, :1] + a[:, :1] * start[:, None], b[:, 1:])  # as from a start of zeros
    actual, expected = in_sweeps(a, torch.cat(first, dim=1)), plain(a, b, start)
    torch.testing.assert_close(actual, expected)
    torch.testing.assert_close(gradients(actual, (a, b, start)), gradients(expected, (a, b, start)))


@pytest.mark.parametrize("steps", LENGTHS)
def test_steps_and_sweeps_agree_in_either_direction(steps: int) -> None:
    a, b, _ = (x.detach() for x in draw(steps))
    zeros = torch.zeros(B, H, dtype=torch.float64)
    ahead = step_by_step(a, b, zeros, range(steps))
    torch.testing.assert_close(in_sweeps(a, b), ahead)
    back = step_by_step(a, b, zeros, reversed(range(steps)))
    torch.testing.assert_close(in_sweeps(a.flip(1), b.flip(1)).flip(1), back)


def test_the_inputs_are_left_as_they_were() -> None:
    inputs = draw(9)
    copies = [x.detach().clone() for x in inputs]
    gradients(scan(*inputs), inputs)
    in_sweeps(*inputs[:2])
    assert all(torch.equal(x, copy) for x, copy in zip(inputs, copies, strict=True))


@pytest.mark.parametrize("factor", [0.0, 1.0])
def test_nothing_is_divided_so_that_gates_may_shut(factor: float) -> None:
    """With a = 0 nothing is kept, with a = 1 everything, and gradients stay finite."""
    _, b, start = draw(9)
    a = torch.full_like(b, factor).requires_grad_()
    h = scan(a, b, start)
    expected = b if factor == 0 else start[:, None] + b.cumsum(dim=1)
    torch.testing.assert_close(h, expected)
    assert all(gradient.isfinite().all() for gradient in gradients(h, (a, b, start)))
