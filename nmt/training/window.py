"""What a step saw, and the sums of it between two log lines."""

from dataclasses import dataclass

from nmt.corpus.batches import Batch


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step saw; the sums are over its target tokens."""

    loss: float  # in minimum risk training, the expected cost
    negative_log_likelihood: float
    gradient_norm: float  # before clipping
    finite: bool  # if not, the weights stayed as they were


@dataclass(slots=True)
class Window:
    """Sums over the steps since the last log line."""

    loss: float = 0.0
    negative_log_likelihood: float = 0.0
    gradient_norm: float = 0.0
    source_tokens: int = 0
    target_tokens: int = 0
    steps: int = 0
    seconds: float = 0.0  # in steps alone, without validations and checkpoints

    def add(self, result: StepResult, batch: Batch, seconds: float) -> None:
        """Count a step."""
        self.loss += result.loss
        self.negative_log_likelihood += result.negative_log_likelihood
        self.gradient_norm += result.gradient_norm
        self.source_tokens += batch.source_tokens
        self.target_tokens += batch.target_tokens
        self.steps += 1
        self.seconds += seconds
