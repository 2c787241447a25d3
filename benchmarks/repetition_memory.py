"""The survey of repetitions: memory must not grow with the corpus, and time only in proportion.

Surveys a real corpus, and 4 and 16 times as many pairs made of it with slight changes, each in a
process of its own. Prints the peak of its memory, the time of one core and the ratios to the
corpus itself; and what was found, which must grow in proportion.

    python benchmarks/repetition_memory.py [SOURCE TARGET] [--times 1 4 16]

Without files it takes KFTT of the folder $NMT_CORPORA.
"""

import argparse
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from nmt.corpus.check.repetition import RepetitionSurvey
from nmt.corpus.sentence_pair import SentencePair

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
CHUNK = 4096  # pairs


def read(path: Path) -> Iterator[str]:
    """The lines of a file, plain or gzip."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n")


def enlarged(source: Path, target: Path, times: int) -> Iterator[SentencePair]:
    """The corpus, and again with a new word in each pair, at some place of either side."""
    chooser = random.Random(1)
    row = 0
    for copy in range(times):
        for sides in zip(read(source), read(target), strict=True):
            row += 1
            if copy:
                cuts = [chooser.randint(0, len(side)) for side in sides]
                word = f" {chooser.randrange(10**6):06d}x "
                sides = tuple(
                    side[:cut] + word + side[cut:] for side, cut in zip(sides, cuts, strict=True)
                )
            yield SentencePair(sides[0], sides[1], row)


def survey(source: Path, target: Path, times: int) -> dict[str, float]:
    """Survey an enlarged corpus in this process."""
    pairs = enlarged(source, target, times)
    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder, RepetitionSurvey(Path(folder)) as surveyed:
        row = 0
        while chunk := list(islice(pairs, CHUNK)):
            start = time.process_time()
            surveyed.add(chunk, row)
            seconds += time.process_time() - start
            row += len(chunk)
        start = time.process_time()
        found = surveyed.finish()
        finishing = time.process_time() - start
        return {
            "pairs": found.pairs,
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "seconds": seconds + finishing,
            "finishing": finishing,
            "duplicates": found.exact.count + found.normalized.count,
            "near": found.near.count,
        }


def main() -> None:
    """Survey each size in a process of its own and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    kftt = [CORPORA / "kftt" / "train.ja.gz", CORPORA / "kftt" / "train.en.gz"]
    parser.add_argument("files", type=Path, nargs="*", default=kftt)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--survey", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    source, target = arguments.files
    if not (source.exists() and target.exists()):
        print(f"skipped: no {source} (set NMT_CORPORA)")
        return
    if arguments.survey:
        print(json.dumps(survey(source, target, arguments.survey)))
        return
    print("      pairs   peak MB  ratio   core s  of it finish  ratio/pair  duplicates     near")
    first: dict[str, float] = {}
    for times in arguments.times:
        command = [sys.executable, __file__, str(source), str(target), "--survey", str(times)]
        row = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        first = first or row
        memory = row["megabytes"] / first["megabytes"]
        speed = (row["seconds"] / row["pairs"]) / (first["seconds"] / first["pairs"])
        print(
            f"{row['pairs']:11,} {row['megabytes']:9.1f} {memory:6.2f} {row['seconds']:8.1f} "
            f"{row['finishing']:13.1f} {speed:11.2f} {row['duplicates']:11,} {row['near']:8,}",
            flush=True,
        )


if __name__ == "__main__":
    main()
