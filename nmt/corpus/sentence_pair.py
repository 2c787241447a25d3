"""The unit that every reader yields and every check looks at."""

from typing import NamedTuple


class SentencePair(NamedTuple):
    """A sentence, its translation, and where they stand."""

    source: str
    target: str
    line: int  # from 1: where the pair begins in its file, or in the source file of two


class AlignedPair(SentencePair):
    """A pair with an alignment of its words, which few look at: else it is a pair like others."""

    alignment: str  # in Pharaoh format; may be empty


class Line(NamedTuple):
    """A sentence of one side, and where it stands."""

    text: str
    number: int  # from 1: where the sentence begins in its file


def aligned_pair(pair: SentencePair, alignment: str) -> AlignedPair:
    """The pair, with an alignment."""
    made = AlignedPair(*pair)
    made.alignment = alignment
    return made


def alignment_of(pair: SentencePair) -> str:
    """The alignment of a pair; of one that came without, it is empty."""
    return pair.alignment if isinstance(pair, AlignedPair) else ""
