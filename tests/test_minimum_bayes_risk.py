"""The translation chosen is the one whose expected utility is the highest."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from nmt.evaluation.utility import utility_of
from nmt.minimum_bayes_risk import SHARPNESS, minimum_bayes_risk
from nmt.translator import Alternative, Translation


def translation(texts: Sequence[str], probabilities: Sequence[float]) -> Translation:
    pairs = zip(texts, probabilities, strict=True)
    found = tuple(Alternative(text, math.log(p) / SHARPNESS) for text, p in pairs)
    weights = np.ones((2, 2), dtype=np.float32)
    return Translation("source", texts[0], found[0].score, found, ("s",), ("t",), weights)


def equal(texts: Sequence[str]) -> np.ndarray:
    """A utility: 100 for the same text."""
    return np.array([[100.0 * (text == other) for other in texts] for text in texts])


def test_what_several_agree_on_wins_over_the_most_probable() -> None:
    texts = ["the dog sleeps here now", "a cat runs over grass", "a cat runs over the grass"]
    (best,) = minimum_bayes_risk([translation(texts, [0.36, 0.32, 0.32])], utility_of("chrf"))
    assert best.text == best.alternatives[0].text == texts[2]
    assert [found.text for found in best.alternatives][2] == texts[0]
    assert best.score == best.alternatives[0].score


def test_the_utility_of_equal_texts_is_their_probability() -> None:
    given = translation(["a", "b", "a", "c"], [0.2, 0.3, 0.2, 0.1])
    (best,) = minimum_bayes_risk([given], equal)
    assert [found.text for found in best.alternatives] == ["a", "a", "b", "c"]
    scores = [found.score for found in best.alternatives]
    np.testing.assert_allclose(scores, [50, 50, 37.5, 12.5])


@pytest.mark.parametrize("metric", ["bleu", "chrf"])
def test_one_that_is_all_but_certain_stays(metric: str) -> None:
    texts = ["one two three four", "five six seven eight", "five six seven nine"]
    (best,) = minimum_bayes_risk([translation(texts, [1 - 2e-9, 1e-9, 1e-9])], utility_of(metric))
    assert best.text == texts[0] and best.score == pytest.approx(100)


def test_of_equals_the_most_probable_is_first() -> None:
    given = translation(["a", "b", "c"], [0.4, 0.3, 0.3])
    (best,) = minimum_bayes_risk([given], lambda texts: np.zeros((len(texts), len(texts))))
    assert [found.text for found in best.alternatives] == ["a", "b", "c"]


def test_vanishing_probabilities_are_weighed_all_the_same() -> None:
    found = tuple(Alternative(text, -1e4) for text in "ab")
    (best,) = minimum_bayes_risk([Translation("", "a", 0.0, found)], equal)
    assert [each.score for each in best.alternatives] == [50, 50]


def test_pieces_of_another_translation_are_left_out() -> None:
    (best,) = minimum_bayes_risk([translation(["a"], [1.0])], equal)
    assert (best.source, best.source_pieces, best.target_pieces, best.attention) == (
        "source", (), (), None,
    )  # fmt: skip


def test_an_empty_text_stays_empty() -> None:
    empty = Translation("", "", 0.0, (Alternative("", 0.0),))
    for metric in ("bleu", "chrf"):
        (best,) = minimum_bayes_risk([empty], utility_of(metric))
        assert (best.text, best.score) == ("", 0.0)
