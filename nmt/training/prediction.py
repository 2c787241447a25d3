"""How long a run will take, and how much memory: measured by some steps of it, not guessed."""

import resource
import sys
import time
from dataclasses import dataclass

import numpy as np
import torch

from nmt.config import Config
from nmt.corpus.prepare import PreparedCorpus
from nmt.corpus.training_batches import TrainingBatches
from nmt.model_directory import build_model
from nmt.settings import parse_duration
from nmt.training.objective import make_objective
from nmt.training.state import Progress, TrainingState
from nmt.training.step import make_optimizer, train_step

MEASURED_STEPS = 3  # of batches of the usual size, after one of the largest


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a run will cost, unless it ends early because nothing gets better."""

    steps: int
    seconds: float
    seconds_per_step: float
    memory: int  # bytes at the peak, of the device that trains


def predict(
    config: Config, prepared: PreparedCorpus, batches: TrainingBatches, *, device: str
) -> Prediction:
    """Take some steps of the run with a model that is thrown away.

    Raises:
        NmtError: memory runs out on a single pair.
    """
    torch.manual_seed(config.training.seed)
    model = build_model(config, prepared.tokenizers).to(device).train()
    state = TrainingState(model, model, make_optimizer(model, config.training), Progress())
    objective = make_objective(config.training, prepared.tokenizers.target)
    plan = batches.plan(epoch=1, part=0)
    seconds = []
    for rows in _measured(plan.batches):
        started = time.perf_counter()
        batch = batches.make(rows, 1).to(model.output.weight.device)
        state.progress.step += 1
        train_step(state, batch, objective, rate=0.0, warn=lambda message: None)
        seconds.append(time.perf_counter() - started)
    usual = float(np.mean(seconds[-MEASURED_STEPS:]))
    steps = _steps(config, len(plan) * batches.parts, usual)
    return Prediction(steps, steps * usual, usual, _peak_memory(device))


def _measured(batches: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """The batch of the most rows twice (the first warms up), then some from the plan's start."""
    largest = max(batches, key=len)
    return [largest, largest, *batches[:MEASURED_STEPS]]


def _steps(config: Config, steps_per_epoch: int, seconds_per_step: float) -> int:
    """Where the run ends: by steps, epochs or time, whichever comes first."""
    settings = config.training
    ends = [settings.max_steps]
    if settings.max_epochs:
        ends.append(settings.max_epochs * steps_per_epoch)
    if settings.time_budget:
        ends.append(max(1, int(parse_duration(settings.time_budget) / seconds_per_step)))
    return min(ends)


def _peak_memory(device: str) -> int:
    """Bytes, so far: of the device's own memory, or of this process."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
