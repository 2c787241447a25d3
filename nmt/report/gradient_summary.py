"""What gradient norms over distance say: medians, a factor for each step, a verdict in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmt.report.gradients import Reach

SENTENCE = 20  # steps, about a sentence of subwords: over these a change is judged
LEAST_SHARE = 0.25  # of the sentences have to reach a distance that is shown
WHOLE = ("state", "input")  # the parts that are all of a layer


@dataclass(frozen=True, slots=True)
class Curve:
    """The norms of one layer over the distance d = 0 ... D - 1, of the middle of the sentences."""

    layer: str
    part: str
    attention: bool
    lower: NDArray[np.float64]  # (D,) first quartile
    median: NDArray[np.float64]  # (D,)
    upper: NDArray[np.float64]  # (D,) third quartile
    sentences: NDArray[np.int64]  # (D,) that reach so far
    direct: bool  # whether the loss has a way to each step that does not go through the later ones
    factor: float | None  # of the norm for each step back; None: direct, or no gradient at all

    @property
    def name(self) -> str:
        """The layer, its part, and whether the attention was cut."""
        part = "" if self.part in WHOLE else f", {self.part}"
        return f"{self.layer}{part}{'' if self.attention else ', no attention'}"

    @property
    def verdict(self) -> str:
        """What the curve means, in words."""
        if self.direct and self.median.any():
            return f"reached directly at each step; most {int(self.median.argmax())} steps back"
        return verdict(self.factor)


def summarize(reaches: Sequence[Reach]) -> list[Curve]:
    """A curve for each of the layers and parts, in the same order."""
    return [_curve(reach, direct=_is_direct(reach, reaches)) for reach in reaches]


def left_out(reaches: Sequence[Reach]) -> int:
    """The number of sentences whose gradient was zero or not finite."""
    return int(np.isnan(reaches[0].norms).all(axis=1).sum())


def fitted_factor(norms: NDArray[np.float64]) -> float | None:
    """The factor a of norm = b a^d that fits best, on a logarithmic scale; None for zeros."""
    distances = np.flatnonzero(norms > 0)
    if len(distances) < 2:
        return None
    slope, _ = np.polyfit(distances, np.log(norms[distances]), 1)
    return float(np.exp(slope))


def verdict(factor: float | None) -> str:
    """What a factor for each step means over a sentence."""
    if factor is None:
        return "nothing reaches it"
    change = SENTENCE * math.log10(factor)  # powers of ten over a sentence
    steps = math.inf if factor == 1 else abs(math.log(2) / math.log(factor))
    if change < -2:
        return f"vanishes: halves every {steps:.1f} steps"
    if change < -math.log10(2):
        return f"fades: halves every {steps:.1f} steps"
    if change <= math.log10(2):
        return f"holds: {10**change:.1f} times as large {SENTENCE} steps back"
    if change <= 2:
        return f"grows: doubles every {steps:.1f} steps"
    return f"explodes: doubles every {steps:.1f} steps"


def _is_direct(reach: Reach, reaches: Sequence[Reach]) -> bool:
    """Whether attention, a mean or a layer above that reads the other way leads to each step."""
    if reach.part == "input" or reach.layer.startswith("decoder"):
        return reach.part == "input"
    back, number = reach.layer.endswith("back"), int(reach.layer.split()[1])
    above = (r.layer for r in reaches if r.layer.startswith("encoder"))
    turned = any(int(a.split()[1]) > number and a.endswith("back") != back for a in above)
    return reach.attention or reach.mean or turned


def _curve(reach: Reach, *, direct: bool) -> Curve:
    counts = np.isfinite(reach.norms).sum(axis=0)  # (D,), falling
    shown = max(1, int((counts >= max(1.0, LEAST_SHARE * counts[0])).sum()))
    norms, quartiles = reach.norms[:, :shown], np.zeros((3, shown))
    if counts[0]:
        quartiles = np.nanquantile(norms, (0.25, 0.5, 0.75), axis=0)
    lower, median, upper = quartiles
    return Curve(
        reach.layer,
        reach.part,
        reach.attention,
        lower,
        median,
        upper,
        counts[:shown],
        direct,
        None if direct else fitted_factor(median),
    )
