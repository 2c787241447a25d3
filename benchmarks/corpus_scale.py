"""`nmt check`, `prepare` and `train` as a corpus grows 4 and 16 times: memory must stay flat.

Each corpus is made of a real one by resampling, with a new word in each pair. The commands run as a
user would run them; memory is that of all their processes together (the proportional share of each,
sampled four times a second), in MiB, and the anonymous part of it: without the pages of files, such
as memory-mapped shards, that the system drops when it needs the space. `train` takes `--steps`
steps at one thread, from what `prepare` left. Linux only.

    python benchmarks/corpus_scale.py [SOURCE TARGET] [--times 1 4 16]
        [--commands check prepare train] [--steps 60]

Without files it takes KFTT of the folder $NMT_CORPORA.
"""

import argparse
import gzip
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
SAMPLED = 0.25  # seconds
# "auto" grows with the corpus, and the model with it
VOCABULARY = "tokenizer.vocabulary_size=16000"


def enlarge(source: Path, target: Path, times: int, folder: Path) -> tuple[Path, Path, int]:
    """Write the corpus and changed copies of it; returns the files and the number of pairs."""
    chooser = random.Random(1)
    sides = []
    for path in (source, target):
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
            sides.append(file.read().split("\n")[:-1])
    paths = (folder / f"{times}.source", folder / f"{times}.target")
    with (
        paths[0].open("w", encoding="utf-8") as left,
        paths[1].open("w", encoding="utf-8") as right,
    ):
        for copy in range(times):
            for pair in zip(*sides, strict=True):
                word = f" {chooser.randrange(10**6):06d}x" if copy else ""
                left.write(f"{pair[0]}{word}\n")
                right.write(f"{pair[1]}{word}\n")
    return *paths, times * len(sides[0])


def processes(root: int) -> list[int]:
    """A process and all its descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:  # it has ended meanwhile
                continue
            parents[int(entry.name)] = int(stat[1])
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def memory(root: int) -> np.ndarray:
    """The memory of a process and its descendants, and the anonymous part of it (2,), in KiB."""
    total = np.zeros(2)
    for process in processes(root):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        sizes = {line.split(":")[0]: line.split()[1] for line in lines[1:]}
        total += [int(sizes["Pss"]), int(sizes["Pss_Anon"])]
    return total


def run(command: list[str]) -> tuple[float, np.ndarray]:
    """Run a command; returns its seconds and its peaks of both kinds of memory in MiB."""
    started, peak = time.monotonic(), np.zeros(2)
    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=messages)
        while process.poll() is None:
            peak = np.maximum(peak, memory(process.pid))
            time.sleep(SAMPLED)
        if process.returncode not in (0, 1):  # 1: faults were found
            messages.seek(0)
            sys.exit(messages.read().decode())
    return time.monotonic() - started, peak / 1024


def command_line(command: str, paths: Sequence[Path], folder: Path, steps: int) -> list[str]:
    """A command over a corpus as a user would type it."""
    line = [sys.executable, "-m", "nmt", command, "--source", str(paths[0])]
    line += ["--target", str(paths[1])]
    if command != "check":
        line += ["--set", f"data.cache={folder / 'cache'}", "--set", VOCABULARY]
    if command == "train":
        line += [
            "--languages",
            "xx-yy",
            "--threads",
            "1",
            "-o",
            str(folder / "model"),
            "--overwrite",
        ]
        line += ["--set", f"training.max_steps={steps}"]
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="SOURCE TARGET")
    parser.add_argument("--times", nargs="+", type=int, default=[1, 4, 16])
    parser.add_argument("--commands", nargs="+", default=["check", "prepare", "train"])
    parser.add_argument("--steps", type=int, default=60, help="of training")
    arguments = parser.parse_args()
    kftt = [CORPORA / "kftt" / f"train.{language}.gz" for language in ("ja", "en")]
    source, target = arguments.files or kftt
    print(f"{'command':<9} {'pairs':>10} {'seconds':>8} {'pairs/s':>8}", end=" ")
    print(f"{'MiB':>6} {'ratio':>5} {'anonymous':>9} {'ratio':>5}")
    with tempfile.TemporaryDirectory(prefix="nmt-scale-") as name:
        folder, first = Path(name), dict[str, np.ndarray]()
        for times in arguments.times:
            *paths, pairs = enlarge(source, target, times, folder)
            for command in arguments.commands:
                seconds, peak = run(command_line(command, paths, folder, arguments.steps))
                ratio = peak / first.setdefault(command, peak)
                print(
                    f"{command:<9} {pairs:>10,} {seconds:>8.1f} {pairs / seconds:>8,.0f}", end=" "
                )
                print(
                    f"{peak[0]:>6.0f} {ratio[0]:>5.2f} {peak[1]:>9.0f} {ratio[1]:>5.2f}", flush=True
                )
            for path in paths:
                path.unlink()


if __name__ == "__main__":
    main()
