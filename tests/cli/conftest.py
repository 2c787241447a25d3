"""Fixtures of the command-line tests: a toy corpus, a model trained on it, commands in-process."""

import json
import os
import random
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from nmt.cli import main

ROOT = Path(__file__).resolve().parents[2]
WORDS = {
    "eins": "one", "zwei": "two", "drei": "three", "vier": "four", "rot": "red", "blau": "blue",
    "grün": "green", "weiß": "white", "Haus": "house", "Baum": "tree", "Tür": "door",
    "Vögel": "birds",
}  # fmt: skip
SMALL = [
    "--set", "model.hidden_size=32", "--set", "model.embedding_size=32",
    "--set", "model.decoder_layers=1", "--set", "training.batch_tokens=256",
    "--set", "training.warmup_steps=5", "--set", "training.log_interval=5",
    "--set", "training.validation_interval=10", "--set", "training.checkpoint_interval=10",
    "--set", "training.precision=float32", "--threads", "1",
]  # fmt: skip


class Finished(Protocol):
    """What a command left, run in this process or in one of its own."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with {train,valid,test}.{src,tgt}: 300, 30 and 30 pairs, word for word."""
    chooser, folder = random.Random(1), tmp_path_factory.mktemp("toy")
    sentences = [chooser.choices(list(WORDS), k=chooser.randint(2, 7)) for _ in range(360)]
    parts = {"train": sentences[:300], "valid": sentences[300:330], "test": sentences[330:]}
    for name, part in parts.items():
        source = "".join(" ".join(words) + "\n" for words in part)
        target = "".join(" ".join(WORDS[word] for word in words) + "\n" for words in part)
        (folder / f"{name}.src").write_text(source, encoding="utf-8")
        (folder / f"{name}.tgt").write_text(target, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def toy_options(toy: Path) -> list[str]:
    """The options of `nmt train` for a small model of the toy corpus."""
    names = {"--source": "train.src", "--target": "train.tgt"}
    names |= {"--valid-source": "valid.src", "--valid-target": "valid.tgt"}
    return [*(word for option, name in names.items() for word in (option, f"{toy / name}")), *SMALL]


@pytest.fixture(scope="session")
def model(
    run_nmt: Callable[..., Finished],
    toy_options: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A model directory; it has learned little, but its translations differ from line to line."""
    folder = tmp_path_factory.mktemp("trained") / "toy-model"
    steps = ["--set", "training.max_steps=60", "--set", "training.learning_rate=0.01"]
    done = run_nmt("train", *toy_options, *steps, "--languages", "de-en", "-o", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def tagged_model(
    run_nmt: Callable[..., Finished], toy: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A model directory that knows the tags <a> and <b>."""
    folder = tmp_path_factory.mktemp("trained") / "tagged-model"
    files = f"source='{toy / 'train.src'}', target='{toy / 'train.tgt'}'"
    entries = ", ".join(f"{{{files}, tag='<{name}>'}}" for name in "ab")
    steps = ["--set", "training.max_steps=30", "--set", "training.learning_rate=0.01"]
    corpora = ["--set", f"data.train=[{entries}]"]
    done = run_nmt("train", *corpora, *SMALL, *steps, "--languages", "de-en", "-o", folder)
    assert done.returncode == 0, done.stderr
    return folder


class Command(Protocol):
    """`nmt("info model --json")`: what the command printed, and its exit status."""

    def __call__(self, line: str, *arguments: str | Path) -> Finished: ...


@pytest.fixture
def nmt(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run a command line in this process, which saves the second in which torch is imported."""

    class Done:
        returncode, stdout, stderr = 0, "", ""

    def run(line: str, *arguments: str | Path) -> Finished:
        monkeypatch.setattr(sys, "argv", ["nmt", *shlex.split(line), *map(str, arguments)])
        capfd.readouterr()
        done = Done()
        try:
            main.run()
        except SystemExit as end:
            done.returncode = int(str(end.code or 0))
        done.stdout, done.stderr = capfd.readouterr()
        return done

    return run


def read_events(folder: Path, kind: str = "") -> list[dict[str, Any]]:
    """The whole lines of metrics.jsonl so far, of one kind or of all."""
    path = folder / "metrics.jsonl"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    events = [json.loads(line) for line in text.split("\n")[:-1]]
    return [event for event in events if kind in ("", event["event"])]


def without_clocks(event: dict[str, Any]) -> dict[str, Any]:
    """An event without what depends on the time it took."""
    return {key: value for key, value in event.items() if "second" not in key}


def start_training(folder: Path, options: list[str]) -> subprocess.Popen[str]:
    """Start `nmt train` in the background."""
    return subprocess.Popen(
        [sys.executable, "-m", "nmt", "train", *options, "-o", str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def wait_for_step(process: subprocess.Popen[str], folder: Path, step: int) -> None:
    """Wait until a run has logged a step."""
    while process.poll() is None:
        if any(event["step"] >= step for event in read_events(folder, "train")):
            return
        time.sleep(0.002)
    pytest.fail(f"the run ended before step {step}")
