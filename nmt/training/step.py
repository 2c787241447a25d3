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
from nmt.training.objective import batch_loss
from nmt.training.state import TrainingState

ADAM_BETAS = (0.9, 0.98)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step saw; the sums are over its target tokens."""

    loss: float
    negative_log_likelihood: float
    gradient_norm: float  # before clipping
    finite: bool  # if not, the weights stayed as they were


def make_optimizer(model: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """AdamW (Loshchilov & Hutter 2019), without weight decay on biases."""
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() <= 1]
    groups = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=ADAM_BETAS, fused=True)


def train_step(
    state: TrainingState,
    batch: Batch,
    settings: TrainingSettings,
    *,
    rate: float,
    warn: Callable[[str], None],
) -> StepResult:
    """Update the weights and their average by one batch, at a learning rate.

    Random numbers are drawn from (seed, step). A loss or gradient that is not finite leaves the
    weights as they are.
    """
    seeds = np.random.SeedSequence((settings.seed, state.progress.step))
    torch.manual_seed(int(seeds.generate_state(1)[0]))  # a CPU uses no more than 32 bits of it
    loss, likelihood = _backward(state.model, batch, settings, batch.target_tokens, warn)
    norm = float(nn.utils.clip_grad_norm_(state.model.parameters(), settings.clip_norm))
    finite = norm < float("inf") and loss < float("inf")  # false for NaN, too
    if finite:
        for group in state.optimizer.param_groups:
            group["lr"] = rate
        state.optimizer.step()
        if state.average is not state.model:
            update_average(state.average, state.model, settings.average_decay, state.progress.step)
    state.optimizer.zero_grad(set_to_none=True)
    return StepResult(loss, likelihood, norm, finite)


def _backward(
    model: nn.Module,
    batch: Batch,
    settings: TrainingSettings,
    tokens: int,
    warn: Callable[[str], None],
) -> tuple[float, float]:
    """Add up the gradient of a batch's loss / tokens; returns the loss and likelihood sums.

    When memory runs out, the batch is halved, and its halves too: the same gradient, but for the
    dropout masks, which are drawn anew.
    """
    held = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    sums = _try_backward(model, batch, settings, tokens)
    if sums is not None:
        return sums
    if len(batch) == 1:
        raise NmtError(
            f"out of memory on a single sentence pair of {batch.target_tokens:,} target "
            "tokens; lower data.max_length or the sizes of [model]"
        )
    for parameter, gradient in zip(model.parameters(), held, strict=True):
        parameter.grad = gradient
    half = len(batch) // 2
    warn(
        f"out of memory on a batch of {len(batch):,} sentences: going on with its halves "
        f"(in the next run, training.batch_tokens = {settings.batch_tokens // 2} avoids this)"
    )
    first = _backward(model, batch.rows(slice(0, half)), settings, tokens, warn)
    second = _backward(model, batch.rows(slice(half, None)), settings, tokens, warn)
    return first[0] + second[0], first[1] + second[1]


def _try_backward(
    model: nn.Module, batch: Batch, settings: TrainingSettings, tokens: int
) -> tuple[float, float] | None:
    """Forward and backward; None when memory runs out, and then the graph is not kept."""
    mixed = settings.precision == "bfloat16"
    try:
        with torch.autocast(batch.source.device.type, dtype=torch.bfloat16, enabled=mixed):
            loss = batch_loss(model, batch, settings)
        (loss.total / tokens).backward()  # type: ignore[no-untyped-call]
        return float(loss.total.detach()), float(loss.negative_log_likelihood)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return None
