"""All that a run needs to go on as if it had never stopped, and its checkpoints on disk.

    training/checkpoint-00000500/state.json              Progress
                                 weights.safetensors     the model being trained
                                 average.safetensors     the moving average of its weights
                                 optimizer.safetensors   Adam's moments
    training/validated-00000500.safetensors              the average as it was validated

Random numbers need no state: each step draws them from (seed, step), and the order of the batches
is a function of (seed, epoch).
"""

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from nmt.atomic import write_folder_atomically
from nmt.errors import ModelError
from nmt.model_directory import load_weights, save_weights
from nmt.training.window import Window

FOLDER = "training"


@dataclass(slots=True)
class Progress:
    """Where a run stands."""

    step: int = 0
    epoch: int = 1
    part: int = 0  # of this epoch, which a very large corpus is cut into
    batch: int = 0  # batches of this part that are done
    phase: int = 0  # that the last step was in; see `nmt.training.schedule.phases`
    pace: float = 1.0  # of the run, against what was planned; impatience makes it faster
    by_risk: bool = False  # whether the last step was
    average_from: int = 0  # the step after which the average began anew, because risk did
    begun: float = 0.0  # the share of the run that was over before the first step
    seconds: float = 0.0  # of all its sessions, preparation included
    best_bleu: float = -1.0
    best_step: int = 0
    validations_without_best: int = 0
    validation_seconds: float = 0.0  # of the last validation
    validated_step: int = -1  # when it was
    kept_steps: list[int] = field(default_factory=list)  # whose validated weights are kept
    skipped: int = 0  # steps whose loss or gradient was not finite
    skipped_in_a_row: int = 0
    window: Window = field(default_factory=Window)


@dataclass(slots=True)
class TrainingState:
    """What is trained."""

    model: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    progress: Progress


def save_checkpoint(folder: Path, state: TrainingState) -> None:
    """Write a checkpoint of the state, then delete the older ones, and what it does not keep."""
    training = folder / FOLDER
    training.mkdir(exist_ok=True)
    path = training / f"checkpoint-{state.progress.step:08d}"

    def write(temporary: Path) -> None:
        save_weights(temporary / "weights.safetensors", state.model)
        save_weights(temporary / "average.safetensors", state.average)
        moments = safetensors.torch.save(_optimizer_tensors(state.optimizer))
        (temporary / "optimizer.safetensors").write_bytes(moments)  # fails with an OSError
        (temporary / "state.json").write_text(json.dumps(asdict(state.progress)))

    write_folder_atomically(path, write)
    for other in _checkpoints(folder):
        if other != path:
            shutil.rmtree(other, ignore_errors=True)
    kept = {validated_weights(folder, step) for step in state.progress.kept_steps}
    for weights in set(_validated(folder)) - kept:
        weights.unlink()


def validated_weights(folder: Path, step: int) -> Path:
    """Where the weights are kept that were validated at a step."""
    return folder / FOLDER / f"validated-{step:08d}.safetensors"


def _validated(folder: Path) -> list[Path]:
    """All validated weights, and what a kill left of unfinished ones."""
    training = folder / FOLDER
    return [*training.glob("validated-*"), *training.glob(".validated-*")]


def _checkpoints(folder: Path) -> list[Path]:
    """All checkpoints of a model directory, and what a kill left of unfinished ones."""
    training = folder / FOLDER
    return [*training.glob("checkpoint-*"), *training.glob(".checkpoint-*")]


def delete_checkpoints(folder: Path) -> None:
    """Delete the checkpoints and validated weights of an earlier run, and nothing else."""
    for path in [*_checkpoints(folder), *_validated(folder)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    if (folder / FOLDER).is_dir() and not any((folder / FOLDER).iterdir()):
        (folder / FOLDER).rmdir()


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint of a model directory, if there is one.

    A kill while a checkpoint was replaced by another of the same step left the old one.
    """
    training = folder / FOLDER
    found = sorted(training.glob("checkpoint-*")) or sorted(training.glob(".checkpoint-*.old"))
    return found[-1] if found else None


def load_latest_checkpoint(folder: Path, state: TrainingState) -> None:
    """Restore the newest state of a model directory that has one.

    Raises:
        ModelError: the checkpoint is damaged, or of another model.
    """
    checkpoint = latest_checkpoint(folder)
    assert checkpoint
    load_checkpoint(checkpoint, state)


def load_checkpoint(path: Path, state: TrainingState) -> None:
    """Restore a state in place.

    Raises:
        ModelError: the checkpoint is damaged, or of another model.
    """
    try:
        values = json.loads((path / "state.json").read_text())
        state.progress = Progress(**{**values, "window": Window(**values["window"])})
        tensors = safetensors.torch.load_file(path / "optimizer.safetensors")
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise ModelError(
            f"{path}: the checkpoint is damaged ({error}); delete it and start with --overwrite"
        ) from None
    load_weights(path / "weights.safetensors", state.model)
    if state.average is not state.model:
        load_weights(path / "average.safetensors", state.average)
    _restore_optimizer(state.optimizer, tensors)


def _optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Adam's state as named tensors: "<number of the parameter>.<name>"."""
    by_parameter = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": value.contiguous()
        for number, values in by_parameter.items()
        for name, value in values.items()
    }


def _restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    by_parameter: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        by_parameter.setdefault(int(number), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": by_parameter, "param_groups": groups})
