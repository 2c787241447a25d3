"""Realigning: true pairs are found again, and kept + rejected is the longer side."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.check.slips import Slip
from nmt.corpus.realign import Realigned
from nmt.corpus.sentence_pair import Line

Texts = list[str]


def lines(texts: Texts) -> list[Line]:
    return [Line(text, number) for number, text in enumerate(texts, start=1)]


def realign(sources: Texts, targets: Texts, slips: list[Slip]) -> tuple[Texts, list[Texts]]:
    """Pairs as "source target", and the rejected ones."""
    record = io.StringIO()
    pairs = Realigned(iter(lines(sources)), iter(lines(targets)), slips, record, "corpus")
    kept = [f"{pair.source} {pair.target}" for pair in pairs]
    rejected = [json.loads(line) for line in record.getvalue().splitlines()]
    assert pairs.rejected == len(rejected)
    assert len(kept) + len(rejected) == max(len(sources), len(targets))
    return kept, [[entry["source"], entry["target"]] for entry in rejected]


SOURCES = [f"s{n}" for n in range(10)]
TARGETS = [f"t{n}" for n in range(10)]
ALL = [f"s{n} t{n}" for n in range(10)]


def test_an_aligned_corpus_stays_as_it_is() -> None:
    assert realign(SOURCES, TARGETS, []) == (ALL, [])


def test_a_missing_target_costs_one_pair() -> None:
    targets = TARGETS[:4] + TARGETS[5:]
    kept, rejected = realign(SOURCES, targets, [Slip(5, None, -1, 5)])
    assert kept == ALL[:4] + ALL[5:]
    assert rejected == [["s4", ""]]


def test_an_added_target_costs_none() -> None:
    targets = [*TARGETS[:4], "new", *TARGETS[4:]]
    kept, rejected = realign(SOURCES, targets, [Slip(5, None, 1, 6)])
    assert kept == ALL
    assert rejected == [["", "new"]]


def test_a_slip_that_is_undone_costs_a_pair() -> None:
    targets = [*TARGETS[:3], "new", *TARGETS[3:6], *TARGETS[7:]]
    kept, rejected = realign(SOURCES, targets, [Slip(4, 6, 1, 3)])
    assert kept == ALL[:6] + ALL[7:]
    assert rejected == [["s6", "new"]]


def test_a_stretch_in_no_order_is_left_as_it_is() -> None:
    assert realign(SOURCES, TARGETS, [Slip(3, 5, None, 3)])[0] == ALL


@pytest.mark.parametrize("extra", [1, 500])
def test_a_longer_side_is_recorded_to_its_end(extra: int) -> None:
    kept, rejected = realign(SOURCES, TARGETS + ["x"] * extra, [])
    assert kept == ALL and rejected == [["", "x"]] * extra
    kept, rejected = realign(SOURCES + ["x"] * extra, TARGETS, [])
    assert kept == ALL and rejected == [["x", ""]] * extra


@given(
    st.integers(0, 30),
    st.integers(0, 30),
    st.lists(st.tuples(st.integers(0, 6), st.integers(1, 6), st.integers(-9, 9)), max_size=5),
)
def test_no_line_is_lost_and_none_used_twice(
    sources: int, targets: int, stretches: list[tuple[int, int, int]]
) -> None:
    slips, start = [], 1
    for gap, pairs, offset in stretches:
        slips.append(Slip(start + gap, start + gap + pairs - 1, offset, pairs))
        start += gap + pairs
    texts = ([f"s{n}" for n in range(sources)], [f"t{n}" for n in range(targets)])
    kept, rejected = realign(*texts, slips)
    for side in (0, 1):
        seen = [pair.split()[side] for pair in kept] + [entry[side] for entry in rejected]
        assert sorted(filter(None, seen)) == sorted(texts[side])
