"""Checkpoints bring back every bit, and a damaged one is no traceback."""

import copy
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from nmt.errors import ModelError
from nmt.settings import TrainingSettings
from nmt.training.checkpoint import (
    delete_checkpoints,
    find_checkpoints,
    load_checkpoint,
    load_latest_checkpoint,
    save_checkpoint,
    validated_weights,
)
from nmt.training.objective import Objective
from nmt.training.state import Progress, TrainingState
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
    return find_checkpoints(tmp_path)[0], state


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


def test_the_last_two_checkpoints_are_kept(tmp_path: Path) -> None:
    state = fresh_state()
    for step in (3, 4, 7, 9):
        state.progress.step = step
        save_checkpoint(tmp_path, state)
    names = [path.name for path in find_checkpoints(tmp_path)]
    assert names == ["checkpoint-00000009", "checkpoint-00000007"]


def test_a_checkpoint_of_an_undone_future_is_deleted(tmp_path: Path) -> None:
    state = fresh_state()
    for step in (3, 9, 5):
        state.progress.step = step
        save_checkpoint(tmp_path, state)
    names = [path.name for path in find_checkpoints(tmp_path)]
    assert names == ["checkpoint-00000005", "checkpoint-00000003"]


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
    other = fresh_state()
    load_checkpoint(find_checkpoints(tmp_path)[0], other)
    assert other.progress.kept_steps == [6, 9]


def test_a_checkpoint_from_before_weights_were_kept_still_loads(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, fresh_state())
    (path,) = find_checkpoints(tmp_path)
    forget_hashes(path)  # which there were none of either
    values = json.loads((path / "state.json").read_text())
    del values["kept_steps"]
    (path / "state.json").write_text(json.dumps(values))
    other = fresh_state()
    load_checkpoint(path, other)
    assert other.progress.kept_steps == []


def test_the_newest_checkpoint_counts(tmp_path: Path) -> None:
    assert find_checkpoints(tmp_path) == []
    for step in (5, 1000, 900):
        (tmp_path / "training" / f"checkpoint-{step:08d}").mkdir(parents=True)
    (tmp_path / "training" / ".checkpoint-00002000.77.tmp").mkdir()  # a kill left it
    assert [path.name[-4:] for path in find_checkpoints(tmp_path)] == ["1000", "0900", "0005"]


def cut(path: Path) -> None:
    """Keep the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def forget_hashes(path: Path) -> None:
    """Make of a checkpoint one from before there were hashes."""
    (path / "files.json").unlink()
    values = json.loads((path / "state.json").read_text())
    del values["hashed"]
    (path / "state.json").write_text(json.dumps(values))


def flip(path: Path) -> None:
    """Change a single bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


WEIGHTS = ["weights.safetensors", "average.safetensors", "optimizer.safetensors"]
DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "cut": cut,
    "flipped": flip,
    "empty": lambda path: path.write_bytes(b""),
    "list": lambda path: path.write_bytes(b"[]"),
    "noise": lambda path: path.write_bytes(b"\xff" * 100),
}
damages = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)


@damages
@pytest.mark.parametrize("name", ["state.json", *WEIGHTS, "files.json"])
def test_of_a_damaged_checkpoint_the_one_before_is_taken_and_it_is_said(
    name: str, damage: Callable[[Path], object], saved: tuple[Path, TrainingState]
) -> None:
    before, state = saved
    expected = copy.deepcopy(asdict(state.progress))
    losses = take_steps(state, 2)
    save_checkpoint(before.parents[1], state)
    path = before.with_name("checkpoint-00000005")
    damage(path / name)
    other = fresh_state()
    (warning,) = load_latest_checkpoint(before.parents[1], other)
    assert str(path) in warning and "damaged" in warning and "\n" not in warning
    assert warning.endswith("going on from checkpoint-00000003, the one before")
    assert asdict(other.progress) == expected
    assert take_steps(other, 2) == losses


def save_at(folder: Path, *steps: int) -> TrainingState:
    """Save the same state under these steps."""
    state = fresh_state()
    for step in steps:
        state.progress.step = step
        save_checkpoint(folder, state)
    return state


def steps_of(folder: Path) -> list[int]:
    """The steps of the checkpoints, the newest first."""
    return [int(path.name.split(".")[-1].split("-")[1]) for path in find_checkpoints(folder)]


def test_a_damaged_checkpoint_is_not_kept_as_the_one_before(tmp_path: Path) -> None:
    state = save_at(tmp_path, 10, 12)
    flip(tmp_path / "training" / "checkpoint-00000012" / "weights.safetensors")
    assert len(load_latest_checkpoint(tmp_path, state)) == 1
    assert state.progress.step == 10
    assert steps_of(tmp_path) == [10]  # a kill now, and nothing is said again
    assert load_latest_checkpoint(tmp_path, state) == []
    save_at(tmp_path, 20)
    assert steps_of(tmp_path) == [20, 10]
    assert len(list((tmp_path / "training").iterdir())) == 2


def test_a_kill_between_two_renames_loses_no_step(tmp_path: Path) -> None:
    save_at(tmp_path, 5, 10)
    training = tmp_path / "training"
    (training / "checkpoint-00000010").rename(training / ".checkpoint-00000010.77.old")
    assert len(find_checkpoints(tmp_path)) == 2
    state = fresh_state()
    assert load_latest_checkpoint(tmp_path, state) == []
    assert state.progress.step == 10 and steps_of(tmp_path) == [10, 5]


def test_a_deletion_that_was_cut_off_leaves_no_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left of one, in whatever order its files go, is never taken for a whole one."""
    state = save_at(tmp_path, 5, 10)
    monkeypatch.setattr(shutil, "rmtree", lambda path, **_: (path / "files.json").unlink(True))
    state.progress.step = 8
    save_checkpoint(tmp_path, state)
    assert steps_of(tmp_path) == [8, 5]


@damages
@pytest.mark.parametrize("name", ["state.json", *WEIGHTS])
def test_a_damaged_checkpoint_without_another_is_named(
    name: str, damage: Callable[[Path], object], saved: tuple[Path, TrainingState]
) -> None:
    path, _ = saved
    damage(path / name)
    with pytest.raises(ModelError, match=r"start anew with --overwrite$") as caught:
        load_latest_checkpoint(path.parents[1], fresh_state())
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["state.json", *WEIGHTS])
def test_without_hashes_what_cannot_be_read_is_found_all_the_same(
    name: str, saved: tuple[Path, TrainingState]
) -> None:
    path, _ = saved
    forget_hashes(path)
    load_checkpoint(path, fresh_state())
    cut(path / name)
    with pytest.raises(ModelError, match="damaged"):
        load_checkpoint(path, fresh_state())


def test_validated_weights_stay_for_the_checkpoint_before_too(tmp_path: Path) -> None:
    state = fresh_state()
    for step, kept in ((3, [1, 3]), (6, [3, 6]), (9, [6, 9])):
        state.progress.step, state.progress.kept_steps = step, kept
        validated_weights(tmp_path, step).parent.mkdir(exist_ok=True)
        for one in kept:
            validated_weights(tmp_path, one).write_bytes(b"weights")
        save_checkpoint(tmp_path, state)
    assert [validated_weights(tmp_path, step).exists() for step in (1, 3, 6, 9)] == [
        *(False, True, True, True)
    ]
    delete_checkpoints(tmp_path)
    assert list(tmp_path.iterdir()) == []


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
