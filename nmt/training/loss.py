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

from nmt.text.vocabulary import PAD

BLOCK_ELEMENTS = 1 << 18  # of float32 in a block: 1 MiB


@dataclass(frozen=True, slots=True)
class Loss:
    """Sums over the predictions of a batch; padding counts for nothing."""

    total: Tensor  # () the loss to minimize, differentiable
    negative_log_likelihood: Tensor  # () without smoothing


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
        """The kept gradient times that of the loss."""
        (gradient,) = ctx.saved_tensors
        return gradient * scale.to(gradient.dtype), None, None


def _cross_entropy_block(rows: Tensor, y: Tensor, smoothing: float, *, write: bool) -> Tensor:
    """The two sums of a block of logits; with `write`, its gradient replaces the logits."""
    z = rows.float()  # (block, V)
    real = y != PAD
    z_y = z.gather(1, y[:, None])[:, 0]
    log_z = z.logsumexp(dim=1)
    likelihood = (log_z - z_y)[real].sum()
    uniform = (log_z - z.mean(dim=1))[real].sum()
    if write:
        z = (z - log_z[:, None]).exp_().sub_(smoothing / z.shape[1])
        z.scatter_add_(1, y[:, None], z.new_full((len(y), 1), smoothing - 1))
        rows.copy_(z.mul_(real[:, None]))
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
