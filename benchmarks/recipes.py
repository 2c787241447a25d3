"""The search for the recipes: candidates of settings, by the mean over several corpora.

Each candidate of a recipe in benchmarks/recipes.toml trains on the same random pairs of each of its
corpora in a process of its own, each for the same time or the same steps (which other work on the
machine does not change), and is scored on the validation set (beam 5). Test sets are not looked at.

    python benchmarks/recipes.py --work DIR [--results FILE] --recipe tiny [--only NAME ...]
        [--budget 10m] [--corpora de-en ...] [--seed 1] [--threads 1]

Results are lines of a file, DIR/results.jsonl unless it is named: a run whose result is there
already, from the same kind of machine, is skipped, so that the search can be stopped at any time,
and two of them with other `--corpora` can run side by side.
At the end, or with `--report` at once, a table is printed for each machine.
"""

import argparse
import gzip
import json
import os
import random
import statistics
import sys
import tomllib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from runs import machine, nmt, run_missing

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
FILE = Path(__file__).with_name("recipes.toml")
Search = dict[str, Any]  # of recipes.toml


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is the same for all runs of a search."""

    work: Path
    recipe: str
    pairs: int
    budget: str
    seed: int
    threads: int


@dataclass(frozen=True, slots=True)
class Result:
    """One candidate on one corpus."""

    recipe: str
    candidate: str
    corpus: str
    pairs: int
    budget: str
    seed: int
    threads: int
    settings: list[str]
    machine: str
    bleu: float
    chrf: float
    greedy: float  # BLEU of the best validation
    perplexity: float  # the lowest of a validation
    steps: int
    best_step: int

    @property
    def key(self) -> tuple[object, ...]:
        """What a run is known by: one with the same key need not be made again."""
        same = (self.pairs, self.budget, self.seed, self.threads, self.machine)
        return (self.recipe, self.candidate, self.corpus, *same, tuple(self.settings))

    def summary(self) -> str:
        """The run in a line."""
        return f"BLEU {self.bleu}, chrF {self.chrf}, {self.steps:,} steps"


def read_lines(path: Path) -> list[str]:
    """The lines of a text file, which may be compressed."""
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    return text.decode("utf-8").removesuffix("\n").split("\n")


def write_subset(corpus: str, files: list[str], conditions: Conditions) -> list[Path]:
    """The same random pairs for all candidates: files of both sides."""
    from nmt.atomic import write_atomically

    folder = conditions.work / "data"
    folder.mkdir(parents=True, exist_ok=True)
    sides = [folder / f"{corpus}-{conditions.pairs}.{name}" for name in corpus.split("-")]
    if not all(side.exists() for side in sides):
        columns = [read_lines(CORPORA / file) for file in files[:2]]
        rows = list(range(len(columns[0])))
        random.Random(1).shuffle(rows)
        for side, lines in zip(sides, columns, strict=True):
            text = "".join(f"{lines[row]}\n" for row in rows[: conditions.pairs])
            write_atomically(side, partial(Path.write_text, data=text, encoding="utf-8"))
    return sides


def measure(
    candidate: str, settings: list[str], corpus: str, files: list[str], conditions: Conditions
) -> Result:
    """Train a candidate on a corpus and score it on the validation set."""
    from nmt.training.metric_log import read_metrics

    source, target = (str(side) for side in write_subset(corpus, files, conditions))
    valid = [str(CORPORA / file) for file in files[2:]]
    model = conditions.work / "models" / f"{conditions.recipe}-{candidate}-{corpus}"
    defaults = conditions.work / "defaults.toml"  # a file, so that no recipe for the size is taken
    defaults.write_text('name = "recipes"\n', encoding="utf-8")
    cache = f"data.cache={json.dumps(str((conditions.work / 'cache').absolute()))}"
    run = ["training.patience=1000000", cache]
    changes = [part for setting in (*run, *settings) for part in ("--set", setting)]
    data = [str(defaults), "--source", source, "--target", target, "--languages", corpus, *changes]
    valid_files = ["--valid-source", valid[0], "--valid-target", valid[1]]
    length = [*_length(conditions.budget), "--seed", str(conditions.seed)]
    threads = ["--threads", str(conditions.threads)]
    run = ["train", *data, *valid_files, *length, *threads, "-o", str(model), "--overwrite"]
    nmt(run, conditions.threads)
    files = ["--source", valid[0], "--reference", valid[1]]
    scored, _ = nmt(["evaluate", str(model), *files, *threads, "--json"], conditions.threads)
    scores = json.loads(scored)
    events = read_metrics(model)
    validations = [event for event in events if event["event"] == "valid"]
    end = next(event for event in reversed(events) if event["event"] == "end")
    return Result(
        conditions.recipe,
        candidate,
        corpus,
        conditions.pairs,
        conditions.budget,
        conditions.seed,
        conditions.threads,
        settings,
        machine(),
        bleu=round(scores["bleu"]["score"], 2),
        chrf=round(scores["chrf"]["score"], 2),
        greedy=round(max(event["bleu"] for event in validations), 2),
        perplexity=round(min(event["perplexity"] for event in validations), 2),
        steps=end["step"],
        best_step=end["best_step"],
    )


def _length(budget: str) -> list[str]:
    """The options that end a training."""
    if budget.endswith("steps"):
        return ["--set", f"training.max_steps={budget.removesuffix('steps')}"]
    return ["--time-budget", budget]


def load_results(path: Path) -> list[Result]:
    """All results, in the order in which they were made."""
    if not path.exists():
        return []
    return [Result(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def candidates_of(spec: Search, recipe: str) -> dict[str, list[str]]:
    """The settings of each candidate of a recipe, those of its base first."""
    section = spec[recipe]
    return {name: section["base"] + changes for name, changes in section["candidates"].items()}


def search(
    names: list[str], corpora: list[str], spec: Search, conditions: Conditions, path: Path
) -> int:
    """Run what is not done yet; returns the number of runs that failed."""
    same = (conditions.pairs, conditions.budget, conditions.seed, conditions.threads, machine())
    candidates, runs = candidates_of(spec, conditions.recipe), {}
    for name in names:
        for corpus in corpora:
            key = (conditions.recipe, name, corpus, *same, tuple(candidates[name]))
            files = spec["corpora"][corpus]
            runs[key] = partial(measure, name, candidates[name], corpus, files, conditions)
    return run_missing(runs, load_results(path), path)


def report(results: list[Result], corpora: list[str]) -> None:
    """Print a table: BLEU and chrF by candidate and corpus, and their means."""
    print(f"| candidate | {' | '.join(corpora)} | mean BLEU | mean chrF |")
    print("|---|" + "---|" * (len(corpora) + 2))
    for name in dict.fromkeys(result.candidate for result in results):
        row = {r.corpus: r for r in results if r.candidate == name}
        cells = [f"{row[c].bleu:.2f} / {row[c].chrf:.2f}" if c in row else "" for c in corpora]
        complete = [row[corpus] for corpus in corpora if corpus in row]
        means = ["", ""]
        if len(complete) == len(corpora):
            means = [
                f"{statistics.mean(getattr(r, m) for r in complete):.2f}" for m in ("bleu", "chrf")
            ]
        print(f"| {name} | {' | '.join([*cells, *means])} |")


def main() -> None:
    """Run the search for a recipe, or report it."""
    spec = tomllib.loads(FILE.read_text(encoding="utf-8"))
    recipes = [name for name in spec if name != "corpora"]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, help="folder of results, models and encoded corpora")
    parser.add_argument("--results", type=Path, metavar="FILE")
    parser.add_argument("--recipe", choices=recipes, default=recipes[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="candidates")
    parser.add_argument(
        "--corpora", nargs="+", choices=list(spec["corpora"]), help="default: its own"
    )
    parser.add_argument(
        "--budget", default="10m", help="of each training, such as 10m, or 1900steps"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--report", action="store_true", help="of the results so far")
    arguments = parser.parse_args()
    if arguments.work is None or not CORPORA.is_dir():
        print(
            "skipped: takes hours; say where to keep its results, by --work DIR (and NMT_CORPORA)"
        )
        return
    pairs, candidates = spec[arguments.recipe]["pairs"], candidates_of(spec, arguments.recipe)
    conditions = Conditions(
        arguments.work, arguments.recipe, pairs, arguments.budget, arguments.seed, arguments.threads
    )
    arguments.work.mkdir(parents=True, exist_ok=True)
    path = arguments.results or arguments.work / "results.jsonl"
    corpora = arguments.corpora or spec[arguments.recipe]["corpora"]
    failures = 0
    if not arguments.report:
        failures = search(arguments.only or list(candidates), corpora, spec, conditions, path)
    run = (conditions.recipe, pairs, conditions.budget, conditions.seed, conditions.threads)
    same = [
        r  # of the settings that the candidate has now
        for r in load_results(path)
        if (r.recipe, r.pairs, r.budget, r.seed, r.threads) == run
        and r.settings == candidates.get(r.candidate)
    ]
    for name in dict.fromkeys(result.machine for result in same):
        print(f"\n{name}:\n")
        report([result for result in same if result.machine == name], corpora)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
