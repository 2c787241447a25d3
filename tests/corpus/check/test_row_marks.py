"""Row marks are read in order, as a stream or between any two rows."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.check import row_marks
from nmt.corpus.check.row_marks import RowMarks, RowSet
from nmt.corpus.external_sort import ExternalSort


def filled(marks: RowMarks, folder: Path, rows: dict[int, int]) -> None:
    """Give marks to a file of them, through a sort that must spill."""
    with ExternalSort(folder, 20) as by_row:
        by_row.add(np.array(list(rows), np.uint64), np.array(list(rows.values()), np.uint32))
        marks.fill(by_row.batches())


@given(
    st.dictionaries(st.integers(0, 200), st.integers(0, 200), max_size=60),
    st.integers(0, 210),
    st.integers(0, 60),
)
def test_marks_come_in_the_order_of_rows(rows: dict[int, int], start: int, length: int) -> None:
    expected = sorted(rows.items())
    with (
        pytest.MonkeyPatch.context() as patch,
        TemporaryDirectory() as folder,
        RowMarks(Path(folder)) as marks,
    ):
        patch.setattr(row_marks, "BLOCK", 4)  # so that there are several blocks
        filled(marks, Path(folder), rows)
        assert marks.count == len(rows)
        assert list(marks) == expected
        assert marks.head(3) == expected[:3]
        stop = start + length
        assert marks.between(start, stop) == [m for m in expected if start <= m[0] < stop]


def test_consecutive_stretches_give_every_mark_once(tmp_path: Path) -> None:
    rows = {row: row // 2 for row in range(1, 30_000, 3)}
    with RowMarks(tmp_path) as marks:
        filled(marks, tmp_path, rows)
        parts = [marks.between(start, start + 1000) for start in range(0, 30_000, 1000)]
        assert [mark for part in parts for mark in part] == list(rows.items())


def test_without_marks_there_are_none(tmp_path: Path) -> None:
    with RowMarks(tmp_path) as marks:
        assert (marks.count, list(marks), marks.between(0, 10)) == (0, [], [])


@given(st.lists(st.tuples(st.integers(0, 300), st.booleans())))
def test_a_set_of_rows_is_a_set(steps: list[tuple[int, bool]]) -> None:
    rows, expected = RowSet(), set[int]()
    for row, add in steps:
        (rows.add if add else rows.discard)(row)
        (expected.add if add else expected.discard)(row)
    assert [row for row in range(310) if row in rows] == sorted(expected)
