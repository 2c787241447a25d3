"""The utility of each text for each is what sacreBLEU gives a hypothesis and its reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from nmt.evaluation.utility import utility_of

TEXTS = [
    "A dog runs over the green grass.",
    "A dog is running across green grass.",
    "The dog runs, runs and runs over the grass!",
    "Dog",
    "",
    "Ein Hund läuft über das Gras .",
    "a a a a a b",
    "　東京に 行きます。",
]
WORDS = st.text("ab .,\u3000é", max_size=12)


def expected(metric: str, texts: list[str], words: str) -> np.ndarray:
    bleu = BLEU(tokenize=words, smooth_method="add-k", smooth_value=1, effective_order=True)
    score = {"bleu": bleu, "chrf": CHRF()}[metric].sentence_score
    return np.array([[score(text, [other]).score for other in texts] for text in texts])


@pytest.mark.parametrize("words", ["13a", "char"])
@pytest.mark.parametrize("metric", ["bleu", "chrf"])
def test_it_is_that_of_sacrebleu(metric: str, words: str) -> None:
    found = utility_of(metric, words)(TEXTS)
    np.testing.assert_allclose(found, expected(metric, TEXTS, words), atol=1e-9)


@pytest.mark.parametrize("metric", ["bleu", "chrf"])
@given(texts=st.lists(WORDS, min_size=1, max_size=4))
def test_it_is_that_of_sacrebleu_for_any_text(metric: str, texts: list[str]) -> None:
    found = utility_of(metric)(texts)
    np.testing.assert_allclose(found, expected(metric, texts, "13a"), atol=1e-9)


@pytest.mark.parametrize("metric", ["bleu", "chrf"])
def test_a_text_is_worth_all_to_itself(metric: str) -> None:
    texts = [text for text in TEXTS if len(text.split()) >= 4]
    np.testing.assert_allclose(np.diag(utility_of(metric)(texts)), 100)
