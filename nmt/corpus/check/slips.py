"""Find the lines where the two sides of a corpus slip against each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from nmt.corpus.check.alignment import AlignmentModel
from nmt.corpus.check.evidence import LOST, OFFSETS, REACH, blank
from nmt.corpus.check.lexicon import Floats, Sentences, join
from nmt.corpus.check.offset_path import OffsetPath
from nmt.corpus.sentence_pair import SentencePair

CHUNK = 512  # pairs
PENALTY = 24.0  # evidence that it takes to believe a change; a line in doubt weighs 5 at most


@dataclass(frozen=True, slots=True)
class Slip:
    """A stretch of pairs that are no pairs.

    With an offset k, the target of source line n stands at line n + k: the target has k lines too
    many before it, or the source k too few (with k below 0, the other way round). Without, the
    lines of the stretch don't belong together in any order that was looked for.
    """

    first_line: int
    last_line: int | None  # None: to the end of the corpus
    offset: int | None
    pairs: int


def find_slips(pairs: Iterable[SentencePair], model: AlignmentModel) -> Iterator[Slip]:
    """The stretches of a corpus that are misaligned, in order.

    The pairs are read once; memory doesn't grow with their number. Lines count from 1 and are
    those of the pairs; where a pair takes several lines of its file, the line that it begins on.
    """
    path = OffsetPath(np.where(np.arange(LOST + 1) == REACH, 0, -PENALTY), PENALTY)
    count = 0
    for evidence in _blocks(pairs, model):
        path.extend(evidence)
        count += len(evidence)
    segments = path.segments()
    stops = [segment.first for segment in segments[1:]] + [count]
    before, first = REACH, 0
    for segment, stop in zip(segments, stops, strict=True):
        if segment.state != LOST or stop == count or stop - segment.first > REACH:
            pass
def _blocks(
    pairs: Iterable[SentencePair], model: AlignmentModel
) -> Iterator[tuple[list[int], Floats]]:
    """Line numbers of up to CHUNK pairs, and their evidence, for the whole corpus."""
    stream = iter(pairs)
    source: Sentences | None = None
    waiting: list[int] = []
    target = None
    while chunk := list(islice(stream, CHUNK)):
        left = model.embed_source([pair.source for pair in chunk])
        right = model.embed_target([pair.target for pair in chunk])
        if source is None:
            source, target = left[:0], blank(REACH, right)
        source, target = join([source, left]), join([target, right])
        waiting += [pair.line for pair in chunk]
        ready = max(0, len(source) - REACH)
        if ready:
            yield waiting[:ready], model.evidence(source[:ready], target[: ready + OFFSETS - 1])
            source, target, waiting = source[ready:], target[ready:], waiting[ready:]
    if source is not None:
        yield waiting, model.evidence(source, join([target, blank(REACH, target)]))
