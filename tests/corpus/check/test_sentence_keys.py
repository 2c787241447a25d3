"""Keys: what counts as the same sentence, and as nearly the same."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.check.sentence_keys import near_keys, pair_keys, skeleton, text_key
from nmt.corpus.sentence_pair import SentencePair

SAME = [
    ("Yes.", "yes !"),
    ("Don't go, Tom!", "don 't go , tom ."),  # tokenized
    ("“Straße”", '"STRASSE"'),
    ("私は日本人です。", "私 は 日本人 です 。"),
    ("ＡＢＣ１２", "abc12"),  # full width
    ("caf\u00e9", "cafe\u0301"),
    ("1,5 Prozent", "1.5 Prozent"),
    ("well\u00adknown", "well-known"),  # a soft hyphen
]
DIFFERENT = [
    ("You are coming?", "You are coming."),
    ("It costs 1.5.", "It costs 15."),
    ("C++", "C"),
    ("5 €", "5 $"),
    ("कि", "की"),  # vowel signs are no punctuation
    ("...", "---"),
    ("No.", "Now."),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_have_the_same_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_these_have_different_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@given(st.text())
def test_only_blank_texts_have_an_empty_skeleton_and_any_text_a_key(text: str) -> None:
    assert bool(skeleton(text)) == bool(text.strip())
    assert 0 <= text_key(text) < 2**64


def test_keys_are_the_same_on_every_machine() -> None:
    pair = SentencePair(
        "Ein Hund läuft über die grüne Wiese.", "A dog is running over a green lawn.", 1
    )
    assert text_key("Hund") == 0xC33829D40B0349D9
    assert [f"{int(key[0]):016x}" for key in pair_keys([pair])[:5]] == [
        "cd40051cb36f70e9",
        "83620f130f098fb0",
        "32354c0a8980008f",
        "ddb05d5306edb24a",
        "e39aca639f3e8cd2",
    ]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=8), st.integers(1, 8))
def test_a_key_does_not_depend_on_the_pairs_around(texts: list[tuple[str, str]], cut: int) -> None:
    longer = [(source * 30, target * 30) for source, target in texts]
    pairs = [SentencePair(*sides, line) for line, sides in enumerate(texts + longer)]
    together, parts = pair_keys(pairs), [pair_keys(pairs[:cut]), pair_keys(pairs[cut:])]
    for whole, first, second in zip(together[:5], parts[0][:5], parts[1][:5], strict=True):
        assert whole.tolist() == first.tolist() + second.tolist()


def words(chooser: random.Random, count: int) -> list[str]:
    return ["".join(chooser.choices("abcdefghijklmnopqrst", k=6)) for _ in range(count)]


def test_most_long_pairs_with_one_word_changed_share_a_near_key_and_unlike_ones_none() -> None:
    chooser = random.Random(1)
    pairs = [(words(chooser, 40), words(chooser, 40)) for _ in range(400)]
    changed = [([*source[:-1], *words(chooser, 1)], target) for source, target in pairs]
    half = [(source[:20] + words(chooser, 20), target) for source, target in pairs]
    keys = [
        near_keys([("".join(source), "".join(target)) for source, target in some])
        for some in (pairs, changed, half)
    ]
    assert len(np.unique(keys[0])) == len(pairs)
    assert np.mean(keys[0] == keys[1]) > 0.6
    assert np.mean(keys[0] == keys[2]) < 0.02


def test_pairs_that_differ_in_numbers_share_a_near_key_if_long_enough() -> None:
    sentence = "The number of passengers in {} came to {} a day."
    pairs = [
        SentencePair(sentence.format(2005, "3,266"), sentence.format(2005, "3,266"), 1),
        SentencePair(sentence.format(2006, "5,233"), sentence.format(2006, "5,233"), 2),
        SentencePair("In 1872", "Im Jahr 1872", 3),
        SentencePair("In 1873", "Im Jahr 1873", 4),
    ]
    keys = pair_keys(pairs)
    assert keys.near_pairs.tolist() == [0, 1]
    assert keys.near[0] == keys.near[1]
    assert len(set(keys.skeleton.tolist())) == 4
