"""Finding what a corpus repeats: the same pair, nearly the same, or one sentence with many others.

Two passes over the corpus: a `RepetitionSurvey` sees every pair in the first, and then tells which
rows repeat an earlier one, so that the second pass can reject them. Rows are counted from 0 through
all corpora surveyed. The first of several copies is the one to keep.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from nmt.corpus.check.row_marks import RowMarks
from nmt.corpus.check.sentence_keys import pair_keys
from nmt.corpus.external_sort import RECORDS_IN_MEMORY, ExternalSort, Rows
from nmt.corpus.record_file import Records
from nmt.corpus.sentence_pair import SentencePair

EXAMPLES = 5
PAIRS_AT_ONCE = 500  # hashed together: small arrays stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Variety:
    """Sentences of one side that stand with several different ones on the other."""

    sentences: int  # how many there are
    pairs: int  # different pairs that they are in
    most: int  # different counterparts of the one with most
    rows: tuple[int, ...]  # up to 5 pairs of that one


@dataclass(frozen=True, slots=True)
class Repetition:
    """What a corpus repeats. Valid while its survey is open."""

    pairs: int  # surveyed
    exact: RowMarks  # rows equal to an earlier one on both sides
    normalized: RowMarks  # the other rows that are so but for case, width, spaces, punctuation
    near: RowMarks  # of the rest, rows nearly the same as an earlier one on both sides
    sources: Variety  # one source with several targets
    targets: Variety  # one target with several sources

    @property
    def kept(self) -> int:
        """Pairs that are left without the duplicates, exact and normalized."""
        return self.pairs - self.exact.count - self.normalized.count


class RepetitionSurvey:
    """Looks at all pairs of a corpus, in memory that doesn't grow with it; a context manager.

    It writes 60 bytes a pair into a folder for temporary files, and keeps one bit a pair in memory.
    """

    def __init__(self, folder: Path, records_in_memory: int = RECORDS_IN_MEMORY) -> None:
        """Survey with temporary files in `folder`, which are gone when the context ends.

        Raises:
            NmtError: the folder is missing, or cannot be written.
        """
        self._folder = folder
        self._in_memory = records_in_memory
        self._pairs = 0
        self._last_row = -1
        self._open = ExitStack()
        with self._open:  # closes what is open when one fails
            self._exact, self._skeleton, self._source, self._target, self._near = (
                self._sort() for _ in range(5)
            )
            self._open = self._open.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, pairs: Sequence[SentencePair], first_row: int) -> None:
        """Take in some pairs, of rows `first_row` and following.

        A pair with an empty side counts but repeats nothing: it is a fault of another kind.

        Raises:
            DataError: there are more than 2^32 pairs.
            NmtError: the disk is full.
        """
        assert first_row > self._last_row, "rows ascend"
        self._pairs += len(pairs)
        self._last_row = first_row + len(pairs) - 1
        for start in range(0, len(pairs), PAIRS_AT_ONCE):
            self._add(pairs[start : start + PAIRS_AT_ONCE], first_row + start)

    def finish(self) -> Repetition:
        """What was repeated. To be called once, after the last `add`.

        Raises:
            NmtError: the disk is full.
        """
        repeated = np.zeros(self._last_row // 8 + 1, np.uint8)  # a bit a row
        exact = self._marks(self._exact.batches(), repeated)
        normalized = self._marks(self._skeleton.batches(), repeated)
        # From here on, only pairs that are to be kept count.
        return Repetition(
            pairs=self._pairs,
            exact=exact,
            normalized=normalized,
            near=self._marks(_without(repeated, self._near.batches()), None),
            sources=_variety(_without(repeated, self._source.batches())),
            targets=_variety(_without(repeated, self._target.batches())),
        )

    def _sort(self) -> ExternalSort:
        return self._open.enter_context(ExternalSort(self._folder, self._in_memory))

    def _add(self, pairs: Sequence[SentencePair], first_row: int) -> None:
        rows = [row for row, p in enumerate(pairs) if p.source.strip() and p.target.strip()]
        if len(rows) < len(pairs):
            pairs = [pairs[row] for row in rows]
        keys = pair_keys(pairs)
        numbers = np.array(rows, np.int64) + first_row
        self._exact.add(keys.exact, numbers)
        self._skeleton.add(keys.skeleton, numbers)
        self._source.add(keys.source, numbers)
        self._target.add(keys.target, numbers)
        self._near.add(keys.near, numbers[keys.near_pairs])

    def _marks(
        self, batches: Iterable[Records], repeated: npt.NDArray[np.uint8] | None
    ) -> RowMarks:
        """Mark the rows that repeat an earlier one, and aren't in `repeated`; enter them there."""
        with ExternalSort(self._folder, self._in_memory) as by_row:
            for rows, firsts in _repeats(batches):
                if repeated is not None:
                    new = ~_has(repeated, rows)
                    rows, firsts = rows[new], firsts[new]
                    np.bitwise_or.at(repeated, rows >> 3, _bit(rows))
                by_row.add(rows.astype(np.uint64), firsts)
            marks = self._open.enter_context(RowMarks(self._folder))
            marks.fill(by_row.batches())
        return marks


def _repeats(batches: Iterable[Records]) -> Iterator[tuple[Rows, Rows]]:
    """Of sorted records, the rows whose key came before, and the row where it came first.

    Those of one key come one after another, also over batches.
    """
    last_key: np.uint64 | None = None
    last_first = np.uint32(0)
    for records in batches:
        if not len(records):
            continue
        keys, rows = np.ascontiguousarray(records["key"]), records["row"]
        is_first = np.empty(len(keys), np.bool_)
        is_first[0] = keys[0] != last_key
        np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
        # Where a key of the batch before goes on, its first row stands in front.
        firsts = np.concatenate([[last_first], rows[is_first]])[np.cumsum(is_first)]
        last_key, last_first = keys[-1], firsts[-1]
        yield rows[~is_first], firsts[~is_first]


def _variety(batches: Iterable[Records]) -> Variety:
    """How many keys have several rows, and which has most; each row is a different pair."""
    sentences = pairs = most = count = 0
    best: tuple[int, ...] = ()
    current, rows = -1, list[int]()  # the key being counted, by its first row
    for repeats, firsts in _repeats(batches):
        cuts = np.flatnonzero(np.diff(firsts, prepend=np.int64(-1)))
        sizes = np.diff(cuts, append=len(firsts))
        for cut, size in zip(cuts.tolist(), sizes.tolist(), strict=True):
            first = int(firsts[cut])
            if first != current:
                current, count, rows = first, 1, [first]
                sentences += 1
                pairs += 1
            count += size
            pairs += size
            if len(rows) < EXAMPLES:
                rows += repeats[cut : cut + min(size, EXAMPLES - len(rows))].tolist()
            if count > most:
                most, best = count, tuple(sorted(rows))
    return Variety(sentences, pairs, most, best)


def _without(repeated: npt.NDArray[np.uint8], batches: Iterable[Records]) -> Iterator[Records]:
    """The records of the rows that aren't in a set."""
    for records in batches:
        yield records[~_has(repeated, records["row"])]


def _has(bits: npt.NDArray[np.uint8], rows: Rows) -> npt.NDArray[np.bool_]:
    """Which rows are in a set of bits."""
    found: npt.NDArray[np.bool_] = (bits[rows >> 3] & _bit(rows)) != 0
    return found


def _bit(rows: Rows) -> npt.NDArray[np.uint8]:
    """The bit of each row in its byte."""
    return (1 << (rows & 7)).astype(np.uint8)
