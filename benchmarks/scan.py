"""The linear recurrence, forward and backward: time steps one by one against sweeps, in one run.

On a CPU nmt/layers/scan.py takes the steps one by one, elsewhere in log2(T) sweeps over the whole
sequence. This times both on the CPU, for batches of the same number of elements.

    python benchmarks/scan.py [--elements 2048] [--size 256] [--threads 1] [--rounds 15]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from nmt.engine.backend import keep_freed_memory
from nmt.layers.scan import in_sweeps, step_by_step

LENGTHS = (8, 30, 100, 400)


def by_steps(a: Tensor, b: Tensor, gradient: Tensor) -> None:
    """As nmt/layers/scan.py does on a CPU."""
    steps, zeros = range(b.shape[1]), torch.zeros_like(b[:, 0])
    step_by_step(a, b, zeros, steps)
    step_by_step(a, gradient, zeros, reversed(steps))


def by_sweeps(a: Tensor, b: Tensor, gradient: Tensor) -> None:
    """As it does elsewhere, where it takes in the first state too."""
    in_sweeps(a, b)
    in_sweeps(a.flip(1), gradient.flip(1)).flip(1)


def main() -> None:
    """Time both in turns and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--elements", type=int, default=2048, help="steps of all sentences")
    parser.add_argument("--size", type=int, default=256, help="features")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    keep_freed_memory()
    ways: dict[str, Callable[[Tensor, Tensor, Tensor], None]]
    ways = {"steps": by_steps, "sweeps": by_sweeps}
    print(f"{'T':>4} {'sentences':>9} {'steps ms':>9} {'sweeps ms':>10} {'sweeps / steps':>15}")
    for length in LENGTHS:
        shape = (max(1, arguments.elements // length), length, arguments.size)
        a, b, gradient = torch.rand(shape), torch.randn(shape), torch.randn(shape)
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(arguments.rounds + 2):  # the first two warm up
            for name, way in ways.items():
                started = time.perf_counter()
                way(a, b, gradient)
                seconds[name].append(time.perf_counter() - started)
        steps, sweeps = (statistics.median(values[2:]) * 1e3 for values in seconds.values())
        print(f"{length:4} {shape[0]:9} {steps:9.2f} {sweeps:10.2f} {sweeps / steps:15.2f}")


if __name__ == "__main__":
    main()
