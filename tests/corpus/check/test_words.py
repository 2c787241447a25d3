"""The words of a line, and their numbers."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.check.words import BUCKETS, MOST_WORDS, PREFIX, Vocabulary, learn_vocabulary, words


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Two dogs, running!", ["two", "dogs", "runnin"]),
        ("„Größe“ — 12,5 km", ["größe", "12", "5", "km"]),
        ("1420年生まれ", ["1420", "年生", "生ま", "まれ"]),
        ("１９２７", ["1927"]),
        ("हिन्दी में।", ["हिन्दी", "में"]),
        ("…", []),
        ("", []),
    ],
)
def test_words_are_stems_numbers_and_pairs_of_characters(line: str, expected: list[str]) -> None:
    assert words(line) == expected


@given(st.text())
def test_words_are_few_and_short_and_numbered(line: str) -> None:
    vocabulary = Vocabulary(["a", "b"])
    found = words(line)
    assert len(found) <= MOST_WORDS
    assert all(0 < len(word) <= PREFIX or word.isdigit() for word in found)
    assert all(vocabulary[word] < 2 + BUCKETS for word in found)


def test_unknown_words_keep_their_number_in_another_process() -> None:
    vocabulary = Vocabulary(["a", "b"])
    number = vocabulary["unknown"]
    copy = pickle.loads(pickle.dumps(vocabulary))
    assert number >= 2
    assert (copy.size, copy["b"], copy["unknown"], copy["other"]) == (
        2, 1, number, Vocabulary(["x", "y"])["other"],
    )  # fmt: skip


def test_the_vocabulary_has_the_most_frequent_words_and_no_numbers() -> None:
    sentences = [["a", "b", "7"], ["a", "b", "7"], ["a", "c", "7"], ["d", "d"]]
    assert dict(learn_vocabulary(sentences, 5)) == {"a": 0, "b": 1}
    assert dict(learn_vocabulary(sentences, 1)) == {"a": 0}
