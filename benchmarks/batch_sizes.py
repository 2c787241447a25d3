"""Does a translation depend on its batch mates? A real test set at batch sizes 1, 7 and 64.

    python benchmarks/batch_sizes.py [MODEL_DIR] [--text $NMT_CORPORA/multi30k/test_2016_flickr.de]

Prints, for greedy and beam search and for both precisions, how many translations differ from
those of batch size 64, and how far the scores are apart; one that differs is a fault. Without
MODEL_DIR it takes the model of `make demo`.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import nmt

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
DEMO_MODEL = Path("data/models/phrasebook-de-en")


def main() -> None:
    """Translate at each batch size, and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("model", type=Path, nargs="?", default=DEMO_MODEL)
    parser.add_argument("--text", type=Path, default=CORPORA / "multi30k" / "test_2016_flickr.de")
    arguments = parser.parse_args()
    needed = {arguments.model: "`make demo` trains one", arguments.text: "set NMT_CORPORA"}
    for path, remedy in needed.items():
        if not path.exists():
            print(f"skipped: no {path} ({remedy})")
            return
    lines = arguments.text.read_text(encoding="utf-8").split("\n")[:-1]
    faults = 0
    print(
        f"{'precision':<10} {'beam':>4} {'batch':>5} {'differing':>9} {'score apart':>12} {'s':>6}"
    )
    for precision in ("float32", "bfloat16"):
        translator = nmt.load(arguments.model, precision=precision)
        for beam_size in (1, 5):
            expected: list[nmt.Translation] = []
            for batch_size in (64, 7, 1):
                started = time.monotonic()
                found = translator.translate(
                    lines, beam_size=beam_size, batch_size=batch_size, attention=False
                )
                seconds = time.monotonic() - started
                expected = expected or found
                pairs = list(zip(found, expected, strict=True))
                differing = sum(a.text != b.text for a, b in pairs)
                apart = max(abs(a.score - b.score) for a, b in pairs)
                faults += differing
                print(
                    f"{precision:<10} {beam_size:>4} {batch_size:>5} {differing:>9} {apart:>12.1e} "
                    f"{seconds:>6.1f}",
                    flush=True,
                )
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
