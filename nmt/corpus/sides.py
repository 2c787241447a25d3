"""The two sides of a corpus, each as a sequence of its own, to be paired in another way."""

from collections.abc import Iterator
from itertools import tee

from nmt.corpus.check.inspection import Languages
from nmt.corpus.check.survey import Readable
from nmt.corpus.readers.text import SideCounts, read_side
from nmt.corpus.sentence_pair import Line

Sides = tuple[Iterator[Line], Iterator[Line]]


def read_sides(corpus: Readable, languages: Languages) -> Sides:
    """The lines of two files, or the sides of the pairs that one file holds.

    Raises:
        DataError: a file cannot be read.
    """
    if len(corpus.files) == 2:
        sources, targets = map(read_side, corpus.files, languages)
        return sources, targets
    first, second = tee(corpus.read_unequal(SideCounts()))
    return (
        (Line(pair.source, pair.line) for pair in first),
        (Line(pair.target, pair.line) for pair in second),
    )
