"""Find the lines where the two sides of a corpus slip against each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from nmt.corpus.check.alignment import AlignmentModel
from nmt.corpus.check.evidence import LOST, OFFSETS, REACH, blank
from nmt.corpus.check.lexicon import Floats, Sentences, join
from nmt.corpus.check.offset_path import OffsetPath, Segment
from nmt.corpus.sentence_pair import SentencePair

CHUNK = 512  # pairs
PENALTY = 24.0  # evidence that it takes to believe a change; one line gives 10 at most


@dataclass(frozen=True, slots=True)
class Slip:
    """A stretch of pairs that are no pairs; lines are those of pairs, counted from 1.

    With an offset k, the target of source line n stands at line n + k: at the first line, k lines
    are too many in the target or missing in the source (with k below 0: -k lines too many in the
    source or missing in the target). Without an offset, the lines don't belong together at any
    offset from -32 to 32.
    """

    first_line: int
    last_line: int | None  # None: to the end of the corpus
    offset: int | None
    pairs: int


def find_slips(pairs: Iterable[SentencePair], model: AlignmentModel) -> Iterator[Slip]:
    """The stretches of a corpus that are misaligned, in order.

    The pairs are read once, in a stream; memory doesn't grow with their number.
    """
    path = OffsetPath(np.where(np.arange(LOST + 1) == REACH, 0, -PENALTY), PENALTY)
    count = 0
    for evidence in _evidence(pairs, model):
        path.extend(evidence)
        count += len(evidence)
    for state, first, stop in _stretches(path.segments(), count):
        if state != REACH:
            offset = None if state == LOST else state - REACH
            yield Slip(first + 1, None if stop == count else stop, offset, stop - first)


def _stretches(segments: list[Segment], count: int) -> Iterator[tuple[int, int, int]]:
    """State, first line and line after the last of each stretch, from 0.

    A few lost lines between two offsets are what was added or left alone there: they belong to the
    slip that follows.
    """
    before, waiting = REACH, None
    stops = [segment.first for segment in segments[1:]] + [count]
    for segment, after, stop in zip(segments, [*segments[1:], None], stops, strict=True):
        first = segment.first if waiting is None else waiting
        waiting = None
        few = segment.state == LOST and stop - segment.first <= REACH
        if few and after and after.state != before:
            waiting = segment.first
        else:
            yield segment.state, first, stop
            before = segment.state


def _evidence(pairs: Iterable[SentencePair], model: AlignmentModel) -> Iterator[Floats]:
    """The evidence (N, K + 1) of all pairs in order, in blocks of CHUNK or so."""
    stream = iter(pairs)
    waiting: tuple[Sentences, Sentences] | None = None  # the target starts REACH lines before
    while chunk := list(islice(stream, CHUNK)):
        source = model.embed_source([pair.source for pair in chunk])
        target = model.embed_target([pair.target for pair in chunk])
        before = waiting or (source[:0], blank(REACH, target))
        source, target = join([before[0], source]), join([before[1], target])
        ready = max(0, len(source) - REACH)  # those whose targets are all here
        if ready:
            yield model.evidence(source[:ready], target[: ready + OFFSETS - 1])
        waiting = source[ready:], target[ready:]
    if waiting:
        source, target = waiting
        yield model.evidence(source, join([target, blank(REACH, target)]))
