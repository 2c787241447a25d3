"""Find the lines where the two sides of a corpus slip against each other."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

import numpy as np

from nmt.corpus.check.alignment import AlignmentModel
from nmt.corpus.check.evidence import LOST, OFFSETS, REACH, blank
from nmt.corpus.check.lexicon import Floats, join
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
    offset from -32 to 32, nor at that of the ends of the two sides.
    """

    first_line: int
    last_line: int | None  # None: to the end of the corpus
    offset: int | None
    pairs: int


def find_slips(pairs: Iterable[SentencePair], model: AlignmentModel) -> Iterator[Slip]:
    """The stretches of a corpus that are misaligned, in order.

    The pairs are read once, in a stream; memory doesn't grow with their number.
    """
    stretches = follow(pairs, model)
    for state, first, stop in stretches:
        if state != REACH:
            offset = None if state == LOST else state - REACH
            last = None if stop == stretches[-1][2] else stop
            yield Slip(first + 1, last, offset, stop - first)


def follow(
    pairs: Iterable[SentencePair],
    model: AlignmentModel,
    *,
    targets: Sequence[str] = (),
    before: int = REACH,
    few: int = REACH,
) -> list[tuple[int, int, int]]:
    """State, first line and line after the last of each stretch, from 0, to the end of the pairs.

    Up to `few` lost lines between two offsets are what was added or left alone there: they belong
    to the stretch that follows. Of what precedes the pairs, `before` is the state, and `targets`
    are the last REACH lines of the target, or fewer.
    """
    start = np.full(LOST + 1, -PENALTY, dtype=np.float32)
    start[[REACH, before]] = 0
    path = OffsetPath(start, PENALTY)
    count = 0
    for evidence in _evidence(pairs, model, targets):
        path.extend(evidence)
        count += len(evidence)
    segments = _within(path.segments(), count, len(targets))
    return list(_stretches(segments, count, before, few))


def _within(segments: list[Segment], count: int, before: int) -> list[Segment]:
    """The segments, without offsets at which little or nothing stands beside the lines.

    Outside the corpus there is nothing to disprove an offset. `before` targets stand before the
    first line.
    """
    last = segments[-1]
    if last.before and last.state != LOST and last.first + last.state - REACH >= count:
        segments = segments[:-1]
    kept = []
    for segment, after in pairwise(segments):
        inside = after.first + segment.state - REACH + before  # lines with a target beside them
        few = inside <= (after.first - segment.first) / 2
        kept.append(replace(segment, state=LOST) if few else segment)
    return [*kept, segments[-1]]


def _stretches(
    segments: list[Segment], count: int, before: int, few: int
) -> Iterator[tuple[int, int, int]]:
    """The stretches of `follow`."""
    waiting: int | None = None
    stops = [segment.first for segment in segments[1:]] + [count]
    for segment, after, stop in zip(segments, [*segments[1:], None], stops, strict=True):
        first = segment.first if waiting is None else waiting
        waiting = None
        short = segment.state == LOST and stop - segment.first <= few
        if short and after and after.state != before:
            waiting = segment.first
        else:
            yield segment.state, first, stop
            before = segment.state


def _evidence(
    pairs: Iterable[SentencePair], model: AlignmentModel, targets: Sequence[str]
) -> Iterator[Floats]:
    """The evidence (N, K + 1) of all pairs in order, in blocks of CHUNK or so."""
    stream = iter(pairs)
    first = model.embed_target(targets)
    first = join([blank(REACH - len(first), first), first])
    waiting = model.embed_source([]), first  # the target starts REACH lines before
    while chunk := list(islice(stream, CHUNK)):
        source = join([waiting[0], model.embed_source([pair.source for pair in chunk])])
        target = join([waiting[1], model.embed_target([pair.target for pair in chunk])])
        ready = max(0, len(source) - REACH)  # those whose targets are all here
        if ready:
            yield model.evidence(source[:ready], target[: ready + OFFSETS - 1])
        waiting = source[ready:], target[ready:]
    source, target = waiting
    if len(source):
        yield model.evidence(source, join([target, blank(REACH, target)]))
