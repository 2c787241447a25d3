"""Learning-rate schedules: pure functions of the step and of the progress of the run.

Shares are of the run, or of its part by likelihood, if minimum risk follows.
"""

import math

from nmt.settings import TrainingSettings

WARMUP_SHARE = 0.2  # of the run, at most
DECAY_SHARE = 0.3  # of the run, at its end
FINAL_SHARE = 0.02  # of the peak rate, at the end of wsd and cosine
RISK_SHARE = 0.1  # of the peak rate, for minimum risk after likelihood


def learning_rate(settings: TrainingSettings, step: int, progress: float) -> float:
    """The rate of a step (from 1): a linear warm-up, then the schedule.

    The warm-up takes `warmup_steps`, or a fifth of the run if that is shorter.

    Args:
        progress: the share of training that is over, by steps or by time, 0 to 1.

    Minimum risk after likelihood is a fine-tuning: the schedule is that of the likelihood alone,
    then the risk has a tenth of the peak. A run by risk alone has the rate that is set.
    wsd: warm-up, stable, decay (Hu et al. 2024): the peak until 30% of the run are left, then
        linearly down to 2% of it.
    cosine: half a wave from the peak down to 2% of it at progress 1 (Loshchilov & Hutter 2017).
    inverse_sqrt: peak * sqrt(warmup_steps / step) (Vaswani et al. 2017, 5.3); without a warm-up, as
        with one of a step, so that it falls at once.
    """
    peak = settings.learning_rate
    warmup = settings.warmup_steps
    progress /= _likelihood_share(settings)
    if progress >= 1 and _likelihood_share(settings) < 1:
        return peak * RISK_SHARE
    warm = min(1.0, max(step / warmup if warmup else 1.0, progress / WARMUP_SHARE))
    scheduled = 1.0
    if settings.schedule == "inverse_sqrt":
        scheduled = math.sqrt(max(1, warmup) / max(1, step, warmup))
    if settings.schedule == "wsd":
        scheduled = _fallen(min(1.0, (1 - min(1.0, progress)) / DECAY_SHARE))
    if settings.schedule == "cosine":
        scheduled = _fallen(0.5 + 0.5 * math.cos(math.pi * min(1.0, progress)))
    return peak * min(warm, scheduled)


def phases(settings: TrainingSettings) -> list[float]:
    """The progress at which each phase of a run begins, the first at 0, in order.

    The phases are what differs in kind: the peak and the decay of wsd, likelihood and risk.
    """
    begins = {0.0}
    if settings.schedule == "wsd":
        begins.add((1 - DECAY_SHARE) * _likelihood_share(settings))
    if settings.objective != "likelihood":
        begins.add(settings.risk_after)
    return sorted(begins)


def _likelihood_share(settings: TrainingSettings) -> float:
    """The share of training that its schedule is for: up to the risk, if that is not all of it."""
    return settings.risk_after if settings.objective != "likelihood" and settings.risk_after else 1


def _fallen(share: float) -> float:
    """From the final share of the peak, at 0, to all of it, at 1."""
    return FINAL_SHARE + (1 - FINAL_SHARE) * share
