"""Cross-entropy with label smoothing, forward and gradient in one pass. N predictions, V tokens.

For the logits z of a prediction, its target y and a smoothing e (Szegedy et al. 2016):

    loss = (1 - e) * (log Z - z_y) + e * (log Z - mean(z))        log Z = log sum_v exp z_v
    d loss / d z_v = softmax(z)_v - (1 - e) [v = y] - e / V

Under autocast torch's own function works on a float32 copy of bfloat16 logits, N x V. Here blocks
of rows that fit a core's cache are taken in float32, and their gradient is written over the logits.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from nmt.text.vocabulary import PAD

BLOCK_ELEMENTS = 1 << 20  # of float32 in a block: 4 MiB; see benchmarks/cross_entropy.py


@dataclass(frozen=True, slots=True)
class Loss:
    """Sums over the predictions of a batch; padding counts for nothing."""

    total: Tensor  # () the loss to minimize, differentiable
    negative_log_likelihood: Tensor  # () without smoothing
    expected_cost: Tensor | None = None  # () in minimum risk training, where it is the aim


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, targets: Tensor, smoothing: float
    ) -> tuple[Tensor, Tensor]:
        """Logits (N, V) are overwritten by their gradient; targets (N,) may be PAD."""
        gradient = logits.detach()
        sums = torch.zeros(2)  # loss, negative log-likelihood
        block = max(1, BLOCK_ELEMENTS // logits.shape[1])
        for rows, y in zip(torch.split(gradient, block), torch.split(targets, block), strict=True):
            sums += _cross_entropy_block(rows, y, smoothing, write=logits.requires_grad)
        ctx.save_for_backward(gradient)
        total, likelihood = sums.to(logits.device).unbind()
        ctx.mark_non_differentiable(likelihood)
        return total, likelihood

    @staticmethod
    def backward(ctx: Any, scale: Tensor, *_: Tensor) -> tuple[Tensor, None, None]:
        """The kept gradient times that of the loss, in place: it is used once."""
        (gradient,) = ctx.saved_tensors
        if scale.is_cpu and scale == 1:  # as in training by likelihood
            return gradient, None, None
        return gradient.mul_(scale.to(gradient.dtype)), None, None


def _cross_entropy_block(rows: Tensor, y: Tensor, smoothing: float, *, write: bool) -> Tensor:
    """The two sums of a block of logits; with `write`, its gradient replaces the logits."""
    z = rows.float()  # (block, V)
    real = (y != PAD).float()
    largest, z_y, mean = z.amax(dim=1), z.gather(1, y[:, None])[:, 0], z.mean(dim=1)
    p = F.softmax(z, dim=1)  # one exponential an element; log Z follows from the largest of each
    log_z = largest - p.amax(dim=1).log()
    likelihood = ((log_z - z_y) * real).sum()
    uniform = ((log_z - mean) * real).sum()
    if write:
        p.mul_(real[:, None]).sub_((real * (smoothing / p.shape[1]))[:, None])
        p.scatter_add_(1, y[:, None], (real * (smoothing - 1))[:, None])
        rows.copy_(p)
    total = (1 - smoothing) * likelihood + smoothing * uniform
    return torch.stack((total, likelihood)).cpu()


def cross_entropy(logits: Tensor, targets: Tensor, smoothing: float) -> Loss:
    """The loss of logits (B, T, V) for targets (B, T); PAD is nothing to predict.

    When gradients are wanted, the logits are overwritten: use them for nothing else.
    """
    total, likelihood = _CrossEntropy.apply(  # type: ignore[no-untyped-call]
        logits.flatten(0, 1), targets.flatten(), smoothing
    )
    return Loss(total, likelihood)
