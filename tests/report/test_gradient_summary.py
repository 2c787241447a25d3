"""A factor is found in any geometric series, and the verdict says what it does to a sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.report.gradient_summary import fitted_factor, left_out, summarize, verdict
from nmt.report.gradients import Reach

KINDS = ["vanishes", "fades", "holds", "grows", "explodes"]


@given(st.floats(0.1, 3), st.floats(1e-6, 1e3), st.integers(2, 60))
def test_the_factor_of_a_geometric_series(factor: float, first: float, steps: int) -> None:
    assert fitted_factor(first * factor ** np.arange(steps)) == pytest.approx(factor)


def test_zeros_have_no_factor_and_do_not_spoil_one() -> None:
    assert fitted_factor(np.zeros(5)) is None
    assert fitted_factor(np.array([1.0])) is None
    assert fitted_factor(np.array([1.0, 0.0, 0.25, 0.0])) == pytest.approx(0.5)
    assert verdict(None) == "nothing reaches it"


@given(st.floats(1e-4, 1e4), st.floats(1e-4, 1e4))
def test_a_larger_factor_is_never_judged_as_a_smaller_one(one: float, other: float) -> None:
    smaller, larger = (verdict(f).partition(":")[0] for f in sorted((one, other)))
    assert KINDS.index(smaller) <= KINDS.index(larger)


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (0.5, "vanishes: halves every 1.0 steps"),
        (0.5**0.25, "fades: halves every 4.0 steps"),
        (1.0, "holds: 1.0 times as large 20 steps back"),
        (2**0.25, "grows: doubles every 4.0 steps"),
        (2.0, "explodes: doubles every 1.0 steps"),
    ],
)
def test_the_verdict_tells_how_fast(factor: float, expected: str) -> None:
    assert verdict(factor) == expected


def test_a_curve_goes_as_far_as_a_quarter_of_the_sentences() -> None:
    norms = np.full((8, 6), np.nan)
    for row, length in enumerate((6, 4, 4, 4, 2, 2, 2)):  # the last sentence has no gradient
        norms[row, :length] = 0.5 ** np.arange(length) * (row + 1)
    reach = Reach("decoder 1", "state", True, norms)
    (curve,) = summarize([reach])
    assert curve.sentences.tolist() == [7, 7, 4, 4]
    assert curve.median.tolist() == [4.0, 2.0, 0.625, 0.3125]
    assert (curve.lower <= curve.median).all() and (curve.median <= curve.upper).all()
    assert left_out([reach]) == 1


def test_only_what_comes_through_the_later_steps_alone_has_a_factor() -> None:
    norms = 0.5 ** np.arange(6.0)[None]
    keys = [
        ("decoder 1", "state", True),
        ("decoder 2", "input", True),  # self-attention
        ("encoder 1", "state", False),  # under a layer that reads the other way
        ("encoder 2 back", "state", True),
        ("encoder 2 back", "state", False),
    ]
    curves = summarize([Reach(*key, norms) for key in keys])
    assert [curve.direct for curve in curves] == [False, True, True, True, False]
    for curve in curves:
        assert (curve.factor is None) == curve.direct == ("directly" in curve.verdict)


def test_the_mean_of_the_source_is_a_way_to_each_of_its_positions() -> None:
    norms = 0.5 ** np.arange(6.0)[None]
    layers = ["decoder 1", "encoder 1", "encoder 2"]
    reaches = [Reach(layer, "state", False, norms, mean=True) for layer in layers]
    assert [curve.direct for curve in summarize(reaches)] == [False, True, True]


def test_no_gradient_in_any_sentence_is_a_curve_too() -> None:
    (curve,) = summarize([Reach("encoder 1", "h", False, np.full((2, 3), np.nan))])
    assert curve.factor is None and curve.name == "encoder 1, h, no attention"
