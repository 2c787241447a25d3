"""Learning-rate schedules: pure functions of the step and of the progress of the run."""

import math

from nmt.settings import TrainingSettings

WARMUP_SHARE = 0.2  # of the run, at most
FINAL_SHARE = 0.02  # of the peak rate, at the end of the cosine


def learning_rate(settings: TrainingSettings, step: int, progress: float) -> float:
    """The rate of a step (from 1): a linear warm-up, then the schedule.

    The warm-up takes `warmup_steps`, or a fifth of the run if that is shorter.

    Args:
        progress: the share of training that is over, by steps or by time, 0 to 1.

    cosine: half a wave from the peak down to 2% of it at progress 1 (Loshchilov & Hutter 2017).
    inverse_sqrt: peak * sqrt(warmup_steps / step) (Vaswani et al. 2017, 5.3).
    """
    peak = settings.learning_rate
    warmup = settings.warmup_steps
    warm = min(1.0, max(step / warmup if warmup else 1.0, progress / WARMUP_SHARE))
    scheduled = 1.0
    if settings.schedule == "inverse_sqrt":
        scheduled = math.sqrt(max(1, warmup) / max(1, step, warmup))
    if settings.schedule == "cosine":
        wave = 0.5 + 0.5 * math.cos(math.pi * min(1.0, progress))
        scheduled = FINAL_SHARE + (1 - FINAL_SHARE) * wave
    return peak * min(warm, scheduled)
