"""The recurrent model and the Transformer baseline, side by side: the same data, cores and minutes.

The models of a corpus in benchmarks/baseline.toml are trained for each seed, two at the same time,
each by `nmt train` on one thread; they are scored on the validation and the test set.

    python benchmarks/baseline.py --work DIR --corpus multi30k-de-en [--seeds 1 2 3]
        [--budget 20m] [--train FILE] [--results FILE]
    python benchmarks/baseline.py --work DIR --corpus multi30k-de-en --report [DIR]

`--train` is another training corpus for all, such as what `nmt diversify` wrote. Results are lines
of a file, DIR/baseline.jsonl unless it is named, and what is there is not run again. `--report`
prints a table and draws the learning curves into the folder named.
"""

import argparse
import json
import os
import statistics
import sys
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from diversification import scores
from runs import machine, nmt

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
FILE = Path(__file__).with_name("baseline.toml")
AT_A_TIME = 2  # models, on one core each
METRICS = ("bleu", "lower", "tokenized", "chrf")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is the same for both models."""

    corpus: str
    seed: int
    budget: str
    train: str  # "" is the corpus itself

    @property
    def stated(self) -> "Conditions":
        """As a result states them: without the folder of another corpus."""
        return replace(self, train=Path(self.train).name)

    @property
    def title(self) -> str:
        """In a few words."""
        return f"{self.corpus}{' diversified' * bool(self.train)}, {self.budget} on one core"


@dataclass(frozen=True, slots=True)
class Result:
    """One trained model."""

    corpus: str
    model: str
    seed: int
    budget: str
    train: str
    settings: list[str]
    machine: str
    parameters: int
    steps: int
    tokens_per_second: float | None  # None: too few steps for a log line
    valid: dict[str, float | str]
    test: dict[str, float | str]
    curve: list[list[float]]  # step, seconds, greedy validation BLEU, perplexity

    @property
    def conditions(self) -> Conditions:
        """What it shares with the other model."""
        return Conditions(self.corpus, self.seed, self.budget, self.train)


def train(name: str, work: Path, conditions: Conditions) -> Result:
    """Train and score one of the models."""
    from nmt.training.metric_log import read_metrics

    spec, budget = load_spec(conditions.corpus), conditions.budget
    kind = f"{conditions.corpus}{'-more' * bool(conditions.train)}"
    folder = work / "models" / f"{kind}-{name}-{conditions.seed}-{budget}"
    defaults = work / "defaults.toml"  # a file, so that no recipe for the size is taken
    defaults.write_text('name = "baseline"\n', encoding="utf-8")
    changes = [part for setting in settings_of(spec, name) for part in ("--set", setting)]
    source, target = (str(CORPORA / file) for file in spec["train"])
    files = ["--source", source, "--target", target]
    if conditions.train:
        files = ["--corpus", conditions.train]
    valid = [str(CORPORA / file) for file in spec["valid"]]
    files += ["--valid-source", valid[0], "--valid-target", valid[1]]
    files += ["--languages", languages_of(conditions.corpus)]
    length = ["--time-budget", budget, "--seed", str(conditions.seed), "--threads", "1"]
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
        **asdict(conditions.stated),
        model=name,
        settings=settings_of(spec, name),
        machine=machine(),
        parameters=last["start"]["parameters"],
        steps=last["end"]["step"],
        tokens_per_second=statistics.median(speeds) if speeds else None,
        valid=score(folder, spec["valid"], conditions.corpus),
        test=score(folder, spec["test"], conditions.corpus),
        curve=curve,
    )


def score(model: Path, files: Sequence[str], corpus: str) -> dict[str, float | str]:
    """Scores of the translation of a set with the default search."""
    output, _ = nmt(["translate", str(model), str(CORPORA / files[0]), "--threads", "1"], 1)
    reference = (CORPORA / files[1]).read_text(encoding="utf-8")
    hypotheses, references = (text.removesuffix("\n").split("\n") for text in (output, reference))
    return scores(hypotheses, references, languages_of(corpus).split("-")[1])


def load_spec(corpus: str) -> dict[str, Any]:
    """The section of a corpus."""
    section: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))[corpus]
    return section


def settings_of(spec: dict[str, Any], name: str) -> list[str]:
    """All settings of a model, those of both first."""
    return [*spec["base"], *spec["models"][name]]


def languages_of(corpus: str) -> str:
    """Such as de-en."""
    return corpus.split("-", 1)[1]


def load_results(path: Path) -> list[Result]:
    """All results, in the order in which they were made."""
    if not path.exists():
        return []
    return [Result(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def compare(seeds: Sequence[int], work: Path, conditions: Conditions, path: Path) -> None:
    """Train what is missing, two models at a time, those of a seed one after the other."""
    spec, runs = load_spec(conditions.corpus), []
    known = load_results(path)
    for seed in seeds:
        same = Conditions(conditions.corpus, seed, conditions.budget, conditions.train)
        done = [r for r in known if r.conditions == same.stated and r.machine == machine()]
        for name in spec["models"]:
            if not any(r.model == name and r.settings == settings_of(spec, name) for r in done):
                runs.append((name, same))
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for result in pool.map(lambda run: train(run[0], work, run[1]), runs):
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
            print(f"{result.model}, seed {result.seed}: test {result.test}", flush=True)


def report(results: list[Result], folder: Path | None) -> None:
    """Print a table of means and deviations; draw the learning curves."""
    titles = ["params", "tokens/s", "val BLEU", *(f"test {metric}" for metric in METRICS)]
    for title in dict.fromkeys(result.conditions.title for result in results):
        chosen = [result for result in results if result.conditions.title == title]
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
            draw(chosen, title, folder / f"curve-{title.split(',')[0].replace(' ', '-')}.png")


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
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--budget", default="20m", help="of each training, such as 20m")
    parser.add_argument("--train", default="", metavar="FILE", help="of all, in place of its own")
    parser.add_argument("--report", nargs="?", type=Path, const=Path(__file__).parent)
    arguments = parser.parse_args()
    if arguments.work is None or not CORPORA.is_dir():
        print("skipped: takes hours; say where to keep models, by --work DIR (and NMT_CORPORA)")
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    path = arguments.results or arguments.work / "baseline.jsonl"
    conditions = Conditions(arguments.corpus, 0, arguments.budget, arguments.train)
    if not arguments.report:
        compare(arguments.seeds, arguments.work, conditions, path)
    spec = load_spec(arguments.corpus)
    results = [
        result  # of the settings that the model has now
        for result in load_results(path)
        if result.corpus == arguments.corpus
        and result.settings == settings_of(spec, result.model)
        and machine() == result.machine
    ]
    report(results, arguments.report)
    sys.exit(0 if results else 1)


if __name__ == "__main__":
    main()
