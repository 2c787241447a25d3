"""How fast the models of benchmarks/architectures.py translate, and how much memory they need.

    python benchmarks/architecture_speeds.py --work DIR [--speeds FILE] [--steps 1730] [--threads 1]
        [--rounds 3] [--only NAME ...] [--train 300]

A machine that others share is never as fast twice, so that a model is timed right after the base,
and their ratio counts. Memory is the peak of all processes of a short training (`--train` steps)
and of a translation of the test set with beam 5, and compares on one kind of machine alone, so that
it is measured here for all. Lines are added to architecture_speeds.jsonl beside this script unless
it is named, for `architectures.py --report`. The models timed are those in DIR/models, of the
lowest seed that is there, or those of the short training: they translate badly, but about as many
words, of which `length` is the share of the base's. Settings that change training alone are not
timed: what they make translates as the base does. Linux only.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

from architecture_costs import load_rows
from architecture_variants import BASE, find_variants, variant_groups
from architectures import SPEEDS, TEST, Conditions, Run, train
from runs import machine, nmt

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
BEAMS = {"greedy": 1, "beam": 5}
AS_FAST = ("regularization", "schedules")  # groups of variants that translate as the base does
Memory = dict[str, int]
WEIGHTS = "model.safetensors"  # a model folder that has them is complete


def speeds(model: Path, texts: list[str]) -> dict[str, float]:
    """Sentences a second of each search, in batches of 64, without loading; words with beam 5."""
    from nmt.translator import load

    translator, found = load(model), {}
    translator.translate(texts[:64], beam_size=1, batch_size=64, attention=False)
    for name, beam_size in BEAMS.items():
        started = time.perf_counter()
        made = translator.translate(texts, beam_size=beam_size, batch_size=64, attention=False)
        found[name] = len(texts) / (time.perf_counter() - started)
        found["words"] = sum(len(translation.text.split()) for translation in made)
    return found


def compare(base: Path, model: Path, texts: list[str], rounds: int) -> dict[str, float]:
    """The speeds of a model as shares of those of the base, and these: medians of the rounds."""
    turns = [(speeds(base, texts), speeds(model, texts)) for _ in range(rounds)]
    result = {}
    for name in BEAMS:
        result[name] = statistics.median(other[name] / one[name] for one, other in turns)
        result[f"base_{name}"] = statistics.median(one[name] for one, _ in turns)
    result["length"] = statistics.median(other["words"] / one["words"] for one, other in turns)
    return {name: round(value, 3) for name, value in result.items()}


def find_model(name: str, arguments: argparse.Namespace) -> Path:
    """A model of a variant: a whole one if it is there, else the one of the short training."""
    models = sorted((arguments.work / "models").glob(f"{name}-[0-9]-{arguments.steps}"))
    brief = arguments.work / "brief" / name
    return Path(next((model for model in models if (model / WEIGHTS).exists()), brief))


def measure_memory(name: str, conditions: Conditions, arguments: argparse.Namespace) -> Memory:
    """Train a variant shortly, translate the test set: the peak of each in MiB."""
    model = arguments.work / "brief" / name
    trained = train(model, Run(find_variants()[name], arguments.train, seed=1), conditions)
    threads = ["--batch-size", "64", "--threads", str(arguments.threads)]
    command = ["translate", str(model), conditions.side(TEST, "de"), "--beam-size", "5", *threads]
    _, peak = nmt(command, arguments.threads)
    return {"training_memory": trained["training_memory"], "decoding_memory": round(peak)}


def main() -> None:
    """Measure what is not measured yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    groups = variant_groups()
    untimed = {name for group in AS_FAST for name in groups[group]}
    parser.add_argument("--work", type=Path, help="that of architectures.py")
    parser.add_argument("--speeds", type=Path, metavar="FILE", default=SPEEDS)
    parser.add_argument("--steps", type=int, default=1730)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=find_variants())
    parser.add_argument("--train", type=int, metavar="STEPS", default=300)
    arguments = parser.parse_args()
    corpus = CORPORA / "multi30k"
    if arguments.work is None or not corpus.is_dir():
        print("skipped: needs --work DIR, and the corpora (set NMT_CORPORA)")
        return
    import torch

    torch.set_num_threads(arguments.threads)
    conditions = Conditions(corpus, arguments.work, arguments.steps, arguments.threads, {})
    texts = Path(conditions.side(TEST, "de")).read_text("utf-8").splitlines()
    here = {"threads": arguments.threads, "machine": machine()}
    done = load_rows(arguments.speeds)
    for name in [BASE, *(arguments.only or find_variants())]:
        if any(row["name"] == name and here.items() <= row.items() for row in done):
            continue
        result = {"name": name, **here, **measure_memory(name, conditions, arguments)}
        if name not in untimed:
            models = find_model(BASE, arguments), find_model(name, arguments)
            result |= compare(*models, texts, arguments.rounds)
        done.append(result)
        with arguments.speeds.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
