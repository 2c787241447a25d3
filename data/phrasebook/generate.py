"""Writes the German-English demo corpus from the grammar in this folder.

    python data/phrasebook/generate.py [OUT_DIR] [--seed 1] [--stats]

The same seed gives the same files on every machine and every Python from 3.10 on.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from phrasegrammar.corpus import SIZES, Collector, check_coverage, split
from phrasegrammar.entries import GrammarError
from phrasegrammar.expand import Sentence
from phrasegrammar.reader import read_grammar
from phrasegrammar.space import derivations

FOLDER = Path(__file__).resolve().parent


def read_unseen(path: Path) -> list[tuple[str, str]]:
    """The hand-written sentences that never enter the corpus."""
    pairs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        german, tab, english = line.partition("\t")
        if not tab or not german or not english or "\t" in english:
            raise GrammarError(f"{path.name}:{number}: expected German, a tab and English")
        pairs.append((german, english))
    return pairs


def build(folder: Path, seed: int) -> dict[str, list[Sentence]]:
    """Read the grammar and make the three parts of the corpus."""
    grammar = read_grammar(folder)
    collector = Collector(grammar, seed, read_unseen(folder / "unseen.tsv"))
    sentences = collector.collect(sum(SIZES.values()))
    parts = split(sentences, collector.expander)
    check_coverage(grammar, parts["train"])
    return parts


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write a file under a temporary name first, so that no half-written file is ever seen."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8"))
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_corpus(parts: dict[str, list[Sentence]], out_dir: Path) -> None:
    """Write <part>.de and <part>.en into an existing folder."""
    for name, sentences in parts.items():
        write_lines(out_dir / f"{name}.de", [sentence.de for sentence in sentences])
        write_lines(out_dir / f"{name}.en", [sentence.en for sentence in sentences])


def print_statistics(folder: Path) -> None:
    """Print the size of the grammar."""
    grammar = read_grammar(folder)
    words = {(entry.de, entry.en) for entry in grammar.entries()}
    print(f"patterns            {len(grammar.patterns)}")
    print(f"phrase rules        {len(grammar.phrases())}")
    print(f"lexicon lines       {len(grammar.entries())}")
    print(f"distinct entries    {len(words)}")
    total = sum(derivations(grammar, pattern.slots) for pattern in grammar.patterns)
    print(f"possible sentences  about {total:.1e} (not all are kept)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Write the German-English phrasebook corpus.")
    parser.add_argument("out_dir", nargs="?", type=Path, default=Path("data/prepared/phrasebook"))
    parser.add_argument("--seed", type=int, default=1, help="random seed (default 1)")
    parser.add_argument("--stats", action="store_true", help="only print the grammar's size")
    options = parser.parse_args(arguments)
    try:
        if options.stats:
            print_statistics(FOLDER)
            return 0
        options.out_dir.mkdir(parents=True, exist_ok=True)
        parts = build(FOLDER, options.seed)
        write_corpus(parts, options.out_dir)
    except (GrammarError, OSError) as error:
        print(f"generate.py: {error}", file=sys.stderr)
        return 1
    sizes = ", ".join(f"{name} {len(sentences)}" for name, sentences in parts.items())
    print(f"{options.out_dir}: {sizes} sentence pairs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
