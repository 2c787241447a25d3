"""R-Drop: two passes over a batch, with other dropout masks, should agree (Liang et al. 2021).

For the predictions p and q of the two passes of one batch, and a weight a (equation 4, halved, so
that the likelihood weighs as much as without it):

    loss = (L(p) + L(q)) / 2 + a / 4 * (KL(p || q) + KL(q || p))

With p = softmax(y), q = softmax(z) and d = y - z, the sum of both divergences is
J = sum_v (p_v - q_v) d_v, for the normalizers cancel, and dJ / dy_v = p_v (d_v - sum_u p_u d_u) +
p_v - q_v. Blocks of rows are taken in float32, as in `nmt.training.loss`. N predictions, V tokens.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from nmt.text.vocabulary import PAD
from nmt.training.loss import BLOCK_ELEMENTS

BUFFERS = 8  # blocks that are at hand at once and should stay in a core's cache


class _Divergence(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor) -> Tensor:
        """Logits (2 N, V) of two passes, targets (N,) -> the sum of J, ()."""
        block = max(1, BLOCK_ELEMENTS // BUFFERS // logits.shape[1])
        gradient = torch.empty_like(logits)
        total = torch.zeros((), device=logits.device)
        for start in range(0, len(targets), block):
            first = slice(start, min(start + block, len(targets)))
            second = slice(first.start + len(targets), first.stop + len(targets))
            y, z = logits[first].float(), logits[second].float()
            p, q = F.softmax(y, dim=1), F.softmax(z, dim=1)
            d = y - z  # not in the place of y, which may be the logits themselves
            real = (targets[first] != PAD).float()[:, None]
            apart = (p - q).mul_(real)
            d.mul_(real)
            mean_p, mean_q = (torch.einsum("nv,nv->n", x, d)[:, None] for x in (p, q))
            gradient[first] = p.mul_(d - mean_p).add_(apart)
            gradient[second] = q.mul_(d.sub_(mean_q)).add_(apart).neg_()
            total += (mean_p - mean_q).sum()
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor, None]:
        """The kept gradient times that of the loss, in place: it is used once."""
        (gradient,) = ctx.saved_tensors
        return gradient.mul_(scale.to(gradient.dtype)), None


def divergence(logits: Tensor, targets: Tensor) -> Tensor:
    """The sum over the predictions of KL(p || q) + KL(q || p); PAD is nothing to predict.

    Args:
        logits: of two passes, one after the other, (2 B, T, V).
        targets: (B, T).
    """
    total: Tensor = _Divergence.apply(  # type: ignore[no-untyped-call]
        logits.flatten(0, 1), targets.flatten()
    )
    return total
