"""The results of benchmarks/architectures.py, as they are kept."""

import json
import statistics
from dataclasses import dataclass, replace
from pathlib import Path

from architecture_costs import Costs

BINS = {"1-5": 5, "6-10": 10, "11-15": 15, "16-20": 20, "21+": 10**9}  # the longest source of each
SEARCHES = ("greedy", "beam")  # that are timed


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


def length_bin(source: str) -> str:
    """The bin of a source sentence, by its tokens on white space."""
    length = len(source.split())
    return next(name for name, longest in BINS.items() if length <= longest)


def load_results(path: Path) -> list[Result]:
    """The results so far."""
    if not path.exists():
        return []
    return [Result(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def comparable(results: list[Result], costs: Costs, speeds: Path) -> list[Result]:
    """The results with speeds and memory that compare, though machines were not the same.

    Args:
        costs: tokens a second in training are the base's, divided by the cost.
        speeds: the file of architecture_speeds.py: sentences a second are shares of those of the
            base, timed in turns with it, times its median; memory is what was measured there;
            None without it.
    """
    lines = speeds.read_text("utf-8").splitlines() if speeds.exists() else []
    timed = {row["name"]: row for row in map(json.loads, lines)}
    speed = {  # of the base, sentences a second
        name: statistics.median([row[f"base_{name}"] for row in timed.values() if name in row])
        for name in SEARCHES
        if timed
    }
    found = []
    for result in results:
        row, trained = timed.get(result.name, {}), costs.tokens_per_second(result.name)
        greedy, beam = (row[name] * speed[name] if name in row else None for name in SEARCHES)
        found.append(
            replace(
                result,
                tokens_per_second=trained,
                greedy_speed=greedy,
                beam_speed=beam,
                training_memory=row.get("training_memory"),
                decoding_memory=row.get("decoding_memory"),
            )
        )
    return found
