"""Slips of the two sides of a corpus: how many are found, how exactly, and at what cost.

Takes real corpora, makes lines missing on one side or stretches that don't belong together at
seeded random places, and looks for them. Without any slip, nothing should be found.

    NMT_CORPORA=FOLDER OPENBLAS_NUM_THREADS=1 python benchmarks/slip_location.py
        [--corpora NAME...] [--pairs N] [--trials N] [--clean]
"""

import argparse
import os
import random
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, groupby
from pathlib import Path
from typing import NamedTuple

from nmt.corpus.check.alignment import WINDOW, WINDOWS, learn_alignment
from nmt.corpus.check.slips import Slip, find_slips
from nmt.corpus.readers.lines import read_lines
from nmt.corpus.sentence_pair import SentencePair

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
MULTI30K = [f"multi30k/{part}" for part in ("train", "val", "test_2016_flickr")]
PAIRS_OF_FILES = {
    **{
        f"{name} {a}-{b}": (f"{name}.{a}", f"{name}.{b}")
        for name in MULTI30K
        for a, b in combinations(("de", "en", "fr", "cs"), 2)
    },
    "newscomm-5k": ("newscomm-5k-fr-en/nc-5k.fr", "newscomm-5k-fr-en/nc-5k.en"),
    "opennmt-10k": ("opennmt-10k-en-de/train.en", "opennmt-10k-en-de/train.de"),
    "opennmt-10k val": ("opennmt-10k-en-de/val.en", "opennmt-10k-en-de/val.de"),
    "enja": ("small_parallel_enja/train.en", "small_parallel_enja/train.ja"),
    "mafand": ("mafand-en-swa/train.en.gz", "mafand-en-swa/train.swa.gz"),
    "mafand dev": ("mafand-en-swa/dev.en", "mafand-en-swa/dev.swa"),
    "americasnlp": ("americasnlp-gn-es/train.gn.gz", "americasnlp-gn-es/train.es.gz"),
    "americasnlp dev": ("americasnlp-gn-es/dev.gn", "americasnlp-gn-es/dev.es"),
    **{
        f"tatoeba {a}-en {part}": (
            f"tatoeba-{name}-eng/{part}.{a}{end}",
            f"tatoeba-{name}-eng/{part}.en{end}",
        )
        for a, name in (("de", "deu"), ("fr", "fra"))
        for part, end in (("train", ".gz"), ("dev", ""), ("test", ""))
    },
    **{f"enja {part}": (f"small_parallel_enja/{part}.en", f"small_parallel_enja/{part}.ja")
       for part in ("dev", "test")},
    **{f"kftt {part}": (f"kftt/{part}.ja", f"kftt/{part}.en") for part in ("dev", "test", "tune")},
    "kftt": ("kftt/train.ja.gz", "kftt/train.en.gz"),
}  # fmt: skip
EXACT = 5  # lines by which a slip may be missed
APART = 300  # lines between two slips
LOST = None
Numbered = list[tuple[str, int]]  # a line and the number of its pair; -1 for none
Injection = Callable[[random.Random, Numbered, Numbered, int], None]


class Run(NamedTuple):
    """A true slip. Lines count from 0; one without a partner may be taken to either stretch."""

    start: range  # where it may be said to begin
    stop: range  # and to end: the line after its last
    offset: int | None


# --- slips ---


