"""Checkpoints bring back every bit, and a damaged one is no traceback."""

import copy
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from nmt.errors import ModelError
from nmt.settings import TrainingSettings
from nmt.training.objective import Objective
from nmt.training.state import (
    Progress,
    TrainingState,
    latest_checkpoint,
    load_checkpoint,
    save_checkpoint,
    validated_weights,
)
from nmt.training.step import make_optimizer, train_step
from nmt.training.window import Window
from tests.training.conftest import small_batch, small_model

SETTINGS = TrainingSettings(precision="float32")


def fresh_state() -> TrainingState:
    """The state before the first step."""
    model = small_model()
    average = copy.deepcopy(model).eval()
    return TrainingState(model.train(), average, make_optimizer(model, SETTINGS), Progress())


def take_steps(state: TrainingState, count: int) -> list[float]:
    """Train for some steps; the losses."""
    losses = []
    for _ in range(count):
        state.progress.step += 1
        result = train_step(state, small_batch(), Objective(SETTINGS), rate=0.01, warn=print)
        losses.append(result.loss)
    return losses


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, TrainingState]:
    """A state after three steps, and its checkpoint."""
    state = fresh_state()
    take_steps(state, 3)
    state.progress.best_bleu, state.progress.epoch = 12.345678901234567, 2
    state.progress.window = Window(loss=0.1 + 0.2, steps=2)
    save_checkpoint(tmp_path, state)
    path = latest_checkpoint(tmp_path)
    assert path
    return path, state


def test_every_bit_comes_back(saved: tuple[Path, TrainingState]) -> None:
    path, state = saved
    other = fresh_state()
    load_checkpoint(path, other)
    assert asdict(other.progress) == asdict(state.progress)
    for mine, theirs in ((other.model, state.model), (other.average, state.average)):
        for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(a, b)
    mine, theirs = other.optimizer.state_dict(), state.optimizer.state_dict()
    assert mine["param_groups"][0].keys() == theirs["param_groups"][0].keys()
    assert mine["state"].keys() == theirs["state"].keys() and len(mine["state"]) > 0
    for number, moments in theirs["state"].items():
        assert moments.keys() == mine["state"][number].keys()
        assert all(torch.equal(value, mine["state"][number][key]) for key, value in moments.items())


def test_training_goes_on_to_the_same_bits(saved: tuple[Path, TrainingState]) -> None:
    path, state = saved
    other = fresh_state()
    load_checkpoint(path, other)
    assert take_steps(other, 3) == take_steps(state, 3)
    for a, b in zip(other.average.parameters(), state.average.parameters(), strict=True):
        assert torch.equal(a, b)


def test_older_checkpoints_are_deleted(saved: tuple[Path, TrainingState]) -> None:
    path, state = saved
    take_steps(state, 1)
    save_checkpoint(path.parents[1], state)
    assert [folder.name for folder in path.parent.iterdir()] == ["checkpoint-00000004"]


def test_a_checkpoint_of_the_same_step_is_replaced(saved: tuple[Path, TrainingState]) -> None:
    path, state = saved
    state.progress.epoch = 7
    save_checkpoint(path.parents[1], state)
    other = fresh_state()
    load_checkpoint(path, other)
    assert other.progress.epoch == 7
    assert list(path.parent.iterdir()) == [path]


def test_validated_weights_stay_as_long_as_the_checkpoint_names_them(tmp_path: Path) -> None:
    """Those of a future that a kill cut off, and what it left of unfinished ones, go too."""
    state = fresh_state()
    save_checkpoint(tmp_path, state)
    for step in (3, 6, 9, 12):
        validated_weights(tmp_path, step).write_bytes(b"weights")
    (tmp_path / "training" / ".validated-00000015.safetensors.77.tmp").write_bytes(b"w")
    state.progress.kept_steps = [6, 9]
    save_checkpoint(tmp_path, state)
    found = sorted(path.name for path in (tmp_path / "training").glob("*validated-*"))
    assert found == ["validated-00000006.safetensors", "validated-00000009.safetensors"]
    other, path = fresh_state(), latest_checkpoint(tmp_path)
    assert path
    load_checkpoint(path, other)
    assert other.progress.kept_steps == [6, 9]


def test_a_checkpoint_from_before_weights_were_kept_still_loads(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, fresh_state())
    path = latest_checkpoint(tmp_path)
    assert path
    values = json.loads((path / "state.json").read_text())
    del values["kept_steps"]
    (path / "state.json").write_text(json.dumps(values))
    other = fresh_state()
    load_checkpoint(path, other)
    assert other.progress.kept_steps == []


def test_the_newest_checkpoint_counts(tmp_path: Path) -> None:
    assert latest_checkpoint(tmp_path) is None
    for step in (5, 1000, 900):
        (tmp_path / "training" / f"checkpoint-{step:08d}").mkdir(parents=True)
    (tmp_path / "training" / ".checkpoint-00002000.77.tmp").mkdir()  # a kill left it
    found = latest_checkpoint(tmp_path)
    assert found and found.name == "checkpoint-00001000"


def cut(path: Path) -> None:
    """Keep the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


FILES = ["state.json", "weights.safetensors", "average.safetensors", "optimizer.safetensors"]
DAMAGES: list[Callable[[Path], object]] = [
    Path.unlink,
    cut,
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"[]"),
    lambda path: path.write_bytes(b"\xff" * 100),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=["missing", "cut", "empty", "list", "noise"])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_checkpoint_is_named(
    name: str, damage: Callable[[Path], object], saved: tuple[Path, TrainingState]
) -> None:
    path, _ = saved
    damage(path / name)
    with pytest.raises(ModelError) as caught:
        load_checkpoint(path, fresh_state())
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["{}", '{"step": 3}', '{"window": 1}', '{"window": {"x": 1}}'])
def test_a_foreign_state_is_damage(text: str, saved: tuple[Path, TrainingState]) -> None:
    path, _ = saved
    (path / "state.json").write_text(text)
    with pytest.raises(ModelError, match="damaged"):
        load_checkpoint(path, fresh_state())


def test_a_checkpoint_of_another_model_is_refused(saved: tuple[Path, TrainingState]) -> None:
    path, _ = saved
    model = small_model(hidden_size=32)
    other = TrainingState(model, copy.deepcopy(model), make_optimizer(model, SETTINGS), Progress())
    with pytest.raises(ModelError, match="does not fit"):
        load_checkpoint(path, other)
