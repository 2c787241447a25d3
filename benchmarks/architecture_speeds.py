"""How fast the models of benchmarks/architectures.py translate, and how much memory they need.

    python benchmarks/architecture_speeds.py --work DIR [--speeds FILE] [--threads 1] [--rounds 2]
        [--only NAME ...] [--train 300]

A machine that others share is never as fast twice, so that a model is timed right after the base,
and their ratio counts. Memory is the peak of all processes of a short training (`--train` steps)
and of a translation of the test set with beam 5, and compares on one kind of machine alone, so that
it is measured here for all. After so short a training a model translates badly and at another
length, so that what is timed are pieces of words: sentences a second are those at the base's
length. Settings that change training alone are not timed: what they make translates as the base
does. Lines are added to architecture_speeds.jsonl beside this script unless it is named; what is
there of the same settings and machine is skipped. Two at a time need a --work each. Linux only.
"""

import argparse
import os
import statistics
import sys
import time
from functools import partial
from pathlib import Path

from architecture_results import SEARCHES, Speeds, load_speeds
from architecture_variants import BASE, find_variants, variant_groups
from architectures import SPEEDS, TEST, Conditions, Run, train
from runs import machine, nmt, run_missing

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
BEAMS = dict(zip(SEARCHES, (1, 5), strict=True))
ALIKE = ("regularization", "schedules")  # groups of variants that translate as the base does
UNLIKE = {"tie_embeddings-false", "lexical-false"}  # but for these


def time_searches(model: Path, texts: list[str]) -> dict[str, tuple[float, int]]:
    """Seconds and pieces of the translation by each search, in batches of 64, without loading."""
    from nmt.translator import load

    translator, found = load(model), {}
    translator.translate(texts[:64], beam_size=1, batch_size=64, attention=False)
    for name, beam_size in BEAMS.items():
        started = time.perf_counter()
        made = translator.translate(texts, beam_size=beam_size, batch_size=64, attention=False)
        seconds = time.perf_counter() - started
        found[name] = seconds, sum(len(translation.target_pieces) + 1 for translation in made)
    return found


def compare(base: Path, model: Path, texts: list[str], rounds: int) -> dict[str, list[float]]:
    """Of each search: a model's pieces a second as a multiple of the base's, the base's sentences a
    second, and the model's pieces as a multiple of the base's; medians of the rounds.
    """
    turns = [(time_searches(base, texts), time_searches(model, texts)) for _ in range(rounds)]
    found = {}
    for name in BEAMS:
        rows = []
        for one, other in turns:
            (base_seconds, base_pieces), (seconds, pieces) = one[name], other[name]
            length = pieces / base_pieces
            rows.append((length * base_seconds / seconds, len(texts) / base_seconds, length))
        found[name] = [round(statistics.median(row), 3) for row in zip(*rows, strict=True)]
    return found


def measure(name: str, conditions: Conditions, rounds: int) -> Speeds:
    """Train a variant shortly, translate the test set, and time it in turns with the base."""
    models = conditions.work / "brief"
    settings = find_variants()
    if not (models / BASE / "model.safetensors").exists():
        train(models / BASE, Run(settings[BASE], conditions.steps, seed=1), conditions)
    trained = train(models / name, Run(settings[name], conditions.steps, seed=1), conditions)
    source, threads = conditions.side(TEST, "de"), str(conditions.threads)
    options = ["--beam-size", "5", "--batch-size", "64", "--threads", threads]
    _, peak = nmt(["translate", str(models / name), source, *options], conditions.threads)
    timed: dict[str, list[float]] = {}
    if name not in {name for group in ALIKE for name in variant_groups()[group]} - UNLIKE:
        texts = Path(source).read_text("utf-8").splitlines()
        timed = compare(models / BASE, models / name, texts, rounds)
    return Speeds(
        name=name,
        settings=settings[name],
        steps=conditions.steps,
        threads=conditions.threads,
        machine=machine(),
        training_memory=trained["training_memory"],
        decoding_memory=round(peak),
        timed=timed,
    )


def main() -> None:
    """Measure what is not measured yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, help="folder of the models and encoded corpora")
    parser.add_argument("--speeds", type=Path, metavar="FILE", default=SPEEDS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=find_variants())
    parser.add_argument("--train", type=int, metavar="STEPS", default=300)
    arguments = parser.parse_args()
    corpus = CORPORA / "multi30k"
    if arguments.work is None or not corpus.is_dir():
        print("skipped: needs --work DIR, and the corpora (set NMT_CORPORA)")
        return
    import torch

    torch.set_num_threads(arguments.threads)
    steps, threads = arguments.train, arguments.threads
    conditions = Conditions(corpus, arguments.work, steps, threads, {})
    variants, runs = find_variants(), {}
    for name in arguments.only or variants:
        key = name, steps, threads, machine(), tuple(variants[name])
        runs[key] = partial(measure, name, conditions, arguments.rounds)
    if run_missing(runs, load_speeds(arguments.speeds), arguments.speeds):
        sys.exit(1)


if __name__ == "__main__":
    main()
