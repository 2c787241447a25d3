"""The results of benchmarks/architectures.py, as they are kept."""

import json
import statistics
from dataclasses import dataclass, replace
from pathlib import Path

BINS = {"1-5": 5, "6-10": 10, "11-15": 15, "16-20": 20, "21+": 10**9}  # the longest source of each
SEARCHES = ("greedy", "beam")  # that are timed


@dataclass(frozen=True, slots=True)
class Result:
    """One run: a line of results.jsonl."""

    name: str
    seed: int
    budget: str
    threads: int
    settings: list[str]
    machine: str
    precision: str
    matrix_rate: float  # GFLOP/s of one large product, in this precision, before the run
    seconds: int  # that training was given
    parameters: int
    steps: int
    reason: str  # why training ended
    best_step: int
    tokens_per_second: float | None  # target tokens without padding; None in very short runs
    training_memory: int  # MiB, as is decoding_memory
    decoding_memory: int
    valid_bleu: float  # with beam 5, as all scores but greedy_test_bleu
    test_bleu: float
    valid_chrf: float
    test_chrf: float
    greedy_test_bleu: float
    beam_speed: float | None  # sentences a second, as is greedy_speed; None: not timed
    greedy_speed: float | None
    bleu_by_length: dict[str, float]
    sentences_by_length: dict[str, int]
    signature: str

    @property
    def key(self) -> tuple[object, ...]:
        """What a run is known by: one with the same key need not be made again."""
        conditions = (self.budget, self.threads, tuple(self.settings), self.machine)
        return self.name, self.seed, *conditions

    def summary(self) -> str:
        """The run in a line."""
        return (
            f"{self.steps:,} steps, {self.tokens_per_second or 0:,.0f} tokens/s, "
            f"val {self.valid_bleu:.2f}, test {self.test_bleu:.2f}, "
            f"{self.beam_speed or 0:.0f} sentences/s ({self.matrix_rate:.0f} GFLOP/s)"
        )


def length_bin(source: str) -> str:
    """The bin of a source sentence, by its tokens on white space."""
    length = len(source.split())
    return next(name for name, longest in BINS.items() if length <= longest)


def load_results(path: Path) -> list[Result]:
    """The results so far; of a name and a seed under the same conditions the last one."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    results = [Result(**json.loads(line)) for line in lines]
    same = {(r.name, r.seed, r.budget, r.threads, r.machine): r for r in results}
    return list(same.values())


def comparable(results: list[Result], rate: float | None, speeds: Path) -> list[Result]:
    """The results with speeds that compare, though the machine was not always as fast.

    Args:
        rate: that tokens a second are scaled to, by the rate before each run.
        speeds: the file of architecture_speeds.py, if it is there: sentences a second are then
            shares of those of the base, timed in turns with it, times its median.
    """
    if rate:
        results = [
            replace(r, tokens_per_second=(r.tokens_per_second or 0) * rate / r.matrix_rate or None)
            for r in results
        ]
    if not speeds.exists():
        return results
    rows = [json.loads(line) for line in speeds.read_text("utf-8").splitlines()]
    timed = {(row["name"], row["budget"], row["threads"], row["machine"]): row for row in rows}
    base = {name: statistics.median(row[f"base_{name}"] for row in rows) for name in SEARCHES}
    found = []
    for result in results:
        row = timed.get((result.name, result.budget, result.threads, result.machine))
        greedy, beam = (row[name] * base[name] if row else None for name in SEARCHES)
        found.append(replace(result, greedy_speed=greedy, beam_speed=beam))
    return found
