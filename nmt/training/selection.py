"""Which weights of a run are its model: those that translate the validation corpus best.

Candidates are the weights at each validation and, at the end, the mean of the last of them.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from nmt.model_directory import WEIGHTS_FILE, TrainedModel, save_weights
from nmt.training.averaging import mean_model
from nmt.training.checkpoint import validated_weights
from nmt.training.state import Progress
from nmt.training.validation import Validation, Validator


@dataclass(frozen=True, slots=True)
class Selection:
    """Validates models, and writes the best so far into the model directory.

    Args:
        keep: so many validated weights, of the last validations, are kept for their mean.
        notify: takes warnings.
    """

    trained: TrainedModel
    validator: Validator
    keep: int
    notify: Callable[[str], None]

    def validate(self, progress: Progress) -> dict[str, Any]:
        """Score the weights as they are now; what came of it."""
        result = self.validator.validate(self.trained, notify=self.notify)
        progress.validation_seconds, progress.validated_step = result.seconds, progress.step
        best = self._compare(result, self.trained, progress)
        progress.validations_without_best = 0 if best else progress.validations_without_best + 1
        if self.keep:
            progress.kept_steps = [*progress.kept_steps, progress.step][-self.keep :]
            path = validated_weights(self.trained.folder, progress.step)
            save_weights(path, self.trained.model)
        return _figures(result, progress, best=best)

    def validate_mean(self, progress: Progress) -> dict[str, Any]:
        """Score the mean of the weights that were kept until now; what came of it, if anything."""
        steps, progress.kept_steps = progress.kept_steps[-self.keep :], []
        if not self.keep or len(steps) < 2:
            return {}
        paths = [validated_weights(self.trained.folder, step) for step in steps]
        mean = mean_model(self.trained, paths)
        result = self.validator.validate(mean, notify=self.notify)
        best = self._compare(result, mean, progress)
        return {"steps": steps, **_figures(result, progress, best=best)}

    def _compare(self, result: Validation, model: TrainedModel, progress: Progress) -> bool:
        """If its BLEU is the best so far, it is the model from now on; returns whether it is."""
        if result.bleu <= progress.best_bleu:
            return False
        progress.best_bleu, progress.best_step = result.bleu, progress.step
        save_weights(self.trained.folder / WEIGHTS_FILE, model.model)
        return True


def _figures(result: Validation, progress: Progress, *, best: bool) -> dict[str, Any]:
    """A validation, for the log."""
    values = asdict(result)
    values["validation_seconds"] = round(values.pop("seconds"), 2)
    return {"best": best, "best_bleu": progress.best_bleu, **values}
