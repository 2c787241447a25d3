"""The learning curves of runs, from the metrics.jsonl of their model directories."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nmt.errors import ModelError
from nmt.settings import format_duration
from nmt.training.metric_log import METRICS_FILE, read_metrics

NUMBERS = {  # of each kind of event, those that are drawn
    "train": ("loss", "perplexity", "learning_rate", "gradient_norm", "tokens_per_second"),
    "valid": ("bleu", "perplexity", "accuracy"),
}

SCORED = ("valid", "average")  # the weights as they were, and the mean of some at the end


@dataclass(frozen=True, slots=True)
class Series:
    """One number of a run over its steps and its seconds."""

    steps: tuple[int, ...]
    seconds: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run has logged so far."""

    name: str
    state: str  # why it ended: finished, patience, interrupted; or "not ended"
    steps: int
    seconds: float
    parameters: int | None
    skipped: int  # steps whose loss or gradient was not finite
    best_bleu: float | None  # of a validation, greedy
    best_step: int | None
    series: dict[str, Series]  # "train loss", "valid bleu" and so on

    @property
    def tokens_per_second(self) -> float | None:
        """The mean over the log, of target tokens without padding."""
        speeds = self.series["train tokens_per_second"].values
        return sum(speeds) / len(speeds) if speeds else None


def read_runs(folders: Sequence[Path]) -> list[Run]:
    """The runs of model directories, under the shortest names that tell them apart.

    Raises:
        ModelError: one has no log, or nothing in it yet.
    """
    names, parts = [folder.name for folder in folders], 1
    resolved = [folder.resolve() for folder in folders]
    while len(set(names)) < len(set(resolved)) or "" in names:
        names = ["/".join(folder.parts[-parts:]) for folder in resolved]
        parts += 1
    return [read_run(folder, name) for folder, name in zip(folders, names, strict=True)]


def read_run(folder: Path, name: str) -> Run:
    """What a run has logged so far; it may go on meanwhile.

    Raises:
        ModelError: there is no log, or nothing in it yet.
    """
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such model directory")
    events = read_metrics(folder)
    if not any(event.get("event") in NUMBERS for event in events):
        raise ModelError(
            f"{folder / METRICS_FILE}: tells of no step of training; nmt train writes it"
        )
    start = next((event for event in events if event.get("event") == "start"), {})
    ends = [event for event in events if event.get("event") == "end"]
    trained = [event for event in events if event.get("event") == "train"]
    best = max(
        (event for event in events if event.get("event") in SCORED and _number(event, "bleu")),
        key=lambda event: float(event["bleu"]),
        default=None,
    )
    kinds = {"train": ("train",), "valid": SCORED}
    return Run(
        name=name,
        state=str(ends[-1].get("reason")) if ends else "not ended",
        steps=events[-1]["step"],
        seconds=max((e["seconds"] for e in events if _number(e, "seconds")), default=0.0),
        parameters=start.get("parameters"),
        skipped=trained[-1]["skipped"] if trained and _number(trained[-1], "skipped") else 0,
        best_bleu=float(best["bleu"]) if best else None,
        best_step=best["step"] if best else None,
        series={
            f"{kind} {key}": _series([e for e in events if e.get("event") in kinds[kind]], key)
            for kind, keys in NUMBERS.items()
            for key in keys
        },
    )


def _number(event: dict[str, Any], key: str) -> bool:
    value = event.get(key)
    return isinstance(value, int | float) and math.isfinite(value)


def _series(events: list[dict[str, Any]], key: str) -> Series:
    known = [event for event in events if _number(event, key) and _number(event, "seconds")]
    return Series(
        tuple(event["step"] for event in known),
        tuple(float(event["seconds"]) for event in known),
        tuple(float(event[key]) for event in known),
    )


def runs_table(runs: Sequence[Run]) -> str:
    """The runs for people, a line each."""
    head = ("run", "steps", "time", "best BLEU", "at step", "perplexity", "tokens/s", "state")
    rows = [head, *(_row(run) for run in runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, len(head) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(run: Run) -> tuple[str, ...]:
    perplexities, speed = run.series["valid perplexity"].values, run.tokens_per_second
    skipped = f", {run.skipped:,} steps skipped" if run.skipped else ""
    return (
        run.name,
        f"{run.steps:,}",
        format_duration(run.seconds),
        "-" if run.best_bleu is None else f"{run.best_bleu:.2f}",
        "-" if run.best_step is None else f"{run.best_step:,}",
        f"{min(perplexities):.2f}" if perplexities else "-",
        "-" if speed is None else f"{speed:,.0f}",
        run.state + skipped,
    )
