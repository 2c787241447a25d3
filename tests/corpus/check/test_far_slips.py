"""Slips by more than 32 lines are located where the counts of the lines tell by how many."""

import random

import pytest

from nmt.corpus.check.doctor import diagnosed, subject_of
from nmt.corpus.check.slips import Slip
from nmt.corpus.pairs import ParallelCorpus
from tests.corpus.conftest import Sides, Write

EXACT = 5
PAIRS = 2000


def find(write_sides: Write, sides: Sides) -> tuple[Slip, ...]:
    subject = subject_of(ParallelCorpus(write_sides(sides)), "training")
    with diagnosed([subject], log=lambda line: None) as (diagnosis,):
        return diagnosis.slips


def copy(clean_sides: Sides) -> Sides:
    return list(clean_sides[0][:PAIRS]), list(clean_sides[1][:PAIRS])


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(("at", "lines"), [(500, 33), (500, 40), (0, 60), (100, 300), (1700, 100)])
def test_a_far_slip_is_located(
    clean_sides: Sides, write_sides: Write, side: int, at: int, lines: int
) -> None:
    sides = copy(clean_sides)
    del sides[side][at : at + lines]
    (slip,) = find(write_sides, sides)
    assert (slip.offset, slip.last_line) == (-lines if side else lines, None)
    assert abs(slip.first_line - at - 1) <= EXACT
    assert slip.pairs == PAIRS - lines - slip.first_line + 1


def test_smaller_slips_after_it_are_located_too(clean_sides: Sides, write_sides: Write) -> None:
    sides = copy(clean_sides)
    del sides[0][1200:1220], sides[1][500:560]
    first, second = find(write_sides, sides)
    assert (first.offset, second.offset, second.last_line) == (-60, -40, None)
    assert abs(first.first_line - 501) <= EXACT
    assert abs(second.first_line - 1201) <= EXACT
    assert first.last_line == second.first_line - 1


def test_a_side_that_is_cut_off_does_not_slip(clean_sides: Sides, write_sides: Write) -> None:
    source, target = copy(clean_sides)
    assert find(write_sides, (source, target[:-100])) == ()


def test_what_is_replaced_is_at_no_offset(clean_sides: Sides, write_sides: Write) -> None:
    source, target = copy(clean_sides)
    target[500:] = random.Random(1).sample(target, PAIRS - 540)
    (slip,) = find(write_sides, (source, target))
    assert (slip.offset, slip.last_line) == (None, None)
    assert abs(slip.first_line - 501) <= EXACT
    random.Random(1).shuffle(target)
    assert find(write_sides, (source, target)) == (Slip(1, None, None, len(target)),)
