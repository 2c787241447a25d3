"""The fused cross-entropy is torch's, in value and gradient; padding counts for nothing."""

import pytest
import torch
from torch.nn import functional as F

from nmt.text.vocabulary import PAD
from nmt.training.loss import BLOCK_ELEMENTS, cross_entropy

B, T, V = 3, 7, 50


def random_case(rows: int = B, size: int = V) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (rows, T, size) and targets (rows, T), a third of them PAD."""
    generator = torch.Generator().manual_seed(rows * size)
    logits = 3 * torch.randn(rows, T, size, generator=generator)
    targets = torch.randint(1, size, (rows, T), generator=generator)
    targets[torch.rand(rows, T, generator=generator) < 0.3] = PAD
    return logits, targets


def torch_loss(
    logits: torch.Tensor, targets: torch.Tensor, smoothing: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The sum that torch's own function gives, and its gradient, in double precision."""
    z = logits.double().detach().requires_grad_()
    options = {"ignore_index": PAD, "label_smoothing": smoothing, "reduction": "sum"}
    total = F.cross_entropy(z.flatten(0, 1), targets.flatten(), **options)  # type: ignore[arg-type]
    (gradient,) = torch.autograd.grad(total, z)
    return total, gradient


def our_gradient(logits: torch.Tensor, targets: torch.Tensor, smoothing: float) -> torch.Tensor:
    """The gradient with respect to the logits, which the function overwrites: given a copy."""
    leaf = logits.detach().clone().requires_grad_()
    cross_entropy(leaf * 1, targets, smoothing).total.backward()  # type: ignore[no-untyped-call]
    assert leaf.grad is not None
    return leaf.grad


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
@pytest.mark.parametrize(("rows", "size"), [(B, V), (1, 5), (200, 2000)])
def test_value_and_gradient_are_torchs(rows: int, size: int, smoothing: float) -> None:
    logits, targets = random_case(rows, size)
    total, gradient = torch_loss(logits, targets, smoothing)
    loss = cross_entropy(logits.clone(), targets, smoothing)
    torch.testing.assert_close(loss.total.double(), total, rtol=1e-5, atol=1e-5)
    ours = our_gradient(logits, targets, smoothing)
    torch.testing.assert_close(ours.double(), gradient, rtol=1e-4, atol=1e-6)


def test_the_large_case_takes_several_blocks() -> None:
    assert 200 * T * 2000 > 2 * BLOCK_ELEMENTS


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_bfloat16_is_as_near_as_its_precision_allows(smoothing: float) -> None:
    logits, targets = random_case(20, 200)
    logits = logits.bfloat16()
    total, gradient = torch_loss(logits, targets, smoothing)
    loss = cross_entropy(logits.clone(), targets, smoothing)
    assert loss.total.dtype == torch.float32
    torch.testing.assert_close(loss.total.double(), total, rtol=1e-5, atol=1e-4)
    ours = our_gradient(logits, targets, smoothing)
    assert ours.dtype == torch.bfloat16
    torch.testing.assert_close(ours.double(), gradient, rtol=2**-8, atol=1e-6)


def test_the_likelihood_is_the_loss_without_smoothing() -> None:
    logits, targets = random_case()
    plain = cross_entropy(logits.clone(), targets, 0.0)
    smooth = cross_entropy(logits.clone(), targets, 0.3)
    torch.testing.assert_close(plain.total, plain.negative_log_likelihood)
    torch.testing.assert_close(smooth.negative_log_likelihood, plain.total)


def test_padding_counts_for_nothing() -> None:
    logits, targets = random_case()
    padded = torch.cat((logits, 9 * torch.ones(B, 4, V)), dim=1)
    padding = torch.cat((targets, torch.full((B, 4), PAD)), dim=1)
    bare, filled = (
        cross_entropy(z.clone(), y, 0.1) for z, y in ((logits, targets), (padded, padding))
    )
    for name in ("total", "negative_log_likelihood"):
        torch.testing.assert_close(getattr(filled, name), getattr(bare, name))
    gradient = our_gradient(padded, padding, 0.1)
    assert gradient[padding == PAD].abs().max() == 0
    assert gradient[padding != PAD].abs().amax(dim=1).min() > 0


def test_all_padding_is_zero() -> None:
    loss = cross_entropy(torch.randn(2, 3, V), torch.full((2, 3), PAD), 0.1)
    assert (float(loss.total), float(loss.negative_log_likelihood)) == (0, 0)


def test_the_gradient_scales_with_what_comes_after() -> None:
    logits, targets = random_case()
    leaf = logits.clone().requires_grad_()
    (cross_entropy(leaf * 1, targets, 0.1).total / 8).backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(leaf.grad, our_gradient(logits, targets, 0.1) / 8)


def test_without_gradients_the_logits_stay_as_they_are() -> None:
    logits, targets = random_case()
    before = logits.clone()
    cross_entropy(logits, targets, 0.1)
    assert torch.equal(logits, before)


def test_large_logits_do_not_overflow() -> None:
    logits, targets = random_case()
    loss = cross_entropy(1e4 * logits, targets, 0.1)
    assert loss.total.isfinite()
