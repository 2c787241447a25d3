"""The report of benchmarks/architectures.py: tables and plots of its results."""

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from architecture_variants import variant_groups

BINS = {"1-5": 5, "6-10": 10, "11-15": 15, "16-20": 20, "21+": 10**9}  # the longest source of each
BUSY = 0.85  # of the usual rate of matrix products: below, something else was running
BASE = "base"
TITLES = {
    "cells": "Cells (of both sides)",
    "encoders": "Encoders",
    "decoders": "Decoders, with and without input feeding",
    "attentions": "Attentions",
    "starts": "The first state of the decoder",
    "depth": "Residual connections and norms, three layers on both sides",
    "combinations": "Combinations",
    "regularization": "Regularization, objectives and averages",
    "schedules": "Learning-rate schedules",
}
PLOTTED = ("combinations", "decoders", "attentions")


@dataclass(frozen=True, slots=True)
class Result:
    """One run: a line of results.jsonl."""

    name: str
    seed: int
    budget: str
    threads: int
    settings: list[str]
    machine: str
    precision: str
    matrix_rate: float  # GFLOP/s of one large product, in this precision, before the run
    seconds: int  # that training was given
    parameters: int
    steps: int
    reason: str  # why training ended
    best_step: int
    tokens_per_second: float | None  # target tokens without padding; None in very short runs
    training_memory: int  # MiB, as is decoding_memory
    decoding_memory: int
    valid_bleu: float  # with beam 5, as all scores but greedy_test_bleu
    test_bleu: float
    valid_chrf: float
    test_chrf: float
    greedy_test_bleu: float
    beam_speed: float  # sentences a second, as is greedy_speed
    greedy_speed: float
    bleu_by_length: dict[str, float]
    sentences_by_length: dict[str, int]
    signature: str

    @property
    def key(self) -> tuple[object, ...]:
        """What a run is known by: one with the same key need not be made again."""
        conditions = (self.budget, self.threads, tuple(self.settings), self.machine)
        return self.name, self.seed, *conditions

    def summary(self) -> str:
        """The run in a line."""
        return (
            f"{self.steps:,} steps, {self.tokens_per_second or 0:,.0f} tokens/s, "
            f"val {self.valid_bleu:.2f}, test {self.test_bleu:.2f}, "
            f"{self.beam_speed:.0f} sentences/s ({self.matrix_rate:.0f} GFLOP/s)"
        )


def length_bin(source: str) -> str:
    """The bin of a source sentence, by its tokens on white space."""
    length = len(source.split())
    return next(name for name, longest in BINS.items() if length <= longest)


