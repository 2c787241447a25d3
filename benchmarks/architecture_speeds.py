"""How fast the models of benchmarks/architectures.py translate: each timed in turns with the base.

    python benchmarks/architecture_speeds.py --work DIR [--speeds FILE] [--steps 1730] [--threads 1]
        [--rounds 3] [--only NAME ...] [--train STEPS]

A machine that others share is never as fast twice, so that a model is timed right after the base,
and their ratio counts. Lines are added to DIR/speeds.jsonl unless it is named, for
`architectures.py --report`. Models are those in DIR/models, of the lowest seed that is there. With
`--train`, one that is not there is trained so far: it translates badly, but as fast and
about as many words. Settings that change training alone are not timed: what they make translates
as the base does.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

from architecture_costs import load_rows
from architecture_variants import BASE, find_variants, variant_groups
from architectures import Conditions, Run, train
from runs import machine

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
TEST = "multi30k/test_2016_flickr.de"
BEAMS = {"greedy": 1, "beam": 5}
AS_FAST = ("regularization", "schedules")  # groups of variants that translate as the base does
WEIGHTS = "model.safetensors"  # a model folder that has them is complete


def speeds(model: Path, texts: list[str]) -> dict[str, float]:
    """Sentences a second of each search, in batches of 64, without the loading of the model."""
    from nmt.translator import load

    translator, found = load(model), {}
    translator.translate(texts[:64], beam_size=1, batch_size=64, attention=False)
    for name, beam_size in BEAMS.items():
        started = time.perf_counter()
        translator.translate(texts, beam_size=beam_size, batch_size=64, attention=False)
        found[name] = len(texts) / (time.perf_counter() - started)
    return found


def compare(base: Path, model: Path, texts: list[str], rounds: int) -> dict[str, float]:
    """The speeds of a model as shares of those of the base, and these: medians of the rounds."""
    turns = [(speeds(base, texts), speeds(model, texts)) for _ in range(rounds)]
    result = {}
    for name in BEAMS:
        result[name] = statistics.median(other[name] / one[name] for one, other in turns)
        result[f"base_{name}"] = statistics.median(one[name] for one, _ in turns)
    return {name: round(value, 3) for name, value in result.items()}


def find_model(name: str, arguments: argparse.Namespace) -> Path | None:
    """A model of a variant, trained briefly if there is none and that is wanted."""
    models = sorted((arguments.work / "models").glob(f"{name}-[0-9]-{arguments.steps}"))
    brief = arguments.work / "brief" / name
    for model in (*models, brief):
        if (model / WEIGHTS).exists():
            return Path(model)
    if arguments.train is None:
        return None
    corpus = CORPORA / "multi30k"
    conditions = Conditions(corpus, arguments.work, arguments.steps, arguments.threads, {})
    train(brief, Run(find_variants()[name], arguments.train, seed=1), conditions)
    return Path(brief)


def main() -> None:
    """Time the models that are not timed yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    groups = variant_groups()
    names = [name for group in groups if group not in AS_FAST for name in groups[group]]
    parser.add_argument("--work", type=Path, help="that of architectures.py")
    parser.add_argument("--speeds", type=Path, metavar="FILE")
    parser.add_argument("--steps", type=int, default=1730)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=find_variants())
    parser.add_argument("--train", type=int, metavar="STEPS", help="of models that are missing")
    arguments = parser.parse_args()
    test = CORPORA / TEST
    if arguments.work is None or not test.is_file():
        print("skipped: needs --work DIR with models, and the corpora (set NMT_CORPORA)")
        return
    import torch

    torch.set_num_threads(arguments.threads)
    texts = test.read_text("utf-8").splitlines()
    path = arguments.speeds or arguments.work / "speeds.jsonl"
    here = {"threads": arguments.threads, "machine": machine()}
    done = load_rows(path)
    for name in arguments.only or names:
        if any(row["name"] == name and here.items() <= row.items() for row in done):
            continue
        base, model = find_model(BASE, arguments), find_model(name, arguments)
        if base is None or model is None:
            print(f"{name}: no model (--train makes one)")
            continue
        result = {"name": name, **here, **compare(base, model, texts, arguments.rounds)}
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        print(f"{name}: {result['greedy']:.2f} and {result['beam']:.2f} times the base", flush=True)


if __name__ == "__main__":
    main()
