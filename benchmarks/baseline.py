"""The recurrent model and the Transformer baseline: the same data, cores and minutes.

The models of a corpus in benchmarks/baseline.toml are trained for each seed by `nmt train` on one
thread, and scored on the validation and the test set. Two with other `--only`, started together,
run side by side:

    python benchmarks/baseline.py --work DIR --corpus multi30k --languages de-en [--only NAME ...]
        [--seeds 1 2 3] [--budget 20m] [--train FILE] [--results FILE]
    python benchmarks/baseline.py --work DIR --corpus multi30k --languages de-en --report [DIR]

`--train` is another training corpus for all, such as what `nmt diversify` wrote. Results are lines
of a file, DIR/baseline.jsonl unless it is named: a run whose result is there already, from the same
kind of machine, is skipped. `--report` prints a table and draws the learning curves into the folder
named.
"""

import argparse
import json
import os
import statistics
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from diversification import scores
from runs import machine, nmt, run_missing

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
FILE = Path(__file__).with_name("baseline.toml")
METRICS = ("bleu", "lower", "tokenized", "chrf")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is the same for all models."""

    work: Path
    corpus: str
    languages: str
    budget: str
    train: Path | None  # None is the corpus itself

    @property
    def data(self) -> str:
        """The name of the training corpus."""
        return self.train.stem if self.train else "own"

    def sides(self, kind: str) -> list[str]:
        """The two files of the training, validation or test set."""
        file = load_spec(self.corpus)[kind]
        return [str(CORPORA / file.format(language)) for language in self.languages.split("-")]


@dataclass(frozen=True, slots=True)
class Result:
    """One trained model."""

    corpus: str
    languages: str
    budget: str
    data: str  # the training corpus, "own" or the name of another
    model: str
    seed: int
    settings: list[str]
    machine: str
    parameters: int
    steps: int
    tokens_per_second: float | None  # None: too few steps for a log line
    valid: dict[str, float | str]
    test: dict[str, float | str]
    curve: list[list[float]]  # step, seconds, greedy validation BLEU, perplexity

    @property
    def title(self) -> str:
        """Of the table that it belongs to."""
        data = "" if self.data == "own" else f" with {self.data}"
        return f"{self.corpus} {self.languages}{data}, {self.budget} on one core"

    @property
    def key(self) -> tuple[object, ...]:
        """What a run is known by: one with the same key need not be made again."""
        of = (self.corpus, self.languages, self.budget, self.data)
        return (*of, self.model, self.seed, self.machine, tuple(self.settings))

    def summary(self) -> str:
        """The run in a line."""
        return f"validation {self.valid['bleu']}, test {self.test['bleu']}, {self.steps:,} steps"


def measure(name: str, settings: list[str], seed: int, conditions: Conditions) -> Result:
    """Train and score one of the models."""
    from nmt.training.metric_log import read_metrics

    work, budget = conditions.work, conditions.budget
    kind = f"{conditions.corpus}-{conditions.languages}-{conditions.data}"
    folder = work / "models" / f"{kind}-{name}-{seed}-{budget}"
    defaults = work / "defaults.toml"  # a file, so that no recipe for the size is taken
    defaults.write_text('name = "baseline"\n', encoding="utf-8")
    changes = [part for setting in settings for part in ("--set", setting)]
    source, target = conditions.sides("train")
    files = ["--source", source, "--target", target]
    if conditions.train:
        files = ["--corpus", str(conditions.train)]
    valid = conditions.sides("valid")
    files += ["--valid-source", valid[0], "--valid-target", valid[1]]
    files += ["--languages", conditions.languages]
    length = ["--time-budget", budget, "--seed", str(seed), "--threads", "1"]
    nmt(["train", str(defaults), *files, *changes, *length, "-o", str(folder), "--overwrite"], 1)
    events = read_metrics(folder)
    last = {event["event"]: event for event in events}
    speeds = [event["tokens_per_second"] for event in events if event["event"] == "train"]
    curve = [
        [event["step"], event["seconds"], round(event["bleu"], 2), round(event["perplexity"], 3)]
        for event in events
        if event["event"] == "valid"
    ]
    return Result(
        corpus=conditions.corpus,
        languages=conditions.languages,
        budget=budget,
        data=conditions.data,
        model=name,
        seed=seed,
        settings=settings,
        machine=machine(),
        parameters=last["start"]["parameters"],
        steps=last["end"]["step"],
        tokens_per_second=statistics.median(speeds) if speeds else None,
        valid=score(folder, "valid", conditions),
        test=score(folder, "test", conditions),
        curve=curve,
    )


def score(model: Path, kind: str, conditions: Conditions) -> dict[str, float | str]:
    """Scores of the translation of a set with the default search."""
    source, target = conditions.sides(kind)
    output, _ = nmt(["translate", str(model), source, "--threads", "1"], 1)
    texts = (output, Path(target).read_text(encoding="utf-8"))
    hypotheses, references = (text.removesuffix("\n").split("\n") for text in texts)
    return scores(hypotheses, references, conditions.languages.split("-")[1])


def load_spec(corpus: str) -> dict[str, Any]:
    """The section of a corpus."""
    section: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))[corpus]
    return section


def models_of(corpus: str) -> dict[str, list[str]]:
    """All settings of each model, those of all first."""
    spec = load_spec(corpus)
    return {name: spec["base"] + changes for name, changes in spec["models"].items()}


def load_results(path: Path) -> list[Result]:
    """All results, in the order in which they were made."""
    if not path.exists():
        return []
    return [Result(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def compare(names: list[str], seeds: list[int], conditions: Conditions, path: Path) -> int:
    """Run what is not done yet; returns the number of runs that failed."""
    models, runs = models_of(conditions.corpus), {}
    of = (conditions.corpus, conditions.languages, conditions.budget, conditions.data)
    for seed in seeds:
        for name in names:
            key = (*of, name, seed, machine(), tuple(models[name]))
            runs[key] = partial(measure, name, models[name], seed, conditions)
    return run_missing(runs, load_results(path), path)


def report(results: list[Result], folder: Path | None) -> None:
    """Print a table of means and deviations; draw the learning curves."""
    titles = ["params", "tokens/s", "val BLEU", *(f"test {metric}" for metric in METRICS)]
    for title in dict.fromkeys(result.title for result in results):
        chosen = [result for result in results if result.title == title]
        print(f"\n{title}\n\n| model | seeds | {' | '.join(titles)} |")
        print("|---|---|" + "---|" * len(titles))
        for name in dict.fromkeys(result.model for result in chosen):
            runs = [result for result in chosen if result.model == name]
            speeds = [run.tokens_per_second for run in runs if run.tokens_per_second]
            speed = f"{statistics.fmean(speeds):,.0f}" if speeds else ""
            cells = [f"{runs[0].parameters / 1e6:.2f} M", speed]
            cells += [spread([float(run.valid["bleu"]) for run in runs])]
            for metric in METRICS:
                values = [float(run.test[metric]) for run in runs if metric in run.test]
                cells.append(spread(values))
            print(f"| {name} | {len(runs)} | {' | '.join(cells)} |")
        if folder:
            draw(
                chosen, title, folder / f"curve-{'-'.join(title.replace(',', '').split()[:-3])}.png"
            )


def spread(values: Sequence[float]) -> str:
    """The mean, and the standard deviation of several."""
    if not values:
        return ""
    deviation = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.2f}{deviation}"


def draw(results: list[Result], title: str, path: Path) -> None:
    """The greedy validation BLEU of each run against the time."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5))
    colours = {name: f"C{i}" for i, name in enumerate(dict.fromkeys(r.model for r in results))}
    for result in results:
        minutes, bleu = ([row[i] for row in result.curve] for i in (1, 2))
        first = result.seed == min(r.seed for r in results if r.model == result.model)
        label = result.model if first else "_"
        axes.plot([m / 60 for m in minutes], bleu, "o-", color=colours[result.model], label=label)
    axes.set(xlabel="minutes", ylabel="validation BLEU, greedy", title=title)
    axes.legend()
    figure.savefig(path, dpi=120, bbox_inches="tight")
    plt.close(figure)