def load_results(path: Path) -> list[Result]:
    """The results so far; of a name and a seed under the same conditions the last one."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    results = [Result(**json.loads(line)) for line in lines]
    same = {(r.name, r.seed, r.budget, r.threads, r.machine): r for r in results}
    return list(same.values())


def mean(values: Sequence[float | None], form: str = ",.0f") -> str:
    """The mean, as text; a dash where a value is missing."""
    known = [value for value in values if value is not None]
    return format(statistics.fmean(known), form) if len(known) == len(values) else "-"


def spread(values: Sequence[float]) -> str:
    """Mean and, of several values, their standard deviation."""
    deviation = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.2f}{deviation}"


COLUMNS: dict[str, Callable[[list[Result]], str]] = {
    "seeds": lambda runs: str(len(runs)),
    "million parameters": lambda runs: f"{runs[0].parameters / 1e6:.2f}",
    "target tokens/s": lambda runs: mean([r.tokens_per_second for r in runs]),
    "steps": lambda runs: mean([r.steps for r in runs]),
    "val BLEU": lambda runs: spread([r.valid_bleu for r in runs]),
    "test BLEU": lambda runs: spread([r.test_bleu for r in runs]),
    "test chrF": lambda runs: spread([r.test_chrf for r in runs]),
    "greedy BLEU": lambda runs: spread([r.greedy_test_bleu for r in runs]),
    "sentences/s greedy": lambda runs: mean([r.greedy_speed for r in runs]),
    "beam 5": lambda runs: mean([r.beam_speed for r in runs]),
    "MiB training": lambda runs: mean([r.training_memory for r in runs]),
    "decoding": lambda runs: mean([r.decoding_memory for r in runs]),
}
LENGTHS: dict[str, Callable[[list[Result]], str]] = {
    name: lambda runs, name=name: mean([r.bleu_by_length.get(name) for r in runs], ".1f")  # type: ignore[misc]
    for name in BINS
}


def table(
    names: list[str],
    runs: dict[str, list[Result]],
    columns: dict[str, Callable[[list[Result]], str]],
    marks: dict[str, str],
) -> list[str]:
    """A table in Markdown, with a row for each variant that was run."""
    lines = [f"| variant | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name in names:
        if name in runs:
            cells = [make(runs[name]) for make in columns.values()]
            lines.append(f"| {name}{marks.get(name, '')} | {' | '.join(cells)} |")
    return lines


def write_report(results: list[Result], folder: Path, rate: float | None) -> None:
    """Write architectures.md, and the plots beside it; `rate` is what the budget is for."""
    if not results:
        print("no results of this budget, number of threads and these settings")
        return
    runs: dict[str, list[Result]] = {}
    for result in results:
        runs.setdefault(result.name, []).append(result)
    groups = {name: [BASE, *group] for name, group in variant_groups().items() if name in TITLES}
    usual = statistics.median(result.matrix_rate for result in results)
    busy = {name for name, of in runs.items() if any(r.matrix_rate < BUSY * usual for r in of)}
    marks = {} if rate else dict.fromkeys(busy, " *")
    lines = introduction(results, usual, marks, rate)
    for group, names in groups.items():
        if any(name in runs for name in names[1:]):
            lines += ["", f"## {TITLES[group]}", "", *table(names, runs, COLUMNS, marks)]
    every = list(dict.fromkeys(name for names in groups.values() for name in names))
    counts = results[0].sentences_by_length.items()
    sentences = ", ".join(f"{count} of {name}" for name, count in counts)
    lines += ["", "## Test BLEU by the length of the source", ""]
    lines += [f"Sentences by their tokens on white space: {sentences}.", ""]
    lines += table(every, runs, LENGTHS, marks)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = plot(groups, runs, folder)
    lines += ["", "## Plots", "", *(f"![{text}]({name})" for name, text in pictures.items())]
    (folder / "architectures.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {folder / 'architectures.md'}, {', '.join(pictures)}")


def introduction(
    results: list[Result], usual: float, marks: dict[str, str], rate: float | None
) -> list[str]:
    """What was compared, where and how."""
    first, seeds = results[0], sorted({result.seed for result in results})
    rates = [result.matrix_rate for result in results]
    timed = sum(first.sentences_by_length.values())
    numbers = " ".join(map(str, seeds))
    command = "python benchmarks/architectures.py --work DIR"
    command += f" --budget {first.budget} --threads {first.threads}"
    command += f" --rate {rate:g}" if rate else ""
    seconds = [result.seconds for result in results]
    equal = f" That is the time on a machine of {rate:,.0f} GFLOP/s, which others slow down: a run "
    equal += (
        "that began when it was slower had as much more, and those that were run before this was "
    )
    equal += f"so count where they had as much within 8%: {min(seconds)} to {max(seconds)} seconds."
    text = [
        "# Architectures in the same time on the same data",
        "",
        "Multi30k de-en, 29,000 pairs. One base model and variants that change one thing each, all "
        f"in benchmarks/architectures.toml. Every training had {first.budget} on {first.threads} "
        f"thread{'s' * (first.threads > 1)}, validation included. What trains faster makes more "
        "steps: this says what to choose when time is short, and not what is best in the end."
        + (equal if rate else ""),
        "",
        f"Machine: {'; '.join(sorted({result.machine for result in results}))}; "
        f"{first.precision}. Before each run one large matrix product was timed: "
        f"{min(rates):,.0f} to {max(rates):,.0f} GFLOP/s, median {usual:,.0f}."
        + (f" Runs marked * had under {BUSY:.0%} of that: the machine was busy." if marks else ""),
        "",
        f"Seeds: {numbers}; ± is the standard deviation over seeds. Scores are of beam 5 but where "
        f"it says greedy; BLEU: `{first.signature}`. Choices are made by validation BLEU; test is "
        f"test_2016_flickr, whose {timed:,} sentences are also what is timed, in batches of 64. "
        "Memory is the peak of all processes of a command.",
        "",
        f"    {command} --seeds {numbers}",
        f"    {command} --report",
    ]
    early = sorted({result.name for result in results if result.reason == "patience"})
    return text + (["", f"Ended early, by patience: {', '.join(early)}."] if early else [])


def plot(
    groups: dict[str, list[str]], runs: dict[str, list[Result]], folder: Path
) -> dict[str, str]:
    """Write the plots; returns what each file shows."""
    import matplotlib

    matplotlib.use("Agg")
    plot_lengths(groups, runs, folder / "architectures-length.png")
    pictures = {"architectures-length.png": "Test BLEU by source length"}
    if any(result.tokens_per_second for of in runs.values() for result in of):
        plot_speeds(groups, runs, folder / "architectures-speed.png")
        pictures["architectures-speed.png"] = "Test BLEU against training speed"
    return pictures


def plot_lengths(groups: dict[str, list[str]], runs: dict[str, list[Result]], path: Path) -> None:
    """Test BLEU by source length, of combinations, decoders and attentions."""
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(PLOTTED), figsize=(15, 4.5), sharey=True, squeeze=False)
    for axis, group in zip(axes[0], PLOTTED, strict=True):
        for name in (name for name in groups[group] if name in runs):
            of = runs[name]
            known = [b for b in BINS if all(b in result.bleu_by_length for result in of)]
            scores = [statistics.fmean(r.bleu_by_length[b] for r in of) for b in known]
            axis.plot([list(BINS).index(b) for b in known], scores, marker="o", label=name)
        axis.set(title=TITLES[group], xlabel="source tokens", xticks=range(len(BINS)))
        axis.set_xticklabels(list(BINS))
        if axis.lines:
            axis.legend(fontsize=8, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.15))
    axes[0][0].set_ylabel("test BLEU")
    figure.savefig(path, dpi=120, bbox_inches="tight")
    plt.close(figure)


def plot_speeds(groups: dict[str, list[str]], runs: dict[str, list[Result]], path: Path) -> None:
    """Test BLEU against training speed, of all groups that change the model itself."""
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(9, 6))
    for group, names in groups.items():
        if group in ("regularization", "schedules"):
            continue
        chosen = [n for n in names if n in runs and (n != BASE or group == next(iter(groups)))]
        timed = [n for n in chosen if all(r.tokens_per_second for r in runs[n])]
        speeds = [statistics.fmean(r.tokens_per_second or 0 for r in runs[n]) for n in timed]
        scores = [statistics.fmean(r.test_bleu for r in runs[n]) for n in timed]
        if timed:
            axis.scatter(speeds, scores, label=TITLES[group])
        for name, speed, score in zip(timed, speeds, scores, strict=True):
            axis.annotate(name, (speed, score), xytext=(3, 3), textcoords="offset points", size=7)
    axis.set(xlabel="target tokens a second in training", ylabel="test BLEU", xscale="log")
    axis.legend(fontsize=8, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.1))
    figure.savefig(path, dpi=120, bbox_inches="tight")
    plt.close(figure)
