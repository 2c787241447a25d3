"""The divergence of two passes is that of its equation, in value and gradient."""

import pytest
import torch
from torch.nn import functional as F

from nmt.text.vocabulary import PAD
from nmt.training.loss import BLOCK_ELEMENTS
from nmt.training.r_drop import divergence

B, T, V = 3, 7, 50


def random_case(rows: int = B, size: int = V) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (2 rows, T, size) of two passes and targets (rows, T), a third of them PAD."""
    generator = torch.Generator().manual_seed(rows * size)
    logits = torch.randn(2 * rows, T, size, generator=generator)
    targets = torch.randint(1, size, (rows, T), generator=generator)
    targets[torch.rand(rows, T, generator=generator) < 0.3] = PAD
    return logits, targets


def plain(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The sum of both divergences from torch's own functions."""
    first, second = F.log_softmax(logits, dim=2).chunk(2)
    options = {"reduction": "none", "log_target": True}
    apart = F.kl_div(first, second, **options) + F.kl_div(second, first, **options)  # type: ignore[arg-type]
    return (apart.sum(dim=2) * (targets != PAD)).sum()


@pytest.mark.parametrize(("rows", "size"), [(B, V), (1, 5), (200, 2000)])
def test_value_and_gradient_are_those_of_the_equation(rows: int, size: int) -> None:
    logits, targets = random_case(rows, size)
    expected_leaf = logits.double().requires_grad_()
    expected = plain(expected_leaf, targets)
    (expected_gradient,) = torch.autograd.grad(3 * expected, expected_leaf)
    leaf = logits.clone().requires_grad_()
    actual = divergence(leaf, targets)
    (gradient,) = torch.autograd.grad(3 * actual, leaf)
    torch.testing.assert_close(actual.double(), expected, rtol=1e-5, atol=1e-5)
    assert torch.equal(leaf, logits)  # the likelihood reads them next
    torch.testing.assert_close(gradient.double(), expected_gradient, rtol=1e-4, atol=1e-6)


def test_the_large_case_takes_several_blocks() -> None:
    assert 200 * T * 2000 > 2 * BLOCK_ELEMENTS


def test_equal_passes_do_not_differ() -> None:
    logits, targets = random_case()
    twice = torch.cat((logits[:B], logits[:B])).requires_grad_()
    apart = divergence(twice, targets)
    assert float(apart.detach()) == 0
    (gradient,) = torch.autograd.grad(apart, twice)
    assert not gradient.any()


def test_padding_counts_for_nothing() -> None:
    logits, targets = random_case()
    other = logits.clone()
    other[:B][targets == PAD] += 5 * torch.randn(int((targets == PAD).sum()), V)
    torch.testing.assert_close(divergence(other, targets), divergence(logits, targets))


def test_bfloat16_logits_have_a_bfloat16_gradient() -> None:
    logits, targets = random_case()
    leaf = logits.bfloat16().requires_grad_()
    (gradient,) = torch.autograd.grad(divergence(leaf, targets), leaf)
    assert gradient.dtype == torch.bfloat16
