"""The report of benchmarks/architectures.py: tables and plots of its results."""

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

from architecture_plots import BASE, TITLES, plot
from architecture_results import BINS, Result
from architecture_variants import variant_groups

IN_TURNS = (
    "Sentences/s: the share of those of the base, timed in turns with it by "
    "benchmarks/architecture_speeds.py, times the base's median."
)
ONCE = "Sentences/s are of one look after each run, so that they tell of the machine's hour, too."
BUSY = 0.85  # of the usual rate of matrix products: below, something else was running


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


def write_report(
    results: list[Result], folder: Path, rate: float | None, *, in_turns: bool
) -> None:
    """Write architectures.md, and the plots beside it.

    Args:
        rate: what the budget is for.
        in_turns: whether translation was timed in turns with the base.
    """
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
    lines += ["", IN_TURNS if in_turns else ONCE]
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
    text = [
        "# Architectures in the same time on the same data",
        "",
        "Multi30k de-en, 29,000 pairs. One base model and variants that change one thing each, all "
        f"in benchmarks/architectures.toml. Every training had {first.budget} on {first.threads} "
        f"thread{'s' * (first.threads > 1)}, validation included. What trains faster makes more "
        "steps: this says what to choose when time is short, and not what is best in the end."
        + equal_time(results, rate),
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


def equal_time(results: list[Result], rate: float | None) -> str:
    """What an equal time is, on a machine that is faster in some hours than in others."""
    if rate is None:
        return ""
    seconds = [result.seconds for result in results]
    return (
        f" That is the time on a machine of {rate:,.0f} GFLOP/s: one that others share is slower "
        f"at times, and a run that began then had as much more ({min(seconds)} to {max(seconds)} "
        f"seconds). Equal is here what differs by 8% at most. Target tokens/s are scaled to that "
        "rate."
    )
