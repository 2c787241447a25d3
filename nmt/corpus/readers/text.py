"""Two aligned files: line n of one is the translation of line n of the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from nmt.corpus.readers.container import open_binary
from nmt.corpus.readers.detect import TITLES, detect_format
from nmt.corpus.readers.foreign import refuse_other_files, refuse_web_page
from nmt.corpus.readers.lines import read_text_side
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.sgm import read_sgm_side
from nmt.corpus.sentence_pair import Line, SentencePair
from nmt.errors import DataError

_ANY = Selection()


@dataclass(slots=True)
class SideCounts:
    """How many lines two sides have, known when both have been read; pairs are `common` many."""

    source: int = 0
    target: int = 0

    @property
    def common(self) -> int:
        """The line after which the sides part, if they are unequal."""
        return min(self.source, self.target)


def read_text_pair(
    source: Path, target: Path, selection: Selection = _ANY
) -> Iterator[SentencePair]:
    """The pairs of source line and target line, in order.

    Raises:
        DataError: the files differ in their number of lines (both counts are named), or one
            cannot be read.
    """
    counts = SideCounts()
    yield from read_unequal_pair(source, target, counts, selection)
    if counts.source != counts.target:
        raise DataError(unequal(str(source), str(target), counts))


def read_unequal_pair(
    source: Path, target: Path, counts: SideCounts, selection: Selection = _ANY
) -> Iterator[SentencePair]:
    """The pairs until the shorter side ends; at the end `counts` has the lines of both.

    Raises:
        DataError: a file cannot be read.
    """
    sources = read_side(source, selection.source_language)
    targets = read_side(target, selection.target_language)
    return pair_sides(sources, targets, counts)


def pair_sides(
    sources: Iterator[Line], targets: Iterator[Line], counts: SideCounts
) -> Iterator[SentencePair]:
    """Pair two sides until the shorter one ends, and count the lines of both to their ends."""
    both = zip_longest(sources, targets)
    common = 0
    for left, right in both:
        if left is None or right is None:
            rest = 1 + sum(1 for _ in both)
            counts.source = common + rest * (left is not None)
            counts.target = common + rest * (right is not None)
            return
        common += 1
        yield SentencePair(left.text, right.text, left.number)
    counts.source = counts.target = common


def unequal(source: str, target: str, counts: SideCounts) -> str:
    """What to say of two sides whose counts differ."""
    return (
        f"{source} has {counts.source:,} lines, {target} has {counts.target:,}: the two sides of a "
        f"corpus need the same number of lines (they part after line {counts.common:,})"
    )


def read_side(path: Path, language: str | None) -> Iterator[Line]:
    """The sentences of one side: lines of text, or the segments of a test set in SGML.

    Raises:
        DataError: the file is missing or damaged, no text in UTF-8, or holds both sides.
    """
    name = str(path)
    with open_binary(path) as file:
        head = file.peek(1)
        refuse_web_page(head, name)
        found = detect_format(head, name)
        if found == "sgm":
            yield from read_sgm_side(file, name, language)
            return
        if found not in (None, "parquet", "arrow"):
            raise DataError(
                f"{name}: is {TITLES[found]}, which holds both sides; give it alone, as path or "
                "--corpus"
            )
        refuse_other_files(head, name)
        yield from read_text_side(file, name, language)
