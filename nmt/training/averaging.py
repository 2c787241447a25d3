"""Averages of weights, which translate better than the weights that training ends with.

The moving average is taken over the steps (Polyak & Juditsky 1992), the mean over the last models
that were validated (Sennrich et al. 2016; Vaswani et al. 2017, section 6.1).
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from nmt.model_directory import TrainedModel, build_model, load_weights


def average_weight(decay: float, step: int) -> float:
    """How much of the average is kept at a step (from 1): less at first, when it knows little."""
    return min(decay, step / (step + 10))


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """average = w * average + (1 - w) * model, parameter by parameter."""
    keep = average_weight(decay, step)
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - keep)


def mean_model(trained: TrainedModel, paths: Sequence[Path]) -> TrainedModel:
    """The same model with the mean of the weights in some files.

    Raises:
        ModelError: a file is missing, damaged, or of another architecture.
    """
    device = trained.model.output.weight.device
    model = build_model(trained.config, trained.tokenizers).to(device).eval()
    parameters: list[Tensor] = list(model.parameters())
    with torch.no_grad():
        mean = [torch.zeros_like(parameter) for parameter in parameters]
        for path in paths:
            load_weights(path, model)
            torch._foreach_add_(mean, parameters, alpha=1 / len(paths))
        torch._foreach_copy_(parameters, mean)
    return replace(trained, model=model)
