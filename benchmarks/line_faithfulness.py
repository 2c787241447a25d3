"""N lines in, N lines out, in order, in bounded memory: on lines as bad as users have them.

Makes 10,000 lines out of a real corpus: 5% empty, 1% of more than 500 tokens, 10% with odd
separators inside (U+2028, U+0085, a carriage return, tabs, form feeds). Translates them with the
`nmt` command and compares.

    python benchmarks/line_faithfulness.py [MODEL_DIR] [--text $NMT_CORPORA/multi30k/train.de]

Without MODEL_DIR it takes the model of `make demo`.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
DEMO_MODEL = Path("data/models/phrasebook-de-en")
SEPARATORS = ("\u2028", "\u2029", "\x85", "\r", "\t", "\x0b", "\x0c", "\x1c")


def make_lines(text: Path, count: int) -> list[str]:
    """Lines of a corpus, some made empty, very long, or odd; the same ones each time."""
    chooser = random.Random(1)
    real = text.read_text(encoding="utf-8").split("\n")[:-1]
    lines = []
    for _ in range(count):
        kind = chooser.random()
        if kind < 0.05:
            line = ""
        elif kind < 0.06:
            line = " ".join(chooser.choices(real, k=50))
        else:
            line = chooser.choice(real)
            if kind < 0.16:
                line = line.replace(" ", chooser.choice(SEPARATORS), 2)
        lines.append(line)
    return lines


def main() -> None:
    """Translate, compare, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("model", type=Path, nargs="?", default=DEMO_MODEL)
    parser.add_argument("--text", type=Path, default=CORPORA / "multi30k" / "train.de")
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--beam-size", type=int, default=5)
    arguments = parser.parse_args()
    needed = {arguments.model: "`make demo` trains one", arguments.text: "set NMT_CORPORA"}
    for path, remedy in needed.items():
        if not path.exists():
            print(f"skipped: no {path} ({remedy})")
            return
    lines = make_lines(arguments.text, arguments.lines)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "input.txt")
        source.write_bytes("".join(f"{line}\n" for line in lines).encode())
        command = [sys.executable, "-m", "nmt", "translate", str(arguments.model), str(source)]
        command += ["--format", "jsonl", "--beam-size", str(arguments.beam_size)]
        started = time.monotonic()
        result = subprocess.run(command, capture_output=True, check=False)
        if result.returncode:
            sys.exit(result.stderr.decode())
    seconds = time.monotonic() - started
    records = [json.loads(line) for line in result.stdout.decode().split("\n")[:-1]]
    in_order = [record["source"] for record in records] == lines
    empty = all(record["translation"] == "" for record in records if not record["source"])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"lines in {len(lines):,}, lines out {len(records):,}, in order: {in_order}")
    print(f"empty lines {lines.count(''):,}, and they stay empty: {empty}")
    print(f"lines translated in parts, each with a warning: {len(result.stderr.splitlines()):,}")
    print(f"peak memory {peak:,.0f} MiB, {seconds:.0f} s")
    sys.exit(0 if in_order and empty and len(records) == len(lines) else 1)


if __name__ == "__main__":
    main()
