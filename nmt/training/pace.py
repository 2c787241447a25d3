"""The phases of a run, and how it hurries from one to the next when it is out of patience.

The share of a run that is over counts from its beginning; that of training, of which the learning
rate and the phases are functions, from the first step.
"""

from bisect import bisect

from nmt.settings import TrainingSettings
from nmt.training.schedule import phases
from nmt.training.state import Progress

ROUNDING = 1e-9  # of shares


def training_share(progress: Progress, over: float) -> float:
    """The share of training that is over, when a share of the run is."""
    return max(0.0, over - progress.begun) / (1 - progress.begun)


def is_impatient(settings: TrainingSettings, progress: Progress) -> bool:
    """Whether no validation of this phase has been better for too long."""
    return progress.validations_without_best >= settings.patience


def next_phase(settings: TrainingSettings, progress: Progress) -> float | None:
    """The share of training at which the next phase begins; None in the last."""
    following = phases(settings)[progress.phase + 1 :]
    return following[0] if following else None


def enter_phase(settings: TrainingSettings, progress: Progress, share: float) -> None:
    """Note the phase at a share of training.

    Patience is for each phase anew, and so is the average for risk, whose steps are few beside
    those of likelihood.
    """
    phase = bisect(phases(settings), share) - 1
    if phase != progress.phase:
        progress.phase, progress.validations_without_best = phase, 0
    by_risk = settings.objective != "likelihood" and share >= settings.risk_after
    if by_risk and not progress.by_risk:
        progress.average_from = progress.step
    progress.by_risk = by_risk


def hurry(settings: TrainingSettings, progress: Progress, over: float) -> float | None:
    """Go on faster, so that the next phase begins now: at which share of the run; None in the last.

    All that depends on the share that is over, such as the learning rate, goes with it.
    """
    share = next_phase(settings, progress)
    if share is None:
        return None
    later = max(over, progress.begun + share * (1 - progress.begun))  # a step may pass it
    progress.pace *= (1 + ROUNDING) * later / over
    enter_phase(settings, progress, share)
    return later
