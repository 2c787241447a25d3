"""Cells, encoders, decoders, attentions and regularizers on the same data in the same time.

One base model, and variants of it that change one thing each (benchmarks/architectures.toml). Each
is trained on Multi30k de-en by `nmt train` in a process of its own, then scored on the validation
and the test set. Linux only.

    python benchmarks/architectures.py --work DIR [--results FILE] [--only NAME ...]
        [--seeds 1 2 3] [--steps 1730] [--threads 1] [--costs FILE]
    python benchmarks/architectures.py --work DIR [--results FILE] --report [DIR] [--steps 1730]
        [--costs FILE] [--speeds FILE]

A machine that others share is never as fast twice, so that no clock gives two trainings an equal
time. `--steps` says how many the base makes; a variant makes as many as take as long by
architecture_costs.py, which timed it in turns with the base. So it does not matter when a run is
made, and on a machine of the same kind it need not be that of the costs.

Results are lines of a file, DIR/results.jsonl unless it is named: a run whose result is there
already is skipped, so that the comparison can be stopped at any time and goes on where it was.
Models are left in DIR/models, where architecture_speeds.py times them in turns. `--report` writes
architectures.md and its plots beside this script, or into the folder named.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from architecture_costs import COSTS, load_costs
from architecture_report import Against, write_report
from architecture_results import (
    BINS,
    Result,
    choose_speeds,
    comparable,
    length_bin,
    load_results,
    load_speeds,
)
from architecture_variants import BASE, find_variants
from runs import machine, nmt, run_missing

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
VALID, TEST = "val", "test_2016_flickr"
SPEEDS = Path(__file__).with_name("architecture_speeds.jsonl")  # of architecture_speeds.py
TOLERANCE = 0.08  # of the steps: a run that has made as many more or less is taken as equal


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is the same for all runs of a comparison."""

    corpus: Path
    work: Path
    steps: int  # of the base
    threads: int
    costs: dict[str, float]  # of a target token of each variant, as a multiple of the base's

    def steps_of(self, name: str) -> int:
        """Of a variant, with batches of its size: as many as take as long as those of the base."""
        larger = batch_tokens(name) / batch_tokens(BASE)
        return round(self.steps * self.costs[BASE] / self.costs[name] / larger)

    def side(self, name: str, language: str) -> str:
        """A file of the corpus."""
        return str(self.corpus / f"{name}.{language}")


def batch_tokens(name: str) -> int:
    """The size of the batches of a variant; the last setting counts."""
    key = "training.batch_tokens="
    sizes = [setting.removeprefix(key) for setting in find_variants()[name] if key in setting]
    return int(sizes[-1])


@dataclass(frozen=True, slots=True)
class Run:
    """One training."""

    settings: list[str]
    steps: int
    seed: int


def train(model: Path, run: Run, conditions: Conditions) -> dict[str, Any]:
    """Train a variant; returns what the training was like."""
    from nmt.engine.backend import has_fast_bfloat16
    from nmt.training.metric_log import read_metrics

    files = ["--source", conditions.side("train", "de"), "--target", conditions.side("train", "en")]
    cache = f"data.cache={json.dumps(str((conditions.work / 'cache').absolute()))}"
    steps = f"training.max_steps={run.steps}"
    changes = [part for setting in (*run.settings, cache, steps) for part in ("--set", setting)]
    conditions.work.mkdir(parents=True, exist_ok=True)
    defaults = conditions.work / "defaults.toml"  # a file, so that no recipe for the size is taken
    defaults.write_text('name = "architectures"\n', encoding="utf-8")
    common = [str(defaults), *files, "--languages", "de-en", *changes]
    # outside of the memory that is measured, since most runs find it done
    nmt(["prepare", *common], conditions.threads)
    valid = ["--valid-source", conditions.side(VALID, "de")]
    valid += ["--valid-target", conditions.side(VALID, "en")]
    options = ["--seed", str(run.seed), "--threads", str(conditions.threads), "-o", str(model)]
    _, peak = nmt(["train", *common, *valid, *options, "--overwrite"], conditions.threads)
    events = read_metrics(model)
    last = {event["event"]: event for event in events}
    speeds = [event["tokens_per_second"] for event in events if event["event"] == "train"]
    return {
        "precision": "bfloat16" if has_fast_bfloat16("cpu") else "float32",
        "seconds": round(last["end"]["seconds"]),
        "parameters": last["start"]["parameters"],
        "steps": last["end"]["step"],
        "reason": "patience" if "hurry" in last else last["end"]["reason"],
        "best_step": last["end"]["best_step"],
        "tokens_per_second": statistics.median(speeds) if speeds else None,
        "training_memory": round(peak),
    }


