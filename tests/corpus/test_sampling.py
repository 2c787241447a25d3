"""A sample is bounded, evenly spread, and everything where it fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.sampling import EvenSample


@given(st.integers(0, 500), st.integers(1, 60))
def test_a_sample_is_every_nth_item(count: int, most: int) -> None:
    sample: EvenSample[int] = EvenSample(most)
    assert list(sample.passing(range(count))) == list(range(count))
    assert sample.seen == count
    step = 1
    while -(-count // step) > most:
        step *= 2
    assert sample.items == list(range(0, count, step))


@pytest.mark.parametrize("count", [10, 11, 20, 21, 10_000])
def test_a_sample_is_at_least_half_full(count: int) -> None:
    sample: EvenSample[int] = EvenSample(10)
    for item in range(count):
        sample.add(item)
    assert 5 <= len(sample.items) <= 10
