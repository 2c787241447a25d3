"""R-Drop: two passes over a batch, with other dropout masks, should agree (Liang et al. 2021).

For the predictions p and q of the two passes of one batch, and a weight a (equation 4, halved, so
that the likelihood weighs as much as without it):

    loss = (L(p) + L(q)) / 2 + a / 4 * (KL(p || q) + KL(q || p))

With p = softmax(z) and d = log p - log q, the sum of both divergences is J = sum_v (p_v - q_v) d_v,
and dJ / dz_v = p_v (d_v - KL(p || q)) + p_v - q_v. Blocks of rows are taken in float32, as in
`nmt.training.loss`. N predictions, V tokens.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from nmt.text.vocabulary import PAD
from nmt.training.loss import BLOCK_ELEMENTS


class _Divergence(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor) -> Tensor:
        """Logits (2 N, V) of two passes, targets (N,) -> the sum of J, ()."""
        block = max(1, BLOCK_ELEMENTS // logits.shape[1])
        gradient = torch.empty_like(logits)
        total = torch.zeros((), device=logits.device)
        starts = range(0, len(targets), block)
        for start in starts:
            first = slice(start, min(start + block, len(targets)))
            second = slice(first.start + len(targets), first.stop + len(targets))
            log_p, log_q = (F.log_softmax(logits[rows].float(), dim=1) for rows in (first, second))
            real = (targets[first] != PAD).float()[:, None]
            p, q, d = log_p.exp() * real, log_q.exp() * real, log_p - log_q
            ahead, back = (p * d).sum(dim=1, keepdim=True), -(q * d).sum(dim=1, keepdim=True)
            gradient[first] = torch.addcmul(p - q, p, d - ahead).to(logits.dtype)
            gradient[second] = torch.addcmul(q - p, q, -d - back).to(logits.dtype)
            total += (ahead + back).sum()
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