def score(model: Path, conditions: Conditions) -> dict[str, Any]:
    """Validation and test scores of a trained variant, and how fast it translates."""
    threads = ["--batch-size", "64", "--threads", str(conditions.threads)]

    def evaluate(name: str, beam_size: int) -> dict[str, Any]:
        files = ["--source", conditions.side(name, "de")]
        files += ["--reference", conditions.side(name, "en"), "--beam-size", str(beam_size)]
        command = ["evaluate", str(model), *files, *threads, "--json"]
        output, _ = nmt(command, conditions.threads)
        values: dict[str, Any] = json.loads(output)
        return values

    valid, test, greedy = evaluate(VALID, 5), evaluate(TEST, 5), evaluate(TEST, 1)
    command = ["translate", str(model), conditions.side(TEST, "de"), "--beam-size", "5", *threads]
    translations, peak = nmt(command, conditions.threads)
    return {
        "valid_bleu": valid["bleu"]["score"],
        "test_bleu": test["bleu"]["score"],
        "valid_chrf": valid["chrf"]["score"],
        "test_chrf": test["chrf"]["score"],
        "greedy_test_bleu": greedy["bleu"]["score"],
        "beam_speed": test["sentences_per_second"],
        "greedy_speed": greedy["sentences_per_second"],
        "decoding_memory": round(peak),
        **scores_by_length(translations, conditions),
        "signature": test["bleu"]["signature"],
    }


def scores_by_length(translations: str, conditions: Conditions) -> dict[str, dict[str, Any]]:
    """Corpus BLEU of the test sentences in each bin of source lengths, and their numbers."""
    from nmt.evaluation.metrics import corpus_bleu

    texts = [Path(conditions.side(TEST, language)).read_text("utf-8") for language in ("de", "en")]
    sources, references, hypotheses = (
        text.removesuffix("\n").split("\n") for text in (*texts, translations)
    )
    scores, sentences = {}, {}
    for name in BINS:
        rows = [row for row, source in enumerate(sources) if length_bin(source) == name]
        if rows:
            chosen = ([lines[row] for row in rows] for lines in (hypotheses, references))
            scores[name], sentences[name] = round(corpus_bleu(*chosen), 2), len(rows)
    return {"bleu_by_length": scores, "sentences_by_length": sentences}


def measure(name: str, seed: int, conditions: Conditions) -> Result:
    """Train a variant and measure all that the report tells of it."""
    model = conditions.work / "models" / f"{name}-{seed}-{conditions.steps}"
    run = Run(find_variants()[name], conditions.steps_of(name), seed)
    trained = train(model, run, conditions)
    shutil.rmtree(model / "training", ignore_errors=True)  # the state to resume from
    return Result(
        name=name,
        seed=seed,
        threads=conditions.threads,
        settings=run.settings,
        machine=machine(),
        **trained,
        **score(model, conditions),
    )


def compare(names: list[str], seeds: list[int], conditions: Conditions, path: Path) -> int:
    """Run what is not done yet; returns the number of runs that failed."""
    variants = find_variants()
    runs = {
        (name, seed, tuple(variants[name])): partial(measure, name, seed, conditions)
        for seed in seeds
        for name in names
    }
    return run_missing(runs, equal_results(load_results(path), conditions), path)


def equal_results(results: list[Result], conditions: Conditions) -> list[Result]:
    """Those of the settings that a variant has now, and of as many steps; the last of each seed."""
    variants = find_variants()
    found = {}
    for result in results:
        if result.settings == variants.get(result.name) and result.name in conditions.costs:
            share = result.steps / conditions.steps_of(result.name)
            if abs(share - 1) <= TOLERANCE:
                found[result.name, result.seed] = result
    return list(found.values())


def main() -> None:
    """Run the comparison, or report it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, help="folder of results, models and encoded corpora")
    parser.add_argument("--results", type=Path, metavar="FILE")
    parser.add_argument("--costs", type=Path, metavar="FILE", default=COSTS)
    parser.add_argument("--speeds", type=Path, metavar="FILE", default=SPEEDS)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(find_variants()))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--steps", type=int, default=1730, help="that the base makes")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--report", nargs="?", type=Path, const=Path(__file__).parent)
    arguments = parser.parse_args()
    if arguments.work is None:
        print("skipped: takes hours; say where to keep its results, by --work DIR")
        return
    costs, names = load_costs(arguments.costs), arguments.only or list(find_variants())
    conditions = Conditions(
        CORPORA / "multi30k", arguments.work, arguments.steps, arguments.threads, costs.ratios
    )
    path = arguments.results or arguments.work / "results.jsonl"
    if folder := arguments.report:
        results = equal_results(load_results(path), conditions)
        speeds = choose_speeds(load_speeds(arguments.speeds))
        results = comparable(results, costs, speeds)
        write_report(results, Against(arguments.steps, conditions.steps_of, costs, speeds), folder)
    elif not conditions.corpus.is_dir():
        print(f"skipped: no {conditions.corpus} (set NMT_CORPORA)")
    elif unknown := set(names) - set(costs.ratios):
        parser.error(f"no cost, which architecture_costs.py finds: {', '.join(sorted(unknown))}")
    elif compare(names, arguments.seeds, conditions, path):
        sys.exit(1)


if __name__ == "__main__":
    main()
