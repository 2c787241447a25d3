"""How fast the models of benchmarks/architectures.py translate, and how much memory they need.

    python benchmarks/architecture_speeds.py --work DIR [--speeds FILE] [--rounds 2] [--train 100]
        [--only NAME ...]

A machine that others share is never as fast twice, so that a model is timed right after the base,
by processor time of one thread, and their ratio counts. How long translations get depends on how
well a model is trained, and has no part in this: the end of a sentence is allowed at the length of
its reference alone. Memory is the peak of all processes of a short training (`--train` steps) and
of a translation with beam 5. It compares on one kind of machine alone, so that it is measured here
for all. Settings that change training alone are not timed: what they make translates as the base
does. Lines are added to architecture_speeds.jsonl beside this script unless it is named; what is
there of the same settings and machine is skipped. Two at a time need a --work each. Linux only.
"""

import argparse
import json
import os
import statistics
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from architecture_results import SEARCHES, TIMED, Speeds, load_speeds
from architecture_variants import BASE, find_variants, variant_groups
from architectures import SPEEDS, TEST, Conditions, Run, train
from runs import machine, nmt, run_missing
from torch import Tensor

from nmt.engine.scorer import ModelScorer
from nmt.model_directory import TrainedModel, load_model
from nmt.search.beam import SearchOptions, beam_search
from nmt.text.vocabulary import EOS

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
BEAMS = dict(zip(SEARCHES, (1, 5), strict=True))
BATCH, THREADS = 64, 1
ALIKE = ("regularization", "schedules")  # groups of variants that translate as the base does
UNLIKE = {"tie_embeddings-false", "lexical-false"}  # but for these


@dataclass(frozen=True, slots=True)
class Texts:
    """Sentences to translate, and the references that give their lengths."""

    sources: list[str]
    references: list[str]


def never_end(prefixes: Tensor, log_probs: Tensor) -> Tensor:
    """A rule of search: no sentence ends before its limit, where nothing else is finite."""
    log_probs[:, EOS] = -1e9
    return log_probs


def time_searches(trained: TrainedModel, texts: Texts) -> dict[str, float]:
    """Processor seconds of each search for all sentences, in batches of similar length."""
    sources = trained.tokenizers.source.encode(texts.sources)
    limits = [len(ids) for ids in trained.tokenizers.target.encode(texts.references)]
    order = sorted(range(len(sources)), key=lambda row: -len(sources[row]))
    batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    scorer, found = ModelScorer(trained.model), {}

    def translate(rows: list[int], options: SearchOptions) -> None:
        state = scorer.start([sources[row] for row in rows])
        beam_search(scorer, state, [limits[row] for row in rows], options, [never_end])

    translate(batches[-1], SearchOptions(beam_size=1))
    for name, beam_size in BEAMS.items():
        started = time.process_time()
        for rows in batches:
            translate(rows, SearchOptions(beam_size=beam_size))
        found[name] = time.process_time() - started
    return found


def compare(base: Path, model: Path, texts: Texts, rounds: int) -> dict[str, list[float]]:
    """Of each search: a model's speed as a multiple of the base's, and the base's sentences a
    second; medians of the rounds.
    """
    models = [load_model(folder) for folder in (base, model)]
    turns = [[time_searches(trained, texts) for trained in models] for _ in range(rounds)]
    found = {}
    for name in BEAMS:
        rows = [(one[name] / other[name], len(texts.sources) / one[name]) for one, other in turns]
        found[name] = [round(statistics.median(row), 3) for row in zip(*rows, strict=True)]
    return found


def measure(name: str, conditions: Conditions, rounds: int) -> Speeds:
    """Train a variant shortly, translate the test set, and time it in turns with the base."""
    models, settings = conditions.work / "brief", find_variants()
    peaks = conditions.work / "base.json"  # of the training of the base, which each worker needs
    if not peaks.exists():
        trained = train(models / BASE, Run(settings[BASE], conditions.steps, seed=1), conditions)
        peaks.write_text(json.dumps(trained["training_memory"]), encoding="utf-8")
    training_memory = json.loads(peaks.read_text(encoding="utf-8"))
    if name != BASE:
        run = Run(settings[name], conditions.steps, seed=1)
        training_memory = train(models / name, run, conditions)["training_memory"]
    lines = [Path(conditions.side(TEST, side)).read_text("utf-8") for side in ("de", "en")]
    texts = Texts(*(text.splitlines()[:TIMED] for text in lines))
    source, threads = conditions.work / "source.txt", str(conditions.threads)
    source.write_text("".join(f"{line}\n" for line in texts.sources), encoding="utf-8")
    options = ["--beam-size", "5", "--batch-size", str(BATCH), "--threads", threads]
    _, peak = nmt(["translate", str(models / name), str(source), *options], conditions.threads)
    timed: dict[str, list[float]] = {}
    if name not in {name for group in ALIKE for name in variant_groups()[group]} - UNLIKE:
        timed = compare(models / BASE, models / name, texts, rounds)
    return Speeds(
        name=name,
        settings=settings[name],
        steps=conditions.steps,
        threads=conditions.threads,
        machine=machine(),
        training_memory=training_memory,
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
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=find_variants())
    parser.add_argument("--train", type=int, metavar="STEPS", default=100)
    arguments = parser.parse_args()
    corpus = CORPORA / "multi30k"
    if arguments.work is None or not corpus.is_dir():
        print("skipped: needs --work DIR, and the corpora (set NMT_CORPORA)")
        return
    torch.set_num_threads(THREADS)
    steps = arguments.train
    conditions = Conditions(corpus, arguments.work, steps, THREADS, {})
    variants, runs = find_variants(), {}
    for name in arguments.only or variants:
        key = name, steps, THREADS, machine(), tuple(variants[name])
        runs[key] = partial(measure, name, conditions, arguments.rounds)
    if run_missing(runs, load_speeds(arguments.speeds), arguments.speeds):
        sys.exit(1)


if __name__ == "__main__":
    main()
