"""The catalogue of settings: durations (all else of it is tested through `nmt.config`)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.settings import format_duration, parse_duration


@settings(deadline=None)
@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int) -> None:
    parts = {"h": hours, "m": minutes, "s": seconds}
    total = 3600 * hours + 60 * minutes + seconds
    for text in (
        "".join(f"{count}{unit}" for unit, count in parts.items()),
        "".join(f"{count}{unit}" for unit, count in parts.items() if count),
        " " + "".join(f"{count}{unit.upper()}" for unit, count in parts.items()) + " ",
    ):
        if total:
            assert parse_duration(text) == total


@pytest.mark.parametrize(
    "text", ["", "20", "m", "0m", "0h0m0s", "1.5h", "-1m", "1m1h", "1d", "1 m"]
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write for example 90s, 20m or 1h30m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59.4, "59s"), (59.6, "1m00s"), (200, "3m20s"), (3599.7, "1h00m"), (7500, "2h05m")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
