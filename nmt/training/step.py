"""One step of the optimization."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from nmt.corpus.batches import Batch
from nmt.engine.memory import is_out_of_memory
from nmt.errors import NmtError
from nmt.settings import TrainingSettings
from nmt.training.averaging import update_average
from nmt.training.objective import Objective, Part, batch_loss
from nmt.training.state import TrainingState
from nmt.training.window import StepResult

ADAM_BETAS = (0.9, 0.98)


def make_optimizer(model: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """AdamW (Loshchilov & Hutter 2019), without weight decay on biases and gains."""
    named = list(model.named_parameters())
    vectors = [p for name, p in named if p.dim() <= 1 or name.endswith(("bias", "gain"))]
    kept = {id(p) for p in vectors}
    matrices = [p for _, p in named if id(p) not in kept]
    groups = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=ADAM_BETAS, fused=True)


def train_step(
    state: TrainingState,
    batch: Batch,
    objective: Objective,
    *,
    rate: float,
    warn: Callable[[str], None],
    sampled: float = 0.0,
) -> StepResult:
    """Update the weights and their average by one batch, at a learning rate.

    Random numbers are drawn from (seed, step). A loss or gradient that is not finite leaves the
    weights as they are.

    Args:
        sampled: the share of input tokens that are the model's own, in scheduled sampling.
    """
    settings = objective.settings
    seeds = np.random.SeedSequence((settings.seed, state.progress.step))
    torch.manual_seed(int(seeds.generate_state(1)[0]))  # a CPU uses no more than 32 bits of it
    share = _Share(objective, sampled, warn)
    with _precision(batch, settings):
        parts = objective.parts(state.model, batch, warn)
    sums = [_backward(state.model, part, share) for part in parts]
    loss, likelihood = sum(s[0] for s in sums), sum(s[1] for s in sums)
    norm = _finish_gradient(state.model, batch.target_tokens, settings.clip_norm)
    finite = norm < float("inf") and loss < float("inf")  # false for NaN, too
    if finite:
        for group in state.optimizer.param_groups:
            group["lr"] = rate
        state.optimizer.step()
        if state.average is not state.model:
            averaged = state.progress.step - state.progress.average_from
            update_average(state.average, state.model, settings.average_decay, averaged)
    state.optimizer.zero_grad(set_to_none=True)
    return StepResult(loss, likelihood, norm, finite)


@dataclass(frozen=True, slots=True)
class _Share:
    """What the parts of a batch have in common."""

    objective: Objective
    sampled: float
    warn: Callable[[str], None]


def _backward(model: nn.Module, part: Part, share: _Share) -> tuple[float, float]:
    """Add up the gradient of a part's loss; returns the loss and likelihood sums.

    When memory runs out, the part is halved, and its halves too: the same gradient, but for the
    dropout masks, which are drawn anew.
    """
    held = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    sums = _try_backward(model, part, share)
    if sums is not None:
        return sums
    batch = part.batch
    if len(batch) == 1:
        raise NmtError(
            f"out of memory on a single sentence pair of {batch.target_tokens:,} target "
            "tokens; lower data.max_length or the sizes of [model]"
        )
    for parameter, gradient in zip(model.parameters(), held, strict=True):
        parameter.grad = gradient
    half = len(batch) // 2
    batch_tokens = share.objective.settings.batch_tokens // 2
    share.warn(
        f"out of memory on a batch of {len(batch):,} sentences: going on with its halves "
        f"(in the next run, training.batch_tokens = {batch_tokens} avoids this)"
    )
    first = _backward(model, part.rows(slice(0, half)), share)
    second = _backward(model, part.rows(slice(half, None)), share)
    return first[0] + second[0], first[1] + second[1]


def _try_backward(model: nn.Module, part: Part, share: _Share) -> tuple[float, float] | None:
    """Forward and backward; None when memory runs out, and then the graph is not kept."""
    objective, sampled = share.objective, share.sampled
    try:
        with _precision(part.batch, objective.settings):
            loss = batch_loss(model, part.batch, objective, sampled, part.candidates)
        loss.total.backward()  # type: ignore[no-untyped-call]
        shown = loss.total if loss.expected_cost is None else loss.expected_cost
        return float(shown.detach()), float(loss.negative_log_likelihood)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return None


def _finish_gradient(model: nn.Module, tokens: int, clip_norm: float) -> float:
    """Make the gradient of a sum over tokens that of their mean, and clip it.

    Both in one pass over the gradient, which costs less than dividing the loss: that goes through
    the gradient of the logits, of which there are more than parameters.

    Returns:
        The norm before clipping.
    """
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    norm = float(nn.utils.get_total_norm(gradients)) / tokens
    clipped = clip_norm / norm if norm > clip_norm else 1.0
    torch._foreach_mul_(gradients, clipped / tokens)
    return norm


def _precision(batch: Batch, settings: TrainingSettings) -> torch.autocast:
    """In it, products are computed in the precision of the settings."""
    mixed = settings.precision == "bfloat16"
    return torch.autocast(batch.source.device.type, dtype=torch.bfloat16, enabled=mixed)
