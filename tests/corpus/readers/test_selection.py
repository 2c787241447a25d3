"""What a user said of the two sides: nothing by default, and a value that cannot change."""

import dataclasses

import pytest

from nmt.corpus.readers.selection import Selection


def test_nothing_is_said_by_default_and_equal_selections_are_one() -> None:
    assert Selection() == Selection(None, None, None)
    assert len({Selection("de", "en"), Selection("de", "en"), Selection("en", "de")}) == 2


def test_a_selection_cannot_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Selection().columns = ("1", "2")  # type: ignore[misc]
