"""A moving average of the weights (Polyak & Juditsky 1992), which is what translates."""

import torch
from torch import nn


def average_weight(decay: float, step: int) -> float:
    """How much of the average is kept at a step (from 1): less at first, when it knows little."""
    return min(decay, step / (step + 10))


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """average = w * average + (1 - w) * model, parameter by parameter."""
    keep = average_weight(decay, step)
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - keep)
