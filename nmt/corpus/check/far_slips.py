"""Slips by more lines than are looked for at each line: the counts of the lines tell how many.

Where the counts differ and what is lost goes on to the end, what follows a single loss stands at
just this offset. So the lines from there on are paired by it, and looked through once more.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from nmt.corpus.check.alignment import WINDOW, WINDOWS, AlignmentModel, learn_alignment
from nmt.corpus.check.evidence import LOST, REACH
from nmt.corpus.check.slips import Slip, follow
from nmt.corpus.readers.text import SideCounts
from nmt.corpus.sampling import EvenSample
from nmt.corpus.sentence_pair import SentencePair
from nmt.corpus.sides import Sides


@dataclass(frozen=True, slots=True)
class FarOffset:
    """An offset beyond those that `find_slips` looks for, at which a corpus may go on."""

    offset: int
    pairs: int  # of the corpus, as it is
    sides: Callable[[], Sides]  # each call reads them anew

    def better_model(self, model: AlignmentModel | None) -> AlignmentModel | None:
        """The one of this model and that learnt from the pairs at this offset which tells more.

        After an early slip most of the corpus is at this offset, and little is learnt without it.
        """
        other = self._learn()
        return max(filter(None, (model, other)), key=lambda found: found.gain, default=None)

    def _learn(self) -> AlignmentModel | None:
        windows: EvenSample[list[SentencePair]] = EvenSample(WINDOWS)
        (_, stream), count = self._paired(0), 0
        while window := list(islice(stream, WINDOW)):
            windows.add(window)
            count += len(window)
        if count <= WINDOW * WINDOWS:
            return learn_alignment([[pair for window in windows.items for pair in window]])
        return learn_alignment(windows.items)

    def follow(self, slips: Sequence[Slip], model: AlignmentModel) -> tuple[Slip, ...]:
        """The slips, with those near this offset in place of a last one that tells no offset."""
        if not slips or slips[-1].offset is not None or slips[-1].last_line is not None:
            return tuple(slips)
        first = slips[-1].first_line - 1
        start = max(first, -self.offset)
        # The lines that were lost on one side have no partner: they are part of the slip.
        few = abs(self.offset) + REACH
        found: list[Slip] = []
        targets, pairs = self._paired(start)
        stretches = follow(pairs, model, targets=targets, before=LOST, few=few)
        for state, begin, end in stretches:
            begin, end = begin + start if found else first, min(end + start, self.pairs)
            if begin < end:
                offset = None if state == LOST else state - REACH + self.offset
                found.append(Slip(begin + 1, end, offset, end - begin))
        if all(slip.offset is None for slip in found):
            return tuple(slips)
        if found[-1].last_line == self.pairs:
            found[-1] = replace(found[-1], last_line=None)
        return (*slips[:-1], *found)

    def _paired(self, first: int) -> tuple[list[str], Iterator[SentencePair]]:
        """The last targets before a row of the source, and the pairs at this offset from there."""
        start = max(first, -self.offset)
        sources, targets = self.sides()
        before = deque(islice(targets, start + self.offset), REACH)
        both = zip(islice(sources, start, None), targets, strict=False)
        pairs = (SentencePair(left.text, right.text, left.number) for left, right in both)
        return [line.text for line in before], pairs


def far_offset(counts: SideCounts, sides: Callable[[], Sides]) -> FarOffset | None:
    """The offset at which the longer side ends, if `find_slips` doesn't look for it anyway."""
    offset = counts.target - counts.source
    return FarOffset(offset, counts.common, sides) if abs(offset) > REACH else None
