"""The gradient norms that training met, and how often it clipped them (Pascanu et al. 2013).

g <- g * min(1, clip_norm / |g|)        g: the gradient of a batch by all the weights
"""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from nmt.errors import NmtError
from nmt.training.metric_log import read_metrics
from nmt.training.output import experiment_config


@dataclass(frozen=True, slots=True)
class Clipping:
    """The log of a run; each of its lines has the mean norm of some steps, before clipping."""

    clip_norm: float
    interval: int  # steps of a line
    steps: tuple[int, ...]
    norms: tuple[float, ...]

    @property
    def clipped(self) -> int:
        """The number of lines whose norm is above the limit."""
        return sum(norm > self.clip_norm for norm in self.norms)

    @property
    def sentence(self) -> str:
        """The log in a sentence."""
        lines = "steps" if self.interval == 1 else f"means of {self.interval} steps"
        return (
            f"gradient norm in training: median {median(self.norms):.2f}, largest "
            f"{max(self.norms):.2f}; above clip_norm = {self.clip_norm:g} in "
            f"{self.clipped:,} of {len(self.norms):,} {lines}"
        )


def read_clipping(folder: Path) -> Clipping | None:
    """What a model directory tells of its training; None where it has no record of it."""
    try:
        training = experiment_config(folder).training
    except NmtError:
        return None
    events = [
        (event["step"], float(event["gradient_norm"]))
        for event in read_metrics(folder)
        if event.get("event") == "train" and isinstance(event.get("gradient_norm"), int | float)
    ]
    if not events:
        return None
    steps, norms = zip(*events, strict=True)
    return Clipping(training.clip_norm, training.log_interval, steps, norms)
