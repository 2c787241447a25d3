"""The likeliest path through the offsets between the two sides of a corpus.

Letters: N lines, K states. A state is an offset between the sides, or "lost". Line i in state k has
the evidence e(i, k); to change the state costs a penalty p. The best path ends, after line i in
state k, with the sum (Viterbi 1967)

    v(i, k) = e(i, k) + max(v(i - 1, k), max over q of v(i - 1, q) - p)

As long as the leading state stays in the lead, this is Page's (1954) cumulative sum of each state
against it, which whole blocks of lines compute at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the path in one state; lines count from 0."""

    state: int
    first: int
    before: "Segment | None"


class OffsetPath:
    """Takes the evidence of a corpus block by block; memory doesn't grow with the lines."""

    def __init__(self, start: Floats, penalty: float) -> None:
        """Take the sums before the first line (K,), 0 for the state that is expected."""
        self._penalty = penalty
        self._sums = start.astype(np.float64)
        self._since = np.zeros(len(start), dtype=np.int64)
        self._before: list[Segment | None] = [None] * len(start)
        self._line = 0
        self._leading: Segment | None = None

    def extend(self, evidence: Floats) -> None:
        """Take the evidence (N, K) of the next lines."""
        if not self._extend_at_once(evidence):
            for row in evidence:
                self._extend_by_one(row)

    def segments(self) -> list[Segment]:
        """The best path through the lines so far."""
        path: list[Segment] = []
        segment: Segment | None = self._segment(int(self._sums.argmax()))
        while segment:
            path.append(segment)
            segment = segment.before
        return path[::-1]

    def _segment(self, state: int) -> Segment:
        """The last segment of the best path that ends in a state."""
        first, before = int(self._since[state]), self._before[state]
        leading = self._leading
        if leading and (leading.state, leading.first) == (state, first):
            return leading
        return Segment(state, first, before)

    def _extend_by_one(self, row: Floats) -> None:
        self._sums += row
        self._line += 1
        best = int(self._sums.argmax())
        floor = self._sums[best] - self._penalty
        low = np.flatnonzero(self._sums < floor)
        if len(low):
            self._jump(low, best, self._line)
            self._sums[low] = floor

    def _jump(self, states: NDArray[np.intp], best: int, line: int | NDArray[np.int64]) -> None:
        """From `line` on the best path into each of `states` is the one that left `best`."""
        self._leading = self._segment(best)
        self._since[states] = line
        for state in states.tolist():
            self._before[state] = self._leading

    def _extend_at_once(self, evidence: Floats) -> bool:
        """Take a block during which one state stays in the lead; False if none does."""
        best = int(self._sums.argmax())
        above = self._sums - (self._sums[best] - self._penalty)  # (K,): height above the floor
        gains = np.cumsum(evidence - evidence[:, [best]], axis=0, dtype=np.float64)
        lowest = np.minimum.accumulate(gains, axis=0)
        heights = gains - np.minimum(lowest, -above)
        if len(heights) == 0 or heights.max() > self._penalty + 1e-9:
            return False
        jumped = lowest[-1] < -above
        if jumped.any():
            # The last line at which a state stood on the floor is where its path left the leader.
            reversed_floor = (gains == lowest[-1])[::-1].argmax(axis=0)
            states = np.flatnonzero(jumped)
            self._jump(states, best, self._line + len(gains) - reversed_floor[states])
        self._sums = self._sums[best] + heights[-1] - self._penalty + evidence[:, best].sum()
        self._line += len(evidence)
        return True
