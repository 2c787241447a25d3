"""Vocabulary advice: counted as a tokenizer of each size would cut, and growing with the text."""

import random
from collections import Counter

import numpy as np
import pytest

from nmt.errors import DataError
from nmt.settings import TokenizerSettings
from nmt.text.tokenizer import train_tokenizer
from nmt.text.vocabulary_advice import (
    VocabularyAdvice,
    VocabularyCurve,
    advise_vocabulary_size,
    vocabulary_curve,
)


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """Sentences of made-up words whose frequencies fall as those of real words do."""
    chooser = random.Random(1)
    syllables = [a + b for a in "bdfgklmnprst" for b in "aeiou"]
    words = ["".join(chooser.choices(syllables, k=chooser.randint(1, 4))) for _ in range(1500)]
    weights = [1 / rank for rank in range(1, 1501)]
    return [" ".join(chooser.choices(words, weights, k=10)) for _ in range(3000)]


def test_counts_are_those_of_a_tokenizer_trained_at_that_size(lines: list[str]) -> None:
    curve = vocabulary_curve(lines)
    for size in (100, 300, 700):
        tokenizer = train_tokenizer(lines, TokenizerSettings(vocabulary_size=size), pairs=1)
        counts = Counter(i for ids in tokenizer.encode(lines) for i in ids)
        learnt = [i for i, p in enumerate(tokenizer.pieces(range(size))) if i > 3 and len(p) > 1]
        row = int(curve.sizes.searchsorted(size))
        assert curve.sizes[row] == size
        words = sum(len(line.split()) for line in lines)
        assert curve.tokens_per_word[row] == counts.total() / words
        for share, least in ((curve.often, 50), (curve.seldom, 20), (curve.rarely, 5)):
            expected = sum(counts[i] >= least for i in learnt) / len(learnt)
            assert share[row] == pytest.approx(expected)


def test_a_larger_corpus_bears_a_larger_vocabulary(lines: list[str]) -> None:
    small, whole, large = (
        advise_vocabulary_size(lines, scale=scale) for scale in (0.25, 1.0, 10.0)
    )
    for advice in (small, whole, large):
        assert advice.smallest <= advice.size <= advice.largest
    assert small.size < whole.size < large.size
    part = advise_vocabulary_size(lines[::4], scale=4)  # as a sample sees it
    assert 0.7 < part.size / whole.size < 1.4


def test_the_smallest_corpus_has_advice_too() -> None:
    advice = advise_vocabulary_size(["a b"])
    assert advice.smallest == advice.size <= advice.largest
    with pytest.raises(DataError, match="holds no text"):
        advise_vocabulary_size(["", " "])


def test_only_a_size_that_is_far_off_is_a_fault() -> None:
    advice = VocabularyAdvice(smallest=600, size=3000, largest=8000)
    assert all(advice.fault(size) is None for size in (300, 600, 3000, 8000))
    too_large, too_small = advice.fault(8001), advice.fault(299)
    assert too_large and "vocabulary_size = 8001: too large" in too_large and "3000" in too_large
    assert too_small and "vocabulary_size = 299: too small" in too_small and "600" in too_small


def test_nothing_is_claimed_beyond_what_was_measured(lines: list[str]) -> None:
    sizes, shares = np.array([100, 200, 300]), np.array([1.0, 0.8, 0.6])
    ends = VocabularyCurve(sizes, shares, shares, shares, shares).advice()
    assert ends == VocabularyAdvice(300, 300, 300, is_open=True)
    assert ends.fault(1000) is None
    too_small = ends.fault(100)
    assert too_small and too_small.endswith("set it to 300")
    falling = shares - 0.2
    falls = VocabularyCurve(sizes, shares, falling, falling, falling).advice()
    assert falls == VocabularyAdvice(200, 200, 200) and falls.fault(201)
    sample = advise_vocabulary_size(lines, scale=50.0)  # too small to tell 5 times from 20
    assert sample.is_open and not advise_vocabulary_size(lines, scale=5.0).is_open


def test_the_range_of_sizes_is_open_where_nothing_larger_was_measured() -> None:
    assert VocabularyAdvice(500, 2000, 8000).range == "500 to 8,000"
    assert VocabularyAdvice(500, 2000, 32_000, is_open=True).range == "500 to 32,000 or more"
