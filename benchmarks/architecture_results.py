"""The results of benchmarks/architectures.py, as they are kept."""

import json
import statistics
from dataclasses import dataclass, replace
from pathlib import Path

from architecture_costs import Costs
from architecture_variants import BASE, find_variants

BINS = {"1-5": 5, "6-10": 10, "11-15": 15, "16-20": 20, "21+": 10**9}  # the longest source of each
SEARCHES = ("greedy", "beam")  # that are timed
TIMED = 500  # sentences of the test set


@dataclass(frozen=True, slots=True)
class Result:
    """One run: a line of results.jsonl."""

    name: str
    seed: int
    threads: int
    settings: list[str]
    machine: str
    precision: str
    seconds: int  # of the training, validation included
    parameters: int
    steps: int
    reason: str  # why training ended
    best_step: int
    tokens_per_second: float | None  # target tokens without padding; None in very short runs
    training_memory: int | None  # MiB, as is decoding_memory; None: not measured beside others
    decoding_memory: int | None
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
        return self.name, self.seed, tuple(self.settings)

    def summary(self) -> str:
        """The run in a line."""
        return (
            f"{self.steps:,} steps, {self.tokens_per_second or 0:,.0f} tokens/s, "
            f"val {self.valid_bleu:.2f}, test {self.test_bleu:.2f}, "
            f"{self.beam_speed or 0:.0f} sentences/s"
        )


@dataclass(frozen=True, slots=True)
class Speeds:
    """What architecture_speeds.py measured of a variant: a line of its file."""

    name: str
    settings: list[str]
    steps: int  # of the short training
    threads: int
    machine: str
    training_memory: int  # MiB, as is decoding_memory
    decoding_memory: int
    # by search: the speed as a multiple of the base's, and the base's sentences a second; empty
    # where it was not timed
    timed: dict[str, list[float]]

    @property
    def key(self) -> tuple[object, ...]:
        """What it is known by: one with the same key need not be measured again."""
        return self.name, *self.place, tuple(self.settings)

    @property
    def place(self) -> tuple[object, ...]:
        """What measurements that compare have in common."""
        return self.steps, self.threads, self.machine

    def summary(self) -> str:
        """The measurement in a line."""
        times = ", ".join(f"{name} {row[0]:.2f}" for name, row in self.timed.items())
        return f"{self.training_memory} and {self.decoding_memory} MiB, {times or 'not timed'}"


def length_bin(source: str) -> str:
    """The bin of a source sentence, by its tokens on white space."""
    length = len(source.split())
    return next(name for name, longest in BINS.items() if length <= longest)


def load_results(path: Path) -> list[Result]:
    """The results so far."""
    if not path.exists():
        return []
    return [Result(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def load_speeds(path: Path) -> list[Speeds]:
    """What was measured so far."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Speeds(**json.loads(line)) for line in lines]


def choose_speeds(speeds: list[Speeds]) -> dict[str, Speeds]:
    """By variant those of the settings that it has now, all measured in the same way and place."""
    variants = find_variants()
    present = [row for row in speeds if row.settings == variants.get(row.name)]
    if not present:
        return {}
    usual = statistics.mode(row.place for row in present)
    return {row.name: row for row in present if row.place == usual}


def comparable(results: list[Result], costs: Costs, speeds: dict[str, Speeds]) -> list[Result]:
    """The results with speeds and memory that compare, though machines were not the same.

    Args:
        costs: tokens a second in training are the base's, divided by the cost.
        speeds: of `choose_speeds`: sentences a second are the median of the base's, times the
            speed as a multiple of the base's; what is not measured is None.
    """
    timed = [row.timed for row in speeds.values() if row.timed]
    base = {name: statistics.median([row[name][1] for row in timed] or [0]) for name in SEARCHES}
    found = []
    for result in results:
        row = speeds.get(result.name)
        greedy, beam = (
            base[name] * (row.timed[name][0] if row.name != BASE else 1)
            if row and row.timed
            else None
            for name in SEARCHES
        )
        found.append(
            replace(
                result,
                tokens_per_second=costs.tokens_per_second(result.name),
                greedy_speed=greedy,
                beam_speed=beam,
                training_memory=row.training_memory if row else None,
                decoding_memory=row.decoding_memory if row else None,
            )
        )
    return found
