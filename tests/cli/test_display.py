"""What a training run shows: a live panel on a terminal, plain lines elsewhere."""

import io
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from nmt.cli.display import (
    TrainingDisplay,
    average_line,
    end_line,
    progress_line,
    progress_panel,
    start_lines,
)

ROOT = Path(__file__).resolve().parents[2]

START: dict[str, Any] = {
    "event": "start", "step": 0, "parameters": 12345, "vocabulary": [100, 200],
    "pairs": {"read": 10, "kept": 7}, "prepared": "cache/x",
    "left_out": ["2 with an empty side", "1 longer than data.max_length"],
    "mixture": [{"name": "a.tsv", "pairs": 7, "copies": 1.0}],
    "reused": False, "batches_per_epoch": 3, "real_tokens": 0.9, "precision": "float32",
    "threads": 2, "validation_sentences": 5,
}  # fmt: skip
PROGRESS: dict[str, Any] = {
    "event": "train", "step": 1500, "epoch": 3, "fraction": 0.25, "loss": 2.345,
    "perplexity": 9.87, "gradient_norm": 0.65, "learning_rate": 0.00123, "skipped": 4,
    "tokens_per_second": 4321.0, "source_tokens_per_second": 5432.0, "remaining_seconds": 61.0,
    "best_bleu": 34.56, "best_step": 1500,
}  # fmt: skip
VALID: dict[str, Any] = {
    "event": "valid", "step": 1500, "best": True, "bleu": 34.56, "perplexity": 4.5, "in_parts": 0,
    "accuracy": 0.625, "validation_seconds": 2.0, "example": ("[Hund]", ":dog:", "[/red] 100%"),
}  # fmt: skip


def test_start_names_all_that_is_left_out() -> None:
    text = "\n".join(start_lines(START))
    assert "7 sentence pairs of 10" in text
    assert "2 with an empty side, 1 longer than data.max_length (rejected.jsonl)" in text
    assert "12,345 parameters" in text
    assert "going on" not in text and "warning" not in text
    assert "left out" not in start_lines(START | {"left_out": []})[0]
    assert "mixture" not in text


def test_start_tells_the_effective_mixture() -> None:
    mixture = [
        {"name": "law.tsv", "pairs": 1000, "copies": 3.0},
        {"name": "news.tsv", "pairs": 9000, "copies": 1.0},
    ]
    text = "\n".join(start_lines(START | {"mixture": mixture}))
    assert "25.0%  1,000 pairs, each 3 times  law.tsv" in text
    assert "75.0%  9,000 pairs, each 1 times  news.tsv" in text


def test_start_tells_of_a_resumed_run_and_of_one_without_validation() -> None:
    lines = start_lines(START | {"step": 40, "validation_sentences": 0})
    assert "going on after step 40" in lines
    assert lines[-1].startswith("warning: no validation corpus")


FIGURES = [
    "1,500",
    "3",
    "2.345",
    "9.87",
    "0.65",
    "1.23e-03",
    "4,321",
    "5,432",
    "1m01s",
    "25",
    "34.56 at step 1,500",
]


def test_a_plain_line_has_all_figures() -> None:
    line = progress_line(PROGRESS)
    assert "\n" not in line
    assert [figure for figure in FIGURES if figure not in line] == []


def test_the_panel_has_all_figures_and_the_best_bleu() -> None:
    console = Console(file=io.StringIO(), width=120)
    console.print(progress_panel(PROGRESS))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert [figure for figure in [*FIGURES, "4"] if figure not in text] == []
    console.print(progress_panel(PROGRESS | {"best_bleu": -1.0}))
    assert "none yet" in console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("reason", ["finished", "patience", "interrupted"])
def test_the_end_says_why(reason: str) -> None:
    event = {"reason": reason, "step": 70, "seconds": 5.0, "best_bleu": 12.3, "best_step": 60}
    line = end_line(event, Path("models/x"))
    assert line.endswith("after 70 steps and 5s; best BLEU 12.30 at step 60: models/x")
    assert line.startswith("stopped early" if reason == "patience" else reason)
    assert "best BLEU" not in end_line(event | {"best_bleu": -1.0}, Path("x"))


def test_events_are_plain_lines_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with TrainingDisplay(Path("models/x")) as display:
        display.show({"event": "preparing", "message": "preparing a + b"})
        assert not display.training
        display.show(START)
        assert display.training
        display.show(PROGRESS)
        display.show(VALID)
        display.show({"event": "checkpoint", "step": 1500})
        display.show({"event": "hurry", "step": 1500, "fraction": 0.7, "validations": 20})
        display.show({"event": "warning", "message": "something odd"})
    output, errors = capsys.readouterr()
    assert output == ""
    assert "\x1b" not in errors and "\r" not in errors
    assert all(line.startswith("nmt: ") for line in errors.splitlines())
    for text in (
        "preparing a + b",
        "step 1,500 epoch",
        "BLEU 34.56 (best)",
        "no better BLEU in 20 validations (training.patience): going on at 70% of the run",
        "warning: something odd",
    ):
        assert errors.count(text) == 1


def test_sentences_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    with TrainingDisplay(Path("x")) as display:
        display.show(VALID)
    errors = capsys.readouterr().err
    assert all(sentence in errors for sentence in VALID["example"])


def test_a_terminal_gets_a_live_panel(toy_options: list[str], tmp_path: Path) -> None:
    primary, terminal = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        try:
            while block := os.read(primary, 65536):
                shown.append(block)
        except OSError:  # the other end is closed
            return

    reader = threading.Thread(target=read)
    reader.start()
    command = [sys.executable, "-m", "nmt", "train", *toy_options, "-o", tmp_path / "model"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    done = subprocess.run(
        [*command, "--set", "training.max_steps=30"], env=environment, stdout=subprocess.PIPE,
        stderr=terminal, check=False,
    )  # fmt: skip
    os.close(terminal)
    reader.join(10)
    os.close(primary)
    text = b"".join(shown).decode()
    assert (done.returncode, done.stdout) == (0, b"")
    assert "\x1b" in text  # the cursor goes back to draw the panel again
    for words in ("progress", "ETA", "gradient norm", "source tokens/s", "best BLEU"):
        assert words in text
    assert "finished after 30 steps" in text


@pytest.mark.parametrize(("best", "words"), [(True, "is the model"), (False, "not better")])
def test_what_came_of_the_mean_is_told(best: bool, words: str) -> None:
    line = average_line({"event": "average", "steps": [5, 10, 15], "bleu": 34.567, "best": best})
    assert "last 3 validated weights: BLEU 34.57" in line and words in line
