"""Cells, encoders, decoders, attentions and regularizers on the same data in the same time.

One base model, and variants of it that change one thing each (benchmarks/architectures.toml). Each
is trained on Multi30k de-en by `nmt train` in a process of its own, with an equal time budget that
begins with an encoded corpus, then scored on the validation and the test set and timed. Linux only.

    python benchmarks/architectures.py --work DIR [--results FILE] [--only NAME ...]
        [--seeds 1 2 3] [--budget 10m] [--threads 1] [--rate GFLOPS]
    python benchmarks/architectures.py --work DIR [--results FILE] --report [DIR] [--machine TEXT]
        [--rate GFLOPS] [--speeds FILE]

A machine that others share has fast and slow hours. With `--rate` the budget is the time on one
that multiplies matrices so fast: just before each run its rate is measured, and a run on a slower
machine has as much more time. Give the rate that it has when nothing else runs.

Results are lines of a file, DIR/results.jsonl unless it is named: a run whose result is there
already, from the same kind of machine, is skipped, so that the comparison can be stopped at any
time and goes on where it was. Models are left in DIR/models, where architecture_speeds.py times
them in turns, for speeds of different minutes do not compare. `--report` writes architectures.md
and its plots beside this script, or into the folder named.
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

from architecture_report import write_report
from architecture_results import BINS, Result, comparable, length_bin, load_results
from architecture_variants import find_variants
from runs import machine, nmt, run_missing

from nmt.settings import parse_duration

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
VALID, TEST = "val", "test_2016_flickr"
TOLERANCE = 0.08  # of the budget: a run whose share of it differs by more is made again
RATES = 15  # looks at the rate of a machine, of which the median counts: some seconds


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is the same for all runs of a comparison."""

    corpus: Path
    work: Path
    budget: str
    threads: int
    rate: float | None  # GFLOP/s that the budget is for; None: it is what a clock says

    def seconds(self, rate: float) -> float:
        """Of a training, on a machine that has this rate now."""
        return parse_duration(self.budget) * (self.rate / rate if self.rate else 1)

    def side(self, name: str, language: str) -> str:
        """A file of the corpus."""
        return str(self.corpus / f"{name}.{language}")


def matrix_rate(threads: int) -> tuple[str, float]:
    """The type that training computes in, and GFLOP/s of a product of two large matrices in it."""
    import torch
    from training_speed import product_rate

    from nmt.engine.backend import has_fast_bfloat16, use_fast_float32

    torch.set_num_threads(threads)
    use_fast_float32()
    precision = "bfloat16" if has_fast_bfloat16("cpu") else "float32"
    rates = [product_rate(getattr(torch, precision)) for _ in range(RATES)]
    return precision, statistics.median(rates) / 1e9


def train(model: Path, settings: list[str], seed: int, conditions: Conditions) -> dict[str, Any]:
    """Train a variant; returns what the run was like."""
    from nmt.training.metric_log import read_metrics

    files = ["--source", conditions.side("train", "de"), "--target", conditions.side("train", "en")]
    cache = f"data.cache={json.dumps(str((conditions.work / 'cache').absolute()))}"
    changes = [part for setting in (*settings, cache) for part in ("--set", setting)]
    defaults = conditions.work / "defaults.toml"  # a file, so that no recipe for the size is taken
    defaults.write_text('name = "architectures"\n', encoding="utf-8")
    common = [str(defaults), *files, "--languages", "de-en", *changes]
    # outside of the budget, since most runs find it done
    nmt(["prepare", *common], conditions.threads)
    precision, rate = matrix_rate(conditions.threads)
    valid = ["--valid-source", conditions.side(VALID, "de")]
    valid += ["--valid-target", conditions.side(VALID, "en")]
    seconds = round(conditions.seconds(rate))
    length = ["--time-budget", f"{seconds}s", "--seed", str(seed)]
    options = ["--threads", str(conditions.threads), "-o", str(model), "--overwrite"]
    _, peak = nmt(["train", *common, *valid, *length, *options], conditions.threads)
    events = read_metrics(model)
    last = {event["event"]: event for event in events}
    speeds = [event["tokens_per_second"] for event in events if event["event"] == "train"]
    return {
        "precision": precision,
        "matrix_rate": round(rate, 1),
        "seconds": seconds,
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


def measure(name: str, settings: list[str], seed: int, conditions: Conditions) -> Result:
    """Train a variant and measure all that the report tells of it."""
    model = conditions.work / "models" / f"{name}-{seed}-{conditions.budget}"
    trained = train(model, settings, seed, conditions)
    shutil.rmtree(model / "training", ignore_errors=True)  # the state to resume from
    return Result(
        name=name,
        seed=seed,
        budget=conditions.budget,
        threads=conditions.threads,
        settings=settings,
        machine=machine(),
        **trained,
        **score(model, conditions),
    )


def compare(names: list[str], seeds: list[int], conditions: Conditions, path: Path) -> int:
    """Run what is not done yet; returns the number of runs that failed."""
    variants, here = find_variants(), machine()
    runs = {
        (name, seed, conditions.budget, conditions.threads, tuple(variants[name]), here): partial(
            measure, name, variants[name], seed, conditions
        )
        for seed in seeds
        for name in names
    }
    return run_missing(runs, equal_results(load_results(path), conditions), path)


def equal_results(results: list[Result], conditions: Conditions) -> list[Result]:
    """Those of the budget: as long, on a machine as fast."""
    rate = conditions.rate

    def equal(result: Result) -> bool:
        share = result.seconds / conditions.seconds(result.matrix_rate)
        return abs(share - 1) <= TOLERANCE

    return [
        result
        for result in results
        if (result.budget, result.threads) == (conditions.budget, conditions.threads)
        and (rate is None or equal(result))
    ]


def main() -> None:
    """Run the comparison, or report it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, help="folder of results, models and encoded corpora")
    parser.add_argument("--results", type=Path, metavar="FILE")
    parser.add_argument("--speeds", type=Path, metavar="FILE", help="of architecture_speeds.py")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(find_variants()))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--budget", default="10m", help="of each training, such as 10m")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rate", type=float, metavar="GFLOPS", help="the budget is for this rate")
    parser.add_argument("--machine", default="", help="report runs of this one: part of its name")
    parser.add_argument("--report", nargs="?", type=Path, const=Path(__file__).parent)
    arguments = parser.parse_args()
    if arguments.work is None:
        print("skipped: takes hours; say where to keep its results, by --work DIR")
        return
    conditions = Conditions(
        CORPORA / "multi30k", arguments.work, arguments.budget, arguments.threads, arguments.rate
    )
    path = arguments.results or arguments.work / "results.jsonl"
    if arguments.report:
        chosen = [
            r  # of the settings that the variant has now
            for r in equal_results(load_results(path), conditions)
            if r.settings == find_variants().get(r.name) and arguments.machine in r.machine
        ]
        if len(machines := {result.machine for result in chosen}) > 1:  # their times differ
            parser.error(f"choose one by --machine: {'; '.join(sorted(machines))}")
        speeds = arguments.speeds or arguments.work / "speeds.jsonl"
        results = comparable(chosen, arguments.rate, speeds)
        write_report(results, arguments.report, arguments.rate, in_turns=speeds.exists())
    elif not conditions.corpus.is_dir():
        print(f"skipped: no {conditions.corpus} (set NMT_CORPORA)")
    elif compare(arguments.only or list(find_variants()), arguments.seeds, conditions, path):
        sys.exit(1)


if __name__ == "__main__":
    main()
