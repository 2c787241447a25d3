"""A corpus of two made-up languages, in which nothing is wrong, to damage it in tests."""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

Sides = tuple[list[str], list[str]]
Write = Callable[..., tuple[Path, Path]]


def make_lexicon(chooser: random.Random, size: int) -> list[tuple[str, str]]:
    """Words of both languages, a translation for each."""

    def words(syllables: list[str]) -> list[str]:
        made: dict[str, None] = {}
        while len(made) < size:
            made["".join(chooser.choices(syllables, k=chooser.randint(1, 3)))] = None
        return list(made)

    soft = [c + v for c in "blmnrw" for v in "aeio"]
    hard = [c + v + e for c in "dfgkpst" for v in "uay" for e in ("", "n", "r")]
    return list(zip(words(soft), words(hard), strict=True))


def make_sides(pairs: int, seed: int = 1) -> Sides:
    """Sentences of 4 to 14 words, frequent and rare, each pair there once."""
    chooser = random.Random(seed)
    lexicon = make_lexicon(random.Random(0), 600)
    weights = [1 / (rank + 3) for rank in range(len(lexicon))]
    found: dict[str, str] = {}
    while len(found) < pairs:
        words = chooser.choices(lexicon, weights, k=chooser.randint(4, 14))
        source = " ".join(word for word, _ in words).capitalize() + "."
        found[source] = " ".join(word for _, word in words).capitalize() + "."
    return list(found), list(found.values())


@pytest.fixture(scope="session")
def clean_sides() -> Sides:
    """The two sides of 4,000 pairs."""
    return make_sides(4000)


def write_files(folder: Path, sides: Sides, name: str = "train") -> tuple[Path, Path]:
    """Write two sides as files of a folder, and name them."""
    paths = (folder / f"{name}.xx", folder / f"{name}.yy")
    for path, lines in zip(paths, sides, strict=True):
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return paths


@pytest.fixture
def write_sides(tmp_path: Path) -> Write:
    """Write two sides as files, and name them."""
    return partial(write_files, tmp_path)
