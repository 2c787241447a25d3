"""What training costs each model of benchmarks/architectures.py, in turns with the base.

    python benchmarks/architecture_costs.py --work DIR [--costs FILE] [--threads 1]
        [--batches 30] [--rounds 2] [--only NAME ...]

A machine that others share is never as fast twice. So a variant and the base take steps in turns,
on the same data, and the ratio of their times is its cost: the time for each target token, as a
multiple of the base's. `architectures.py` divides the target tokens of the base by it, which gives
all as long, whatever the machine does while they train. Lines are added to architecture_costs.jsonl
beside this script unless it is named. Validation is not part of it.
"""

import argparse
import copy
import json
import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from architecture_variants import BASE, find_variants
from runs import machine

from nmt.config import Config, load_config
from nmt.corpus.prepare import prepare
from nmt.corpus.training_batches import TrainingBatches, training_batches
from nmt.engine.backend import (
    has_fast_bfloat16,
    keep_freed_memory,
    keep_primitives,
    use_fast_float32,
)
from nmt.model_directory import build_model
from nmt.training.objective import Objective, make_objective
from nmt.training.scheduled_sampling import sampling_rate
from nmt.training.state import Progress, TrainingState
from nmt.training.step import make_optimizer, train_step

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
COSTS = Path(__file__).with_name("architecture_costs.jsonl")
MIDDLE = 0.5  # the share of a training at which what changes in its course is timed


@dataclass(slots=True)
class Timed:
    """A model in training, of which steps on the same batches are timed."""

    config: Config
    state: TrainingState
    objective: Objective
    batches: TrainingBatches
    count: int
    shares: list[tuple[float, float]]  # of a training that is over; how much this counts

    def step(self, number: int, share: float) -> tuple[float, int]:
        """Make a batch and take a step, when a share of training is over: seconds and tokens."""
        rows = self.batches.plan(1, 0).batches[number]
        objective, sampled = self.objective.at(share), sampling_rate(self.config.training, share)
        started = time.perf_counter()
        batch = self.batches.make(rows, 1)
        self.state.progress.step += 1
        train_step(self.state, batch, objective, rate=1e-4, sampled=sampled, warn=print)
        return time.perf_counter() - started, batch.target_tokens


def configure(settings: list[str], cache: Path) -> Config:
    """The configuration of a variant on Multi30k de-en."""
    corpus = CORPORA / "multi30k" / "train"
    source, target = (json.dumps(f"{corpus}.{language}") for language in ("de", "en"))
    precision = "bfloat16" if has_fast_bfloat16("cpu") else "float32"
    return load_config(
        None,
        [
            f"data.train=[{{source={source}, target={target}}}]",
            "source_language=de",
            "target_language=en",
            f"data.cache={json.dumps(str(cache.absolute()))}",
            *settings,
            f"training.precision={precision}",
        ],
    )


def begin(settings: list[str], cache: Path, base_tokens: int, count: int) -> Timed:
    """A variant before its first step; as many batches as have the tokens of the base's."""
    config = configure(settings, cache)
    prepared = prepare(config, log=print)
    torch.manual_seed(1)
    model = build_model(config, prepared.tokenizers).train()
    average = copy.deepcopy(model).eval() if config.training.average_decay else model
    state = TrainingState(model, average, make_optimizer(model, config.training), Progress())
    objective = make_objective(config.training, prepared.tokenizers.target, "en")
    count = max(1, count * base_tokens // config.training.batch_tokens)
    shares = [(MIDDLE, 1.0)]
    if objective.cost is not None:  # likelihood first, and then expected cost, far slower
        later = config.training.risk_after
        shares, count = [(0.0, later), (1.0, 1 - later)], count // 4
    return Timed(config, state, objective, training_batches(config, prepared), count, shares)


def measure(base: Timed, variant: Timed, rounds: int) -> dict[str, float]:
    """Cost of the variant, and target tokens a second of the base, which takes turns with it."""
    ratio, speeds = 0.0, []
    for share, weight in variant.shares:
        totals = np.zeros((2, 2))  # of the base and the variant: seconds, tokens
        for turn in range(rounds + 1):  # the first makes what each shape needs
            for number in range(variant.count):
                both = base.step(number % base.count, MIDDLE), variant.step(number, share)
                totals += np.array(both) * (turn > 0)
        one, other = totals[:, 0] / totals[:, 1]
        ratio += weight * float(other / one)
        speeds.append(1 / float(one))
    speed = statistics.fmean(speeds)
    return {"cost": round(ratio, 4), "base_tokens_per_second": round(speed, 1)}


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured, of the settings that variants have now."""

    ratios: dict[str, float]
    base_tokens_per_second: float
    machines: set[str]

    def tokens_per_second(self, name: str) -> float:
        """Target tokens a second in training, on a machine that has the base's median speed."""
        return self.base_tokens_per_second * self.ratios[BASE] / self.ratios[name]


def load_rows(path: Path) -> list[dict[str, Any]]:
    """The lines of the file, if it is there."""
    return list(map(json.loads, path.read_text("utf-8").splitlines())) if path.exists() else []


def load_costs(path: Path) -> Costs:
    """The costs of a file; of a variant the last one."""
    variants = find_variants()
    rows = [row for row in load_rows(path) if row["settings"] == variants.get(row["name"])]
    speed = statistics.median([row["base_tokens_per_second"] for row in rows] or [0.0])
    ratios = {row["name"]: row["cost"] for row in rows}
    return Costs(ratios, speed, {row["machine"] for row in rows})


def main() -> None:
    """Measure what is not measured yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, help="that of architectures.py; has the corpus")
    parser.add_argument("--costs", type=Path, metavar="FILE", default=COSTS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batches", type=int, default=30, help="of the base, in each round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=find_variants())
    arguments = parser.parse_args()
    if arguments.work is None or not (CORPORA / "multi30k").is_dir():
        print("skipped: needs --work DIR, and the corpora (set NMT_CORPORA)")
        return
    torch.set_num_threads(arguments.threads)
    keep_primitives()
    torch.set_flush_denormal(True)
    use_fast_float32()
    keep_freed_memory()
    variants, cache = find_variants(), arguments.work / "cache"
    here = {"threads": arguments.threads, "machine": machine()}
    done = load_rows(arguments.costs)
    base_tokens = configure(variants[BASE], cache).training.batch_tokens
    base = begin(variants[BASE], cache, base_tokens, arguments.batches)
    for name in arguments.only or variants:
        known = {"name": name, "settings": variants[name], **here}
        if any(known.items() <= row.items() for row in done):
            continue
        variant = begin(variants[name], cache, base_tokens, arguments.batches)
        result = {**known, **measure(base, variant, arguments.rounds)}
        with arguments.costs.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        print(f"{name}: {result['cost']:.3f} times the base", flush=True)


if __name__ == "__main__":
    main()
