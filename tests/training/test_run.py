"""A whole run: its records, and that a kill at any step changes nothing in the end."""

import json
import math
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nmt.errors import ConfigError, ModelError
from nmt.model_directory import load_model
from nmt.training.run import RunOptions, describe, train
from tests.cli.conftest import (
    Finished,
    read_events,
    start_training,
    wait_for_step,
    without_clocks,
)
from tests.training.conftest import MakeConfig

RunNmt = Callable[..., Finished]

# --- records ---

NUMBERS = {
    "train": [
        "epoch", "fraction", "remaining_seconds", "loss", "perplexity", "gradient_norm",
        "learning_rate", "tokens_per_second", "source_tokens_per_second", "skipped",
    ],
    "valid": ["bleu", "best_bleu", "perplexity", "accuracy", "validation_seconds"],
    "end": ["best_bleu", "best_step"],
}  # fmt: skip


def test_every_event_has_its_kind_step_and_seconds(trained: Path) -> None:
    events = read_events(trained)
    kinds = [event["event"] for event in events]
    assert kinds[0] == "start" and kinds[-1] == "end"
    assert set(kinds) == {"start", "train", "valid", "checkpoint", "end"}
    assert [event["step"] for event in events] == sorted(event["step"] for event in events)
    assert all(event["seconds"] >= 0 for event in events)


@pytest.mark.parametrize("kind", NUMBERS)
def test_events_have_their_numbers(trained: Path, kind: str) -> None:
    events = read_events(trained, kind)
    assert events
    for event in events:
        assert all(math.isfinite(event[name]) for name in NUMBERS[kind])


def test_the_start_says_what_is_trained(trained: Path) -> None:
    (start,) = read_events(trained, "start")
    model = load_model(trained)
    assert start["parameters"] == sum(parameter.numel() for parameter in model.model.parameters())
    assert start["vocabulary"] == [model.tokenizers.source.vocabulary_size] * 2
    pairs = start["pairs"]
    assert pairs["read"] == pairs["kept"] + sum(pairs["rejected"].values()) == 300
    assert start["validation_sentences"] == 30
    assert 0 < start["real_tokens"] <= 1


def test_training_teaches(trained: Path) -> None:
    losses = [event["loss"] for event in read_events(trained, "train")]
    assert losses[-1] < losses[0] - 0.5
    perplexities = [event["perplexity"] for event in read_events(trained, "valid")]
    assert perplexities[-1] < perplexities[0]


def test_the_precision_that_was_chosen_is_recorded(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    train(make_toy_config(max_steps=1, precision="auto"), tmp_path)
    experiment = json.loads((tmp_path / "experiment.json").read_text(encoding="utf-8"))
    assert experiment["config"]["training"]["precision"] in ("float32", "bfloat16")


def test_two_runs_are_the_same_and_another_seed_is_not(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    weights = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train(make_toy_config(max_steps=5, seed=seed), tmp_path / name)
        weights.append((tmp_path / name / "model.safetensors").read_bytes())
    assert weights[0] == weights[1] != weights[2]


def test_describe_says_what_a_run_would_do_and_writes_nothing(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_toy_config(time_budget="20m")
    text = "\n".join(describe(config, tmp_path / "new", RunOptions()))
    for words in ("300 pairs of 300", "parameters", "float32", "30 steps at most", "GiB", "new"):
        assert words in text
    assert not (tmp_path / "new").exists()


def test_a_mistake_is_found_before_anything_is_written(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    mistakes: list[tuple[Any, RunOptions]] = [
        (make_toy_config(), RunOptions(device="tpu")),
        (make_toy_config(), RunOptions(resume=True)),
        (make_toy_config(), RunOptions(start_from=tmp_path / "nowhere")),
        (make_toy_config(model={"attention_heads": 3}), RunOptions()),
    ]
    for config, options in mistakes:
        for act in (train, describe):
            with pytest.raises((ConfigError, ModelError)):
                act(config, tmp_path / "new", options)  # type: ignore[operator]
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_leaves_the_run_to_overwrite_alone(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    train(make_toy_config(max_steps=1), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(ConfigError):
        train(make_toy_config(model={"attention_heads": 3}), tmp_path, RunOptions(overwrite=True))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


# --- a kill ---

STEPS = 48
OPTIONS = [
    "--set", f"training.max_steps={STEPS}", "--set", "training.log_interval=1",
    "--set", "training.checkpoint_interval=3", "--set", "training.validation_interval=8",
    "--set", "model.word_dropout=0.1", "--set", "training.learning_rate=0.01",
]  # fmt: skip
LATER = random.Random(4).sample(range(12, STEPS - 6), 2)


@pytest.fixture(scope="module")
def whole(
    run_nmt: RunNmt, toy_options: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A run that is never interrupted; it has dropout of all kinds, and averaging."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    done = run_nmt("train", *toy_options, *OPTIONS, "-o", folder)
    assert done.returncode == 0, done.stderr
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """The weights that translate, and all tensors of the checkpoints."""
    paths = [folder / "model.safetensors", *folder.glob("training/*/*.safetensors")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def kill_at(step: int, folder: Path, options: list[str]) -> None:
    """Start a run, and kill it once it has logged a step; nothing can be saved or said."""
    with start_training(folder, options) as process:
        wait_for_step(process, folder, step)
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert "trained" in (folder / "README.md").read_text(encoding="utf-8")  # the card


def check_same_end(folder: Path, whole: Path) -> None:
    """The weights, the checkpoint and the log are those of a run never interrupted."""
    assert contents(folder) == contents(whole)
    assert len(contents(whole)) == 1 + 2 * 3  # the model, two checkpoints
    for kind in ("train", "valid", "checkpoint", "end"):
        before, after = (list(map(without_clocks, read_events(f, kind))) for f in (whole, folder))
        assert before == after


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 4, *LATER])
def test_a_killed_run_resumes_to_the_same_bits(
    step: int, whole: Path, toy_options: list[str], run_nmt: RunNmt, tmp_path: Path
) -> None:
    """Before the first checkpoint, in the first epoch, and in later ones."""
    folder = tmp_path / "run"
    kill_at(step, folder, [*toy_options, *OPTIONS])
    assert max(event["step"] for event in read_events(folder)) < STEPS
    done = run_nmt("train", "--resume", "-o", folder)
    assert done.returncode == 0, done.stderr
    check_same_end(folder, whole)


@pytest.mark.slow
def test_a_run_killed_again_and_again_resumes_to_the_same_bits(
    whole: Path, toy_options: list[str], run_nmt: RunNmt, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    kill_at(2, folder, [*toy_options, *OPTIONS])
    for step in (9, 20, 21, 40):
        kill_at(step, folder, ["--resume"])
        assert load_model(folder).folder == folder  # a kill leaves a directory that loads
    assert run_nmt("train", "--resume", "-o", folder).returncode == 0
    check_same_end(folder, whole)


def test_the_kills_are_in_the_first_and_in_later_epochs(whole: Path) -> None:
    epochs = {event["step"]: event["epoch"] for event in read_events(whole, "train")}
    assert epochs[4] == 1 and all(epochs[step] > 1 for step in LATER)


def test_a_weight_of_the_validation_corpus_is_refused(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_toy_config()
    assert config.data.valid
    valid = config.data.valid.model_copy(update={"weight": 2.0})
    config = config.model_copy(update={"data": config.data.model_copy(update={"valid": valid})})
    with pytest.raises(ConfigError, match=r"data\.valid\.weight: goes with training"):
        train(config, tmp_path / "model")
    assert not (tmp_path / "model").exists()