def main() -> None:
    """Run the comparison on a corpus, or report it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, help="folder of results and models")
    parser.add_argument("--results", type=Path, metavar="FILE")
    corpora = list(tomllib.loads(FILE.read_text(encoding="utf-8")))
    parser.add_argument("--corpus", choices=corpora, default=corpora[0])
    parser.add_argument("--languages", default="de-en")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="models")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--budget", default="20m", help="of each training, such as 20m")
    parser.add_argument("--train", type=Path, metavar="FILE", help="of all, in place of its own")
    parser.add_argument("--report", nargs="?", type=Path, const=Path(__file__).parent)
    arguments = parser.parse_args()
    if arguments.work is None or not CORPORA.is_dir():
        print("skipped: takes hours; say where to keep models, by --work DIR (and NMT_CORPORA)")
        return
    models, languages = models_of(arguments.corpus), arguments.languages
    if unknown := set(arguments.only or ()) - set(models):
        parser.error(f"--only {' '.join(sorted(unknown))}: there are {', '.join(models)}")
    arguments.work.mkdir(parents=True, exist_ok=True)
    path = arguments.results or arguments.work / "baseline.jsonl"
    conditions = Conditions(
        arguments.work, arguments.corpus, languages, arguments.budget, arguments.train
    )
    failures = 0
    if not arguments.report:
        failures = compare(arguments.only or list(models), arguments.seeds, conditions, path)
    results = [
        result  # of the settings that the model has now
        for result in load_results(path)
        if (result.corpus, result.languages) == (arguments.corpus, languages)
        and result.settings == models.get(result.model)
        and machine() == result.machine
    ]
    report(results, arguments.report)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
