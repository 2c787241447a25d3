"""The unit that every reader yields and every check looks at."""

from typing import NamedTuple


class SentencePair(NamedTuple):
    """A sentence, its translation, and where they stand."""

    source: str
    target: str
    line: int  # from 1: where the pair begins in its file, or in the source file of two


class Line(NamedTuple):
    """A sentence of one side, and where it stands."""

    text: str
    number: int  # from 1: where the sentence begins in its file
