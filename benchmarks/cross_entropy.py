"""The loss and its gradient, ours against torch's own cross-entropy, in one run.

Torch's function is called as autocast calls it, on a float32 copy of the logits. Both give the sum
over the tokens of the smoothed loss, and the gradient of the logits.

    python benchmarks/cross_entropy.py [--tokens 2048] [--vocabulary 6000] [--rounds 15]
"""

import argparse
import statistics
import time

import torch
from torch import Tensor
from torch.nn import functional as F

from nmt.engine.backend import keep_freed_memory, use_fast_float32
from nmt.text.vocabulary import PAD
from nmt.training.loss import cross_entropy

SMOOTHING = 0.1


def torch_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """The loss by torch's own function."""
    return F.cross_entropy(
        logits.float().flatten(0, 1),
        targets.flatten(),
        ignore_index=PAD,
        label_smoothing=SMOOTHING,
        reduction="sum",
    )


def nmt_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """The loss by ours."""
    return cross_entropy(logits, targets, SMOOTHING).total


def main() -> None:
    """Time both in turns and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tokens", type=int, default=2048, help="predictions in a batch")
    parser.add_argument("--vocabulary", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    keep_freed_memory()
    use_fast_float32()
    shape = (arguments.tokens // 16, 16)
    print(f"{'logits':<10} {'system':<8} {'milliseconds':>13} {'ratio':>7}")
    for dtype in (torch.bfloat16, torch.float32):
        seconds: dict[str, list[float]] = {"torch": [], "nmt": []}
        for _ in range(arguments.rounds + 2):  # the first two warm up
            for name, loss in (("torch", torch_loss), ("nmt", nmt_loss)):
                weights = torch.randn(*shape, arguments.vocabulary, dtype=dtype, requires_grad=True)
                logits = weights * 1.0  # not a leaf: ours overwrites it
                targets = torch.randint(1, arguments.vocabulary, shape)
                started = time.perf_counter()
                loss(logits, targets).backward()
                seconds[name].append(time.perf_counter() - started)
        times = {name: statistics.median(values[2:]) for name, values in seconds.items()}
        for name, value in times.items():
            ratio = times["torch"] / value
            kind = str(dtype).removeprefix("torch.")
            print(f"{kind:<10} {name:<8} {value * 1e3:13.1f} {ratio:7.2f}")


if __name__ == "__main__":
    main()