def places(chooser: random.Random, count: int, most: int, length: int) -> list[int]:
    """Up to `most` places for stretches of `length` lines, APART lines apart, last first."""
    slots = range(APART, count - APART - length, APART + length)
    chosen = chooser.sample(slots, min(most, len(slots)))
    return sorted((slot + chooser.randrange(APART // 2) for slot in chosen), reverse=True)


def shift(chooser: random.Random, source: Numbered, target: Numbered, at: int, size: int) -> int:
    """Make `size` lines missing or too many on one side; the offset from there on."""
    side, sign = (source, 1) if chooser.random() < 0.5 else (target, -1)
    if chooser.random() < 0.5:
        del side[at : at + size]
        return sign * size
    side[at:at] = [(chooser.choice(side)[0], -1) for _ in range(size)]
    return -sign * size


def one_line(chooser: random.Random, source: Numbered, target: Numbered, length: int) -> None:
    """A line missing or too many, in the middle."""
    shift(chooser, source, target, chooser.randrange(length, len(source) - length), 1)


def ten_lines(chooser: random.Random, source: Numbered, target: Numbered, length: int) -> None:
    """Two to ten lines missing or too many, in the middle."""
    at = chooser.randrange(length, len(source) - length)
    shift(chooser, source, target, at, chooser.randint(2, 10))


def near_start(chooser: random.Random, source: Numbered, target: Numbered, length: int) -> None:
    """One to ten lines within the first twenty."""
    shift(chooser, source, target, chooser.randrange(20), chooser.randint(1, 10))


def near_end(chooser: random.Random, source: Numbered, target: Numbered, length: int) -> None:
    """One to three lines, `length` lines before the end."""
    shift(chooser, source, target, len(source) - length - 3, chooser.randint(1, 3))


def whole(chooser: random.Random, source: Numbered, target: Numbered, length: int) -> None:
    """All of the corpus, from line 1."""
    shift(chooser, source, target, 0, chooser.randint(1, 10))


def several(chooser: random.Random, source: Numbered, target: Numbered, length: int) -> None:
    """Five slips, never undone."""
    for at in places(chooser, len(source), 5, 0):
        shift(chooser, source, target, at, chooser.randint(1, 5))


def undone(chooser: random.Random, source: Numbered, target: Numbered, length: int) -> None:
    """Five slips, each undone after `length` lines that have their partner elsewhere."""
    for at in places(chooser, len(source), 5, length + 20):
        size = chooser.randint(1, 10)
        first, second = (source, target) if chooser.random() < 0.5 else (target, source)
        del first[at + size + length : at + length + 2 * size]
        del second[at : at + size]


def replaced(chooser: random.Random, source: Numbered, target: Numbered, length: int) -> None:
    """Five stretches of `length` lines whose target is that of other lines."""
    for at in places(chooser, len(source), 5, length):
        target[at : at + length] = [(text, -1) for text, _ in chooser.sample([*target], length)]


def shuffled(chooser: random.Random, source: Numbered, target: Numbered, length: int) -> None:
    """Five stretches of `length` lines whose target is in a random order."""
    for at in places(chooser, len(source), 5, length):
        target[at : at + length] = [
            (text, -1) for text, _ in chooser.sample(target[at : at + length], length)
        ]


SCENARIOS: list[tuple[Injection, tuple[int, ...]]] = [
    (one_line, (100,)),
    (ten_lines, (100,)),
    (near_start, (0,)),
    (near_end, (5, 10, 20)),
    (whole, (0,)),
    (several, (0,)),
    (undone, (5, 10, 15, 20, 30, 60)),
    (replaced, (10, 15, 20, 30, 40, 60, 100)),
    (shuffled, (15, 20, 30, 60)),
]


# --- what is there and what is found ---


def true_runs(source: Numbered, target: Numbered) -> list[Run]:
    """The stretches of one offset other than 0, and those of more than 10 lines without partner."""
    places = {pair: line for line, (_, pair) in enumerate(target) if pair >= 0}
    count = min(len(source), len(target))
    offsets = [places[p] - i if p in places else LOST for i, (_, p) in enumerate(source[:count])]
    runs: list[tuple[int, int, int | None]] = []
    for offset, lines in groupby(range(count), key=offsets.__getitem__):
        members = list(lines)
        if offset is LOST and len(members) <= 10:
            continue  # lines added, or left alone, at a slip
        if runs and runs[-1][2] == offset:
            runs[-1] = (runs[-1][0], members[-1] + 1, offset)
        else:
            runs.append((members[0], members[-1] + 1, offset))
    before = [0] + [run[1] for run in runs]
    after = [run[0] for run in runs[1:]] + [count]
    return [
        Run(range(before[n], start + 1), range(stop, after[n] + 1), offset)
        for n, (start, stop, offset) in enumerate(runs)
        if offset != 0
    ]


def fits(run: Run, slip: Slip, count: int, slack: int) -> bool:
    """Whether a slip that was found begins and ends where a true one does, or `slack` lines off."""
    ends = (slip.first_line - 1, slip.last_line or count)
    return slip.offset == run.offset and all(
        place.start - slack <= end < place.stop + slack
        for place, end in zip((run.start, run.stop), ends, strict=True)
    )


def compare(expected: list[Run], slips: list[Slip], count: int) -> Counter[str]:
    """How many slips are there, found, located; and how many found that are not there."""
    tally: Counter[str] = Counter(there=len(expected))
    for run in expected:
        lines = range(run.start.start + 1, run.stop.stop)
        tally["found"] += any(
            (slip.offset == run.offset and slip.first_line in lines)
            or fits(run, slip, count, APART // 3)
            for slip in slips
        )
        tally["located"] += any(fits(run, slip, count, EXACT) for slip in slips)
    for slip in slips:
        lines = range(slip.first_line - 1, slip.last_line or count)
        added = slip.offset is LOST and any(  # lines added at a slip are without partner indeed
            lines.start in gap and lines[-1] in gap
            for run in expected
            for gap in (run.start, run.stop)
        )
        tally["false"] += not added and not any(
            fits(run, slip, count, APART // 3) for run in expected
        )
    return tally


def pairs_of(source: Iterable[str], target: Iterable[str]) -> Iterator[SentencePair]:
    """Lines of both sides, numbered, to the end of the shorter side."""
    for line, (left, right) in enumerate(zip(source, target, strict=False), start=1):
        yield SentencePair(left, right, line)


def search(pairs: list[SentencePair]) -> list[Slip] | None:
    """Learn and look; None when the corpus can't tell."""
    if len(pairs) <= WINDOW * WINDOWS:
        windows = [pairs]
    else:
        step = (len(pairs) - WINDOW) / (WINDOWS - 1)
        windows = [pairs[int(n * step) : int(n * step) + WINDOW] for n in range(WINDOWS)]
    model = learn_alignment(windows)
    return None if model is None else list(find_slips(pairs, model))


def main() -> None:
    """Inject, look, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--corpora", nargs="*", default=list(PAIRS_OF_FILES))
    parser.add_argument("--pairs", type=int, help="only the first pairs of each corpus")
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--clean", action="store_true", help="don't inject any slips")
    arguments = parser.parse_args()
    for name in arguments.corpora:
        paths = [CORPORA / path for path in PAIRS_OF_FILES[name]]
        started = time.process_time()
        sides = [list(read_lines(path))[: arguments.pairs] for path in paths]
        reading = time.process_time() - started
        pairs = list(pairs_of(*sides))
        started = time.process_time()
        slips = search(pairs)
        seconds = time.process_time() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{name}: {len(pairs):,} pairs, {seconds:.1f} s of one core, {seconds / reading:.1f} "
            f"times reading; peak memory so far with the corpus itself {peak:,.0f} MiB"
        )
        print(f"  without a slip: {'cannot tell' if slips is None else slips or 'nothing found'}")
        if not arguments.clean:
            for injection, lengths in SCENARIOS:
                for length in lengths:
                    report(injection, length, sides, arguments.trials)


def report(injection: Injection, length: int, sides: list[list[str]], trials: int) -> None:
    """Run one scenario some times; print a line of the table."""
    total: Counter[str] = Counter()
    for seed in range(trials):
        source, target = ([(line, n) for n, line in enumerate(side)] for side in sides)
        injection(random.Random(seed), source, target, length)
        pairs = list(pairs_of((text for text, _ in source), (text for text, _ in target)))
        expected = true_runs(source, target)
        slips = search(pairs)
        total["cannot tell"] += slips is None
        total += compare(expected, slips or [], len(pairs))
    there = max(1, total["there"])
    print(
        f"  {injection.__name__:10} {length or '':4} there {total['there']:3}  "
        f"found {total['found'] / there:6.1%}  located within {EXACT} lines "
        f"{total['located'] / there:6.1%}  false {total['false']}"
        + (f"  cannot tell {total['cannot tell']}" if total["cannot tell"] else ""),
        flush=True,
    )


if __name__ == "__main__":
    main()
