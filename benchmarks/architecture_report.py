"""The report of benchmarks/architectures.py: tables and plots of its results."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from architecture_costs import Costs
from architecture_plots import ENOUGH, TITLES, plot
from architecture_results import BINS, TIMED, Result, Speeds
from architecture_variants import BASE, find_variants, variant_groups

ELSEWHERE = "*"  # marks a variant of which a run was not made where most were


@dataclass(frozen=True, slots=True)
class Against:
    """What the results are held against."""

    steps: int  # of the base
    steps_of: Callable[[str], int]  # of each variant, as they should be
    costs: Costs
    speeds: dict[str, Speeds]


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
    "what it changes": lambda runs: changes(runs[0]),
}
LENGTHS: dict[str, Callable[[list[Result]], str]] = {
    name: lambda runs, name=name: mean([r.bleu_by_length.get(name) for r in runs], ".1f")  # type: ignore[misc]
    for name in BINS
}


def short(settings: Sequence[str]) -> str:
    """Settings as a cell of a table has them: without their sections, the last of each name."""
    pairs = (setting.split(".", 1)[1].split("=", 1) for setting in settings)
    return ", ".join(f"{key} {value}" for key, value in dict(pairs).items())


def changes(run: Result) -> str:
    """The settings of a variant that the base does not have."""
    return short(run.settings[len(find_variants()[BASE]) :]) or "nothing"


def place(run: Result) -> str:
    """The machine of a run, and how it computed."""
    return f"{run.machine}, in {run.precision}"


def table(
    names: list[str],
    runs: dict[str, list[Result]],
    columns: dict[str, Callable[[list[Result]], str]],
    usual: str,
) -> list[str]:
    """A table in Markdown, with a row for each variant that was run; usual: the place of most."""
    lines = [f"| variant | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name in names:
        if name in runs:
            cells = [make(runs[name]) for make in columns.values()]
            mark = ELSEWHERE if any(place(run) != usual for run in runs[name]) else ""
            lines.append(f"| {name}{mark} | {' | '.join(cells)} |")
    return lines


def write_report(results: list[Result], against: Against, folder: Path) -> None:
    """Write architectures.md, and the plots beside it."""
    if not results:
        print("no results of as many steps and these settings")
        return
    runs: dict[str, list[Result]] = {}
    for result in results:
        runs.setdefault(result.name, []).append(result)
    groups = {name: [BASE, *group] for name, group in variant_groups().items() if name in TITLES}
    usual = statistics.mode(place(result) for result in results)
    lines = [*introduction(results, against, usual), "", legend(against.speeds)]
    for group, names in groups.items():
        if any(name in runs for name in names[1:]):
            lines += ["", f"## {TITLES[group]}", "", *table(names, runs, COLUMNS, usual)]
    every = list(dict.fromkeys(name for names in groups.values() for name in names))
    counts = results[0].sentences_by_length.items()
    sentences = ", ".join(f"{count} of {name}" for name, count in counts)
    lines += ["", "## Test BLEU by the length of the source", ""]
    lines += [
        f"Sentences by their tokens on white space: {sentences}. The BLEU of few says little:"
    ]
    lines[-1] += f" the plot leaves out lengths of fewer than {ENOUGH} sentences."
    lines += [""]
    lines += table(every, runs, LENGTHS, usual)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = plot(groups, runs, folder)
    lines += ["", "## Plots", "", *(f"![{text}]({name})" for name, text in pictures.items())]
    (folder / "architectures.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {folder / 'architectures.md'}, {', '.join(pictures)}")


def introduction(results: list[Result], against: Against, usual: str) -> list[str]:
    """What was compared, where and how."""
    first, seeds = results[0], sorted({result.seed for result in results})
    base = [run.seconds for run in results if run.name == BASE and place(run) == usual]
    took = f", {statistics.fmean(base) / 60:.1f} minutes of one core" if base else ""
    shares = [run.steps / against.steps_of(run.name) for run in results]
    numbers = " ".join(map(str, seeds))
    command = f"python benchmarks/architectures.py --work DIR --steps {against.steps}"
    text = [
        "# Architectures in the same time on the same data",
        "",
        "Multi30k de-en, 29,000 pairs. One base model and variants that change one thing each, all "
        f"in benchmarks/architectures.toml. The time is that of {against.steps:,} steps of the "
        f"base{took}: each variant makes as many steps as take as long by its cost, the ratio of "
        "the times for a target token that benchmarks/architecture_costs.py measured in turns on "
        f"one core of {'; '.join(sorted(against.costs.machines))}, in {first.precision}. Runs have "
        f"{min(shares):.0%} to {max(shares):.0%} of these steps. What trains faster makes more "
        "steps: this says what to choose when time is short, and not what is best in the end; "
        "benchmarks/RESULTS.md says what it shows.",
        "",
        f"The base: {short(find_variants()[BASE])}; all else is the default of nmt/settings.py. "
        "All others but dropout-0 and dropout-0.3 share its dropout, though none is better in so "
        "short a run.",
        "",
        f"Seeds: {numbers}; ± is the standard deviation over seeds. Scores are of beam 5 but where "
        f"it says greedy; BLEU: `{first.signature}`. Choices are made by validation BLEU; test is "
        "test_2016_flickr.",
        "",
        "    python benchmarks/architecture_costs.py --work DIR",
        f"    {command} --seeds {numbers}",
        "    python benchmarks/architecture_speeds.py --work DIR",
        f"    {command} --report",
    ]
    early = sorted({result.name for result in results if result.reason == "patience"})
    done = {result.name for result in results}
    missing = [name for group in variant_groups().values() for name in group if name not in done]
    notes = [("Ended early, by patience", early), ("Not run", missing), *elsewhere(results, usual)]
    return text + [line for note, names in notes if names for line in ("", listing(note, names))]


def legend(speeds: dict[str, Speeds]) -> str:
    """What the columns of speed and memory are."""
    where = {f"{row.machine}, {row.threads} thread" for row in speeds.values()}
    steps = {f"{row.steps}" for row in speeds.values()}
    itself = speeds[BASE].timed if BASE in speeds else {}
    noise = ", ".join(f"{row[0]:.2f} ({name})" for name, row in itself.items())
    return (
        "Target tokens/s in training are those of the base, divided by the cost of the variant. "
        "Sentences/s in translation are the base's, times the variant's speed as a multiple of the "
        "base's, timed in turns with it by benchmarks/architecture_speeds.py: the first "
        f"{TIMED} sentences of the test set, each as long as its reference, in batches of 64"
        f"{f' (the base against itself, which is noise: {noise})' if noise else ''}. MiB "
        f"are the peaks of all processes of a training of {', '.join(steps) or 'few'} steps and of "
        f"a translation of these sentences with beam 5. Both on "
        f"{'; '.join(sorted(where)) or 'one machine'}. A dash: translates as the base does, or was "
        "not measured."
    )


def elsewhere(results: list[Result], usual: str) -> list[tuple[str, list[str]]]:
    """Runs that were not made where most were: where, and which with their seeds."""
    places: dict[str, dict[str, list[str]]] = {}
    for run in results:
        places.setdefault(place(run), {}).setdefault(run.name, []).append(str(run.seed))
    return [
        (
            f"Marked {ELSEWHERE}, since trained on {where} (seeds)",
            [f"{name} ({', '.join(seeds)})" for name, seeds in names.items()],
        )
        for where, names in places.items()
        if where != usual
    ]


def listing(title: str, names: list[str]) -> str:
    """A sentence with names."""
    return f"{title}: {', '.join(names)}."
