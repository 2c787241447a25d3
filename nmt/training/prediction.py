"""How long a run will take, and how much memory: measured by some steps of it, not guessed."""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from nmt.config import Config
from nmt.corpus.training_batches import TrainingBatches
from nmt.model_directory import TrainedModel
from nmt.settings import parse_duration
from nmt.training.objective import Objective, make_objective
from nmt.training.state import TrainingState
from nmt.training.step import train_step

MEASURED_STEPS = 3  # of usual batches

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a run will cost, unless it ends early because nothing gets better."""

    steps: int
    epochs: float
    seconds: float
    seconds_per_step: float  # by likelihood, where both kinds are taken
    memory: int  # bytes at the peak, of the device that trains


def predict(
    state: TrainingState,
    trained: TrainedModel,
    batches: TrainingBatches,
    warn: Warn = lambda message: None,
) -> Prediction:
    """Take some steps of the run with a state that is thrown away.

    Args:
        warn: is told when memory runs out.

    Raises:
        NmtError: memory runs out on a single pair.
    """
    config, device = trained.config, trained.model.output.weight.device
    settings = config.training
    target = trained.tokenizers.target
    objective = make_objective(settings, target, config.target_language)
    plan = batches.plan(epoch=1, part=0)

    def seconds_of(kind: Objective) -> float:
        """Of a usual step."""
        seconds = []
        for rows in _measured(plan.batches):
            started = time.perf_counter()
            batch = batches.make(rows, 1).to(device)
            state.progress.step += 1
            sampled = settings.scheduled_sampling
            train_step(state, batch, kind, rate=0.0, sampled=sampled, warn=warn)
            seconds.append(time.perf_counter() - started)
        return float(np.mean(seconds[-MEASURED_STEPS:]))

    risk = seconds_of(objective.at(1.0))  # or likelihood, if that is the objective to the end
    likelihood = seconds_of(objective.at(0.0)) if settings.risk_after else risk
    epoch = len(plan) * batches.parts  # steps
    steps, seconds = _length(config, epoch, likelihood, risk)
    return Prediction(steps, steps / max(1, epoch), seconds, likelihood, _peak_memory(device))


def _measured(batches: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """Those of most and of fewest rows, which take the most memory, then usual ones."""
    return [max(batches, key=len), min(batches, key=len), *batches[:MEASURED_STEPS]]


def _length(
    config: Config, steps_per_epoch: int, likelihood: float, risk: float
) -> tuple[int, float]:
    """Steps and seconds to where the run ends: by steps, epochs or time, whichever comes first.

    Args:
        likelihood, risk: seconds of a step before and after the share `risk_after` of the run.
    """
    settings = config.training
    most, budget = settings.steps_at_most, float("inf")
    if settings.max_epochs:
        most = min(most, settings.max_epochs * steps_per_epoch)
    if settings.time_budget:
        budget = parse_duration(settings.time_budget)
    first = settings.risk_after * min(most, budget / likelihood)
    left = budget - first * likelihood
    second = min(most - first, left / risk)
    return max(1, int(first + second)), first * likelihood + second * risk


def _peak_memory(device: torch.device) -> int:
    """Bytes, so far: of the device's own memory, or of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
