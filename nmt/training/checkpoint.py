"""Checkpoints on disk: written whole, checked when they are read, and with one before the last.

training/checkpoint-00000500/state.json              Progress
                             weights.safetensors     the model being trained
                             average.safetensors     the moving average of its weights
                             optimizer.safetensors   Adam's moments
                             files.json              size and XXH3 hash of each of these
training/validated-00000500.safetensors              the average as it was validated
"""

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path

import safetensors.torch
import torch
import xxhash
from safetensors import SafetensorError
from torch import Tensor

from nmt.atomic import write_error, write_folder_atomically
from nmt.errors import ModelError
from nmt.model_directory import load_weights, save_weights
from nmt.training.state import Progress, TrainingState
from nmt.training.window import Window

FOLDER = "training"
FILES_FILE = "files.json"
KEPT = 2  # checkpoints: the last, and the one before, should a disk damage it
HASHED_AT_ONCE = 2**24  # bytes


def save_checkpoint(folder: Path, state: TrainingState) -> None:
    """Write a checkpoint of the state, then delete what the last `KEPT` of them do not need.

    One of a later step is of a past that a damaged checkpoint undid, and is deleted too.
    """
    training = folder / FOLDER
    training.mkdir(exist_ok=True)
    path = training / f"checkpoint-{state.progress.step:08d}"

    def write(temporary: Path) -> None:
        save_weights(temporary / "weights.safetensors", state.model)
        save_weights(temporary / "average.safetensors", state.average)
        moments = safetensors.torch.save(_optimizer_tensors(state.optimizer))
        (temporary / "optimizer.safetensors").write_bytes(moments)  # fails with an OSError
        progress = asdict(state.progress) | {"hashed": True}  # so files.json belongs to it
        (temporary / "state.json").write_text(json.dumps(progress))
        files = {file.name: _describe(file) for file in sorted(temporary.iterdir())}
        (temporary / FILES_FILE).write_text(json.dumps(files))

    write_folder_atomically(path, write)
    kept = [other for other in sorted(training.glob("checkpoint-*")) if other <= path][-KEPT:]
    for other in set(_checkpoints(folder)) - set(kept):
        shutil.rmtree(_set_aside(other), ignore_errors=True)
    steps = {step for checkpoint in kept for step in _kept_steps(checkpoint)}
    for weights in set(_validated(folder)) - {validated_weights(folder, step) for step in steps}:
        weights.unlink()


def validated_weights(folder: Path, step: int) -> Path:
    """Where the weights are kept that were validated at a step."""
    return folder / FOLDER / f"validated-{step:08d}.safetensors"


def _validated(folder: Path) -> list[Path]:
    """All validated weights, and what a kill left of unfinished ones."""
    training = folder / FOLDER
    return [*training.glob("validated-*"), *training.glob(".validated-*")]


def _kept_steps(checkpoint: Path) -> list[int]:
    """The steps whose validated weights a checkpoint needs."""
    try:
        return list(json.loads((checkpoint / "state.json").read_text()).get("kept_steps", []))
    except (OSError, ValueError, AttributeError, TypeError):
        return []  # damaged: it needs nothing any more


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


def find_checkpoints(folder: Path) -> list[Path]:
    """The checkpoints of a model directory, the newest first.

    A kill while one was replaced by another of the same step left the old one, under another name.
    """
    training = folder / FOLDER
    found = {path.name: path for path in training.glob("checkpoint-*")}
    for path in sorted(training.glob(".checkpoint-*.old")):
        found.setdefault(path.name.split(".")[1], path)
    return [found[name] for name in sorted(found, reverse=True)]


def _set_aside(path: Path) -> Path:
    """Rename a checkpoint so that it is none any more, however little of it a kill leaves."""
    if path.name.endswith(".tmp"):
        return path
    aside = path.with_name(f".{path.name.strip('.')}.{os.getpid()}.tmp")
    shutil.rmtree(aside, ignore_errors=True)  # of a killed process with the same number
    _rename(path, aside)
    return aside


def _rename(path: Path, to: Path) -> None:
    try:
        os.rename(path, to)
    except OSError as error:
        raise write_error(path, error) from None


def load_latest_checkpoint(folder: Path, state: TrainingState) -> list[str]:
    """Restore the newest state of a model directory that is not damaged; what to warn of.

    The damaged ones are set aside, lest one is taken for the checkpoint before the next.

    Raises:
        ModelError: each checkpoint is damaged, or of another model; the message is of the newest.
    """
    errors: list[ModelError] = []
    found = find_checkpoints(folder)
    for path in found:
        try:
            load_checkpoint(path, state)
        except ModelError as error:
            errors.append(error)
            continue
        for damaged in found[: len(errors)]:
            _set_aside(damaged)
        name = f"checkpoint-{state.progress.step:08d}"
        if path.name != name:
            _rename(path, path.with_name(name))  # what a kill left of its replacement
        return [f"{error}; going on from {name}, the one before" for error in errors]
    assert errors
    raise ModelError(f"{errors[0]}; start anew with --overwrite")


def load_checkpoint(path: Path, state: TrainingState) -> None:
    """Restore a state in place.

    Raises:
        ModelError: the checkpoint is damaged, or of another model.
    """
    try:
        values = json.loads((path / "state.json").read_text())
        if values.pop("hashed", False):  # not written before there were hashes
            _check_files(path)
        state.progress = Progress(**{**values, "window": Window(**values["window"])})
        tensors = safetensors.torch.load_file(path / "optimizer.safetensors")
    except (OSError, ValueError, TypeError, KeyError, AttributeError, SafetensorError) as error:
        raise ModelError(f"{path}: the checkpoint is damaged ({error})") from None
    load_weights(path / "weights.safetensors", state.model)
    if state.average is not state.model:
        load_weights(path / "average.safetensors", state.average)
    _restore_optimizer(state.optimizer, tensors)


def _check_files(path: Path) -> None:
    """Compare the files of a checkpoint with what was written.

    Raises:
        OSError, ValueError, AttributeError: one is missing, or is another.
    """
    for name, described in json.loads((path / FILES_FILE).read_text()).items():
        found = _describe(path / name)
        if found != described:
            raise ValueError(f"{name} is not what was written")


def _describe(file: Path) -> dict[str, int | str]:
    """Size in bytes and hash of a file."""
    digest = xxhash.xxh3_128()
    with file.open("rb") as stream:
        while block := stream.read(HASHED_AT_ONCE):
            digest.update(block)
    return {"bytes": file.stat().st_size, "xxh3_128": digest.hexdigest()}


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
