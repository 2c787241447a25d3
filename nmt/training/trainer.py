"""The training loop."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nmt.config import Config
from nmt.corpus.batches import Batch, BatchPlan
from nmt.corpus.training_batches import TrainingBatches
from nmt.errors import NmtError
from nmt.model_directory import WEIGHTS_FILE, TrainedModel, save_weights
from nmt.settings import parse_duration
from nmt.training.checkpoint import find_checkpoints, save_checkpoint
from nmt.training.objective import Objective, make_objective
from nmt.training.pace import (
    ROUNDING,
    enter_phase,
    hurry,
    is_impatient,
    next_phase,
    training_share,
)
from nmt.training.schedule import learning_rate
from nmt.training.scheduled_sampling import sampling_rate
from nmt.training.selection import Selection
from nmt.training.state import TrainingState
from nmt.training.step import train_step
from nmt.training.validation import Validator
from nmt.training.window import Window

MOST_SKIPPED_IN_A_ROW = 10

Event = dict[str, Any]
Listener = Callable[[Event], None]


@dataclass(slots=True)
class Trainer:
    """Trains a model until it is done, or is asked to stop.

    A listener is called with each event, a dict with "event", "step", "seconds" and more.
    """

    config: Config
    state: TrainingState
    batches: TrainingBatches
    trained: TrainedModel  # what is validated and saved; its weights are `state.average`
    validator: Validator | None  # without one, the last weights are the result
    listener: Listener
    started: float = field(default_factory=time.monotonic)  # of this session
    plan: BatchPlan = field(init=False)
    objective: Objective = field(init=False)

    def run(self, stop_requested: Callable[[], bool] = lambda: False) -> str:
        """Train; returns why it ended: "finished", "patience" or "interrupted"."""
        settings, progress = self.config.training, self.state.progress
        self.started -= progress.seconds
        self.plan = self.plan_part()
        target, language = self.trained.tokenizers.target, self.config.target_language
        self.objective = make_objective(settings, target, language)
        over = self._end(lambda: False)
        if progress.step and over:
            limits = " and ".join(f"training.{name}" for name in settings.ends)
            longer = f"raise {limits}, or training.patience"
            self.warn(f"this run is over already; to train longer, {longer}")
            return self._finish(over)
        if not find_checkpoints(self.trained.folder):
            progress.begun = min(0.99, self.fraction())
            self._checkpoint()  # from here on the directory loads, and the run can be resumed
        while not (reason := self._end(stop_requested)):
            self._step()
            if progress.step % settings.log_interval == 0:
                self._log()
            news = self._is_validation_due() and self._validate()
            if self._hurry() or news or progress.step % settings.checkpoint_interval == 0:
                self._checkpoint()
        if reason == "finished" and progress.validated_step != progress.step:
            self._validate()
        self._checkpoint()
        return self._finish(reason)

    def validate_base(self) -> None:
        """Score the weights that a run goes on from: they stay the model until others do better."""
        if self.validator:
            selection = Selection(self.trained, self.validator, 0, self.warn)
            self._emit("valid", selection.validate(self.state.progress))

    def _finish(self, reason: str) -> str:
        progress = self.state.progress
        if reason != "interrupted" and progress.kept_steps:
            self._validate_mean()
        if progress.best_bleu >= 0 and not progress.best_step and progress.validated_step:
            worse = "no validation was better than that of the model this run went on from, which"
            self.warn(f"{worse} is kept; try a lower training.learning_rate")
        best = {"best_bleu": progress.best_bleu, "best_step": progress.best_step}
        self._emit("end", {"reason": reason, **best})
        return reason

    def fraction(self) -> float:
        """The share of the run that is over: by steps, epochs or time, whichever ends first."""
        progress, settings = self.state.progress, self.config.training
        shares = [progress.step / settings.steps_at_most]
        if settings.max_epochs:
            parts = progress.part + progress.batch / max(1, len(self.plan))
            epochs = progress.epoch - 1 + parts / self.batches.parts
            shares.append(epochs / settings.max_epochs)
        if settings.time_budget:
            at_end = 2 if settings.average_checkpoints else 1  # validations
            validations = at_end * progress.validation_seconds
            training_time = parse_duration(settings.time_budget) - validations
            shares.append(self._seconds() / max(1.0, training_time))
        return min(1.0, progress.pace * max(shares))

    def _end(self, stop_requested: Callable[[], bool]) -> str | None:
        """Why the run is over, if it is."""
        if stop_requested():
            return "interrupted"
        if self.fraction() >= 1 - ROUNDING:
            return "finished"
        settings, progress = self.config.training, self.state.progress
        last = next_phase(settings, progress) is None
        return "patience" if last and is_impatient(settings, progress) else None

    def _hurry(self) -> bool:
        """Out of patience, begin the next phase; returns whether one does."""
        settings, progress = self.config.training, self.state.progress
        share = is_impatient(settings, progress) and hurry(settings, progress, self.fraction())
        if not share:
            return False
        self._emit("hurry", {"fraction": round(share, 5), "validations": settings.patience})
        return True

    def _seconds(self) -> float:
        return time.monotonic() - self.started

    def _emit(self, event: str, values: dict[str, Any] | None = None) -> None:
        step, seconds = self.state.progress.step, round(self._seconds(), 2)
        self.listener({"event": event, "step": step, "seconds": seconds, **(values or {})})

    def plan_part(self) -> BatchPlan:
        """The batches of the part of the epoch that the run is in."""
        return self.batches.plan(self.state.progress.epoch, self.state.progress.part)

    def _next_batch(self) -> Batch:
        progress = self.state.progress
        while progress.batch >= len(self.plan):
            progress.part, progress.batch = progress.part + 1, 0
            if progress.part == self.batches.parts:
                progress.epoch, progress.part = progress.epoch + 1, 0
            self.plan = self.plan_part()
        progress.batch += 1
        return self.batches.make(self.plan.batches[progress.batch - 1], progress.epoch)

    def _step(self) -> None:
        """One update; a loss or gradient that is not finite is skipped and counted."""
        started = time.monotonic()
        progress, settings = self.state.progress, self.config.training
        share = training_share(progress, self.fraction())
        rate = learning_rate(settings, progress.step + 1, share)
        sampled = sampling_rate(settings, share)
        batch = self._next_batch().to(self.trained.model.output.weight.device)
        enter_phase(settings, progress, share)
        objective = self.objective.at(share)
        progress.step += 1
        result = train_step(
            self.state, batch, objective, rate=rate, sampled=sampled, warn=self.warn
        )
        if result.finite:
            progress.skipped_in_a_row = 0
            progress.window.add(result, batch, time.monotonic() - started)
            return
        progress.skipped += 1
        progress.skipped_in_a_row += 1
        self.warn(f"step {progress.step:,}: the loss or its gradient is not finite; skipped")
        if progress.skipped_in_a_row == MOST_SKIPPED_IN_A_ROW:
            raise NmtError(
                f"{MOST_SKIPPED_IN_A_ROW} steps in a row without a finite loss, up to step "
                f"{progress.step:,}: lower training.learning_rate (now {settings.learning_rate}), "
                "or set training.precision=float32, and go on with --resume"
            )

    def warn(self, message: str) -> None:
        """Tell the listener of something that the user should know."""
        self._emit("warning", {"message": message})

    def _log(self) -> None:
        progress, fraction = self.state.progress, self.fraction()
        share = training_share(progress, fraction)
        window, progress.window = progress.window, Window()
        if not window.steps:  # all were skipped, of which there is a warning
            return
        tokens, seconds = max(1, window.target_tokens), max(1e-9, window.seconds)
        values = {
            "epoch": progress.epoch,
            "fraction": round(fraction, 5),
            "remaining_seconds": round(self._seconds() * (1 / max(fraction, 1e-9) - 1), 1),
            "loss": window.loss / tokens,
            "perplexity": math.exp(min(100.0, window.negative_log_likelihood / tokens)),
            "gradient_norm": window.gradient_norm / max(1, window.steps),
            "learning_rate": learning_rate(self.config.training, progress.step, share),
            "tokens_per_second": round(window.target_tokens / seconds, 1),
            "source_tokens_per_second": round(window.source_tokens / seconds, 1),
            "skipped": progress.skipped,
            "best_bleu": progress.best_bleu,
            "best_step": progress.best_step,
        }
        self._emit("train", values)

    def _is_validation_due(self) -> bool:
        """At each interval; under a time budget also halfway, to time the last one."""
        settings, progress = self.config.training, self.state.progress
        if progress.step % settings.validation_interval == 0:
            return True
        unknown = settings.time_budget is not None and progress.validation_seconds == 0
        return unknown and self.fraction() >= 0.5

    def _validate(self) -> bool:
        """Score the average; returns whether weights were saved that a checkpoint goes with."""
        if not (selection := self._selection()):
            return False
        values = selection.validate(self.state.progress)
        self._emit("valid", values)
        return values["best"] or selection.keep > 0

    def _validate_mean(self) -> None:
        """Score the mean of the last validated weights, which are kept no longer."""
        selection = self._selection()
        values = selection.validate_mean(self.state.progress) if selection else {}
        self._checkpoint()
        if values:  # after the checkpoint, from which a resumed run does not come here again
            self._emit("average", values)
        else:
            self.warn("training.average_checkpoints: one validation alone, so there is no mean")

    def _selection(self) -> Selection | None:
        if not self.validator:
            return None
        kept = self.config.training.average_checkpoints
        return Selection(self.trained, self.validator, kept, self.warn)

    def _checkpoint(self) -> None:
        """Write the state; until a validation finds a best model, the average is the model."""
        weights = self.trained.folder / WEIGHTS_FILE
        if self.state.progress.best_bleu < 0:
            save_weights(weights, self.trained.model)
        self.state.progress.seconds = self._seconds()
        save_checkpoint(self.trained.folder, self.state)
        self._emit("checkpoint")
