"""All that a run needs to go on as if it had never stopped.

Random numbers need no state: each step draws them from (seed, step), and the order of the batches
is a function of (seed, epoch). `nmt.training.checkpoint` writes it.
"""

from dataclasses import dataclass, field

import torch
from torch import nn

from nmt.training.window import Window


@dataclass(slots=True)
class Progress:
    """Where a run stands."""

    step: int = 0
    epoch: int = 1
    part: int = 0  # of this epoch, which a very large corpus is cut into
    batch: int = 0  # batches of this part that are done
    phase: int = 0  # that the last step was in; see `nmt.training.schedule.phases`
    pace: float = 1.0  # of the run, against what was planned; impatience makes it faster
    by_risk: bool = False  # whether the last step was
    average_from: int = 0  # the step after which the average began anew, because risk did
    begun: float = 0.0  # the share of the run that was over before the first step
    seconds: float = 0.0  # of all its sessions, preparation included
    best_bleu: float = -1.0
    best_step: int = 0
    validations_without_best: int = 0
    validation_seconds: float = 0.0  # of the last validation
    validated_step: int = -1  # when it was
    kept_steps: list[int] = field(default_factory=list)  # whose validated weights are kept
    skipped: int = 0  # steps whose loss or gradient was not finite
    skipped_in_a_row: int = 0
    window: Window = field(default_factory=Window)


@dataclass(slots=True)
class TrainingState:
    """What is trained."""

    model: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    progress: Progress
