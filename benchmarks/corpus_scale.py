"""`nmt check` and `nmt prepare` on corpora of 1, 4 and 16 times the size: memory must stay flat.

Each corpus is made of a real one by resampling, with a new word in each pair. The commands run as a
user would run them; memory is that of all their processes together (the proportional share of each,
sampled four times a second), in MiB. Linux only.

    python benchmarks/corpus_scale.py [SOURCE TARGET] [--times 1 4 16] [--commands check prepare]

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
from pathlib import Path

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
SAMPLED = 0.25  # seconds


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


def memory(process: int) -> int:
    """The proportional memory of a process, in KiB."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def run(command: list[str]) -> tuple[float, float]:
    """Run a command; returns its seconds and its peak of memory in MiB."""
    started, peak = time.monotonic(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while process.poll() is None:
        peak = max(peak, sum(map(memory, processes(process.pid))))
        time.sleep(SAMPLED)
    if process.returncode not in (0, 1):  # 1: faults were found
        assert process.stderr
        sys.exit(process.stderr.read().decode())
    return time.monotonic() - started, peak / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="SOURCE TARGET")
    parser.add_argument("--times", nargs="+", type=int, default=[1, 4, 16])
    parser.add_argument("--commands", nargs="+", default=["check", "prepare"])
    arguments = parser.parse_args()
    kftt = [CORPORA / "kftt" / f"train.{language}.gz" for language in ("ja", "en")]
    source, target = arguments.files or kftt
    print(
        f"{'command':<9} {'pairs':>10} {'seconds':>8} {'pairs/s':>8} {'MiB':>6} {'MiB, ratio':>11}"
    )
    with tempfile.TemporaryDirectory(prefix="nmt-scale-") as name:
        folder, first = Path(name), dict[str, float]()
        for times in arguments.times:
            *paths, pairs = enlarge(source, target, times, folder)
            for command in arguments.commands:
                line = [sys.executable, "-m", "nmt", command, "--source", str(paths[0])]
                line += ["--target", str(paths[1])]
                if command == "prepare":
                    line += ["--set", f"data.cache={folder / 'cache'}"]
                seconds, peak = run(line)
                ratio = peak / first.setdefault(command, peak)
                print(
                    f"{command:<9} {pairs:>10,} {seconds:>8.1f} {pairs / seconds:>8,.0f} "
                    f"{peak:>6.0f} {ratio:>11.2f}",
                    flush=True,
                )
            for path in paths:
                path.unlink()


if __name__ == "__main__":
    main()
