"""Training steps with oneDNN's own limit of kept primitives and with nmt's, in one run.

oneDNN makes code for each operation and shape, and keeps that of the last 1,024. The batches of a
corpus have more shapes. Each limit trains the same small model on the same batches of Multi30k
de-en in a process of its own, one after the other in each round, for three epochs of some batches;
the third is timed, by processor time.

    python benchmarks/primitive_cache.py [--corpus $NMT_CORPORA/multi30k/train] [--rounds 2]
        [--batches 180]
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from training_speed import BATCH_TOKENS, encode_corpus, nmt_step

from nmt.corpus.batches import collate, plan_batches
from nmt.engine.backend import (
    KEPT_PRIMITIVES,
    has_fast_bfloat16,
    keep_freed_memory,
    keep_primitives,
    use_fast_float32,
)
from nmt.settings import ModelSettings

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
LIMITS = {"oneDNN's own": 1024, "nmt's": KEPT_PRIMITIVES}
EPOCHS = 3


def measure(corpus: Path, count: int) -> None:
    """Train with the limit of the environment; print milliseconds a step and MiB at the peak."""
    keep_primitives()
    use_fast_float32()
    keep_freed_memory()
    ids, lengths = encode_corpus(corpus)
    precision = "bfloat16" if has_fast_bfloat16("cpu") else "float32"
    step = nmt_step(ModelSettings(hidden_size=256), precision)
    seconds = 0.0
    for epoch in range(1, EPOCHS + 1):
        plan = plan_batches(lengths, BATCH_TOKENS, seed=1, epoch=epoch)
        rows_of = plan.batches[:count]
        batches = [collate(*([side[r] for r in rows] for side in ids)) for rows in rows_of]
        started = time.process_time()
        for batch in batches:
            step(batch)
        seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{1000 * seconds / count:.1f} {peak // 1024}")


def run(corpus: Path, count: int, limit: int) -> tuple[float, float]:
    """Milliseconds of a step and MiB of a process with a limit."""
    environment = os.environ | {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": str(limit)}
    environment |= {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--corpus", str(corpus), "--batches", str(count)]
    command.append("--measure")
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    milliseconds, memory = done.stdout.split()
    return float(milliseconds), float(memory)


def main() -> None:
    """Time both limits in turns and print the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, default=CORPORA / "multi30k" / "train")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--batches", type=int, default=180, help="of each epoch")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.corpus.with_suffix(".de").exists():
        print(f"skipped: no {arguments.corpus}.de (set NMT_CORPORA)")
        return
    if arguments.measure:
        measure(arguments.corpus, arguments.batches)
        return
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in LIMITS}
    for _ in range(arguments.rounds):
        for name, limit in LIMITS.items():
            found[name].append(run(arguments.corpus, arguments.batches, limit))
    baseline = 0.0
    print(f"{'limit':<20} {'ms a step':>10} {'MiB':>6} {'ratio':>6}")
    for name, limit in LIMITS.items():
        step, memory = (statistics.median(column) for column in zip(*found[name], strict=True))
        baseline = baseline or step
        label = f"{name} ({limit:,})"
        print(f"{label:<20} {step:10.1f} {memory:6.0f} {baseline / step:6.2f}")


if __name__ == "__main__":
    main()
