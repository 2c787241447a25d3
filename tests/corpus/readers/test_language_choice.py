"""Choosing languages: an exact tag before a variant, and messages that list what is there."""

import pytest

from nmt.corpus.readers.language_choice import (
    DirectionChoice,
    LanguageTally,
    Variant,
    language_key,
    listing,
    same_tag,
    texts_of,
)
from nmt.corpus.readers.selection import Selection
from nmt.errors import DataError

VARIANTS = [Variant("en-US", "color"), Variant("EN_gb", "colour"), Variant("de", "Farbe")]


@pytest.mark.parametrize("tag", ["en", "EN", "eng", "en-US", "en_GB", " en "])
def test_a_key_stands_for_a_language(tag: str) -> None:
    assert language_key(tag) == "en"


def test_a_tag_of_no_language_is_its_own_key() -> None:
    assert language_key("Sr@Latin ") == "sr@latin"


def test_equal_tags_may_be_written_differently() -> None:
    assert same_tag("en_GB", "EN-gb ") and not same_tag("en", "en-GB")


@pytest.mark.parametrize(
    ("wanted", "exact", "texts"),
    [
        ("en-GB", False, ["colour"]),
        ("en", False, ["color", "colour"]),
        ("en-AU", False, ["color", "colour"]),
        ("en-AU", True, []),
        ("deu", False, ["Farbe"]),
        ("fr", False, []),
    ],
)
def test_an_exact_tag_wins_over_other_variants(wanted: str, exact: bool, texts: list[str]) -> None:
    assert texts_of(VARIANTS, wanted, exact=exact) == texts


def test_a_tally_lists_what_it_met_in_order() -> None:
    tally = LanguageTally()
    for tag in ("en-US", "fr", "en-US", "en", "de"):
        tally.add(tag)
    assert tally.listing() == "en-US, fr, en and de"
    assert list(tally.keys) == ["en", "fr", "de"]
    assert tally.advice().endswith("en-fr")
    assert tally.has("en-AU", exact=False) and not tally.has("en-AU", exact=True)


def test_a_listing_of_very_many_is_short() -> None:
    assert listing([]) == "" and listing(["a"]) == "a" and listing(["a", "b"]) == "a and b"
    assert listing([str(number) for number in range(100)]).endswith("11 and 88 more")


@pytest.mark.parametrize(
    ("selection", "source", "target", "direction"),
    [
        (Selection("en", "de"), "en-US", "deu", 1),
        (Selection("de", "en"), "en-US", "deu", -1),
        (Selection("en", "fr"), "en", "de", 0),
        (Selection("en", "de"), "en", None, 1),
        (Selection("de", "en"), "en", None, 0),
        (Selection("en", "de"), None, None, 1),
        (Selection("en", None), "en", "de", 1),
        (Selection("en", None), "de", "en", -1),
        (Selection(None, "en"), "en", "de", -1),
        (Selection("en-US", "en-GB"), "en-US", "en-GB", 1),
        (Selection("en-GB", "en-US"), "en-US", "en-GB", -1),
        (Selection("en-US", "en-GB"), "en", "en", 0),
    ],
)
def test_the_direction_follows_the_selection(
    selection: Selection, source: str | None, target: str | None, direction: int
) -> None:
    assert DirectionChoice("f", selection).direction(source, target) == direction


def test_without_a_selection_the_first_pair_counts_and_another_is_a_fault() -> None:
    choice = DirectionChoice("f.xlf", Selection())
    parts = [("en", None), ("en-GB", "de"), ("en", "de-AT")]
    assert [choice.direction(*part) for part in parts] == [1, 1, 1]
    choice.require()
    assert choice.direction("en", "fr") == 0
    with pytest.raises(DataError, match=r"f\.xlf: holds en-\?, en-GB-de and en-fr; choose one"):
        choice.require()


def test_a_selection_that_matches_nothing_is_a_fault_that_lists_what_is_there() -> None:
    choice = DirectionChoice("f.xlf", Selection("ja", "en"))
    choice.direction("en", "de")
    with pytest.raises(DataError, match=r"f\.xlf: holds nothing in ja-en; it holds en-de; "):
        choice.require()


def test_opposite_directions_between_variants_of_a_language_are_two() -> None:
    choice = DirectionChoice("f.xlf", Selection())
    assert choice.direction("en-US", "en-GB") == 1 and choice.direction("en_us", "en-gb") == 1
    assert choice.direction("en-GB", "en-US") == 0
    with pytest.raises(DataError, match=r"f\.xlf: holds en-US-en-GB and en-GB-en-US; choose one"):
        choice.require()
    choice = DirectionChoice("f.xlf", Selection("en-US", "en-GB"))
    assert [choice.direction("en-US", "en-GB"), choice.direction("en-GB", "en-US")] == [1, -1]
    choice.require()
