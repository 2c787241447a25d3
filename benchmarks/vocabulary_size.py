"""Which vocabulary size suits a corpus? How often tokens occur, on real corpora.

    python benchmarks/vocabulary_size.py [NAME ...]        NAME: multi30k, newscomm, ... (see below)

For joint vocabularies: their size, the tokens in a word, and the shares of the learnt tokens that
occur fewer than 50 and 20 times. Then the sizes of `nmt.text.vocabulary_advice`, beside "auto".
"""

import argparse
import gzip
import os
import time
from pathlib import Path

from nmt.text.tokenizer import automatic_vocabulary_size
from nmt.text.vocabulary_advice import vocabulary_curve

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
FILES = {  # source, target, pairs read, every so many
    "multi30k": ("multi30k/train.de", "multi30k/train.en", 29_000, 1),
    "multi30k-5k": ("multi30k/train.de", "multi30k/train.en", 5_000, 1),
    "newscomm": ("newscomm-5k-fr-en/nc-5k.fr", "newscomm-5k-fr-en/nc-5k.en", 5_000, 1),
    "opennmt": ("opennmt-10k-en-de/train.en", "opennmt-10k-en-de/train.de", 10_000, 1),
    "mafand": ("mafand-en-swa/train.en.gz", "mafand-en-swa/train.swa.gz", 10**6, 1),
    "americasnlp": (
        "americasnlp-gn-es/train.gn.gz",
        "americasnlp-gn-es/train.es.gz",
        10**6,
        1,
    ),
    "tatoeba": ("tatoeba-deu-eng/train.de.gz", "tatoeba-deu-eng/train.en.gz", 10**6, 1),
    "tatoeba/4": ("tatoeba-deu-eng/train.de.gz", "tatoeba-deu-eng/train.en.gz", 10**6, 4),
    "tatoeba-10k": ("tatoeba-deu-eng/train.de.gz", "tatoeba-deu-eng/train.en.gz", 10_000, 1),
    "kftt/16": ("kftt/train.ja.gz", "kftt/train.en.gz", 10**6, 16),
}
SIZES = (1_000, 2_000, 4_000, 8_000, 16_000, 32_000)


def read(name: str, pairs: int, step: int) -> list[str]:
    """Every so many lines of the first of a file, packed or not."""
    path = CORPORA / name
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return text.split("\n")[:-1][:pairs:step]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=list(FILES))
    arguments = parser.parse_args()
    if not CORPORA.is_dir():
        print(f"skipped: no {CORPORA} (set NMT_CORPORA)")
        return
    for name in arguments.names:
        source, target, pairs, step = FILES[name]
        lines = read(source, pairs, step) + read(target, pairs, step)
        started = time.process_time()
        curve = vocabulary_curve(lines, scale=step)
        advice = curve.advice()
        seconds = time.process_time() - started
        words = sum(len(line.split()) for line in lines) * step
        pairs = len(lines) // 2 * step
        print(f"\n{name}: {pairs:,} pairs, {words:,} words")
        print(f"{'size':>8} {'tokens a word':>14} {'seen < 50':>12} {'seen < 20':>12}")
        for row in curve.sizes.searchsorted(SIZES):
            if 0 < row < len(curve.sizes):
                print(
                    f"{curve.sizes[row]:>8,} {curve.tokens_per_word[row]:>14.2f} "
                    f"{1 - curve.often[row]:>12.1%} {1 - curve.seldom[row]:>12.1%}"
                )
        print(
            f"advice {advice.size:,}, {advice.range}; "
            f"auto {automatic_vocabulary_size(pairs):,}; {seconds:.1f} s of one core"
        )


if __name__ == "__main__":
    main()
