"""Pairing the sides of a corpus anew where a line too many or too few made them slip.

Source line i stands with target line i + k, where k is the offset of the stretch that i is in.
Lines that have no partner are rejected: kept + rejected is the number of lines of the longer side.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from nmt.corpus.check.slips import Slip
from nmt.corpus.rejection import Rejection
from nmt.corpus.sentence_pair import Line, SentencePair

REASON = "misalignment"


@dataclass(slots=True)
class Realigned:
    """Two sides, paired by their offsets; lines without a partner go to `record`."""

    sources: Iterator[Line]
    targets: Iterator[Line]
    slips: Sequence[Slip]
    record: TextIO  # rejected.jsonl
    corpus: str  # its name there
    rejected: int = 0

    def __iter__(self) -> Iterator[SentencePair]:
        """The pairs, in order, each with the line of its source."""
        lone_sources: deque[Line] = deque()
        lone_targets: deque[Line] = deque()
        next_target = 0
        for row, source in enumerate(self.sources):
            wanted = row + self._offset(row)
            while next_target < wanted and (lone := next(self.targets, None)):
                lone_targets.append(lone)
                next_target += 1
            partner = next(self.targets, None) if next_target == wanted else None
            if partner is None:
                lone_sources.append(source)
            else:
                next_target += 1
                yield SentencePair(source.text, partner.text, source.number)
            while lone_sources and lone_targets:
                self._reject(lone_sources.popleft(), lone_targets.popleft())
        for target in (*lone_targets, *self.targets):
            self._reject(lone_sources.popleft() if lone_sources else None, target)
        for source in lone_sources:
            self._reject(source, None)

    def _offset(self, row: int) -> int:
        """The offset of the stretch that a row of the source is in; 0 where there is none."""
        for slip in self.slips:
            last = slip.last_line or math.inf  # the longer side may go on after the last pair
            if slip.first_line <= row + 1 <= last:
                return slip.offset or 0
        return 0

    def _reject(self, source: Line | None, target: Line | None) -> None:
        """Record a line without a partner; one of each side share an entry."""
        line = source or target
        assert line is not None
        texts = (source.text if source else "", target.text if target else "")
        detail = "lines without a partner" if source and target else "a line without a partner"
        Rejection(SentencePair(*texts, line.number), REASON, detail).write(self.record, self.corpus)
        self.rejected += 1
