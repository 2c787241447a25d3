"""What is learnt of a corpus: enough, or nothing."""

import pickle
import random

import pytest

from nmt.corpus.check.alignment import LEAST_PAIRS, learn_alignment
from nmt.corpus.sentence_pair import SentencePair

WORDS = [f"{a}{b}{c}" for a in "bdfgkl" for b in "aeiou" for c in "mnrst"]


def corpus(count: int, related: bool) -> list[SentencePair]:
    """Sentences of random words, and the same words turned round, or others."""
    chooser = random.Random(1)
    lines = [" ".join(chooser.choices(WORDS, k=chooser.randint(2, 10))) for _ in range(2 * count)]
    others = lines[:count] if related else lines[count:]
    return [
        SentencePair(left, right[::-1], n)
        for n, (left, right) in enumerate(zip(lines[:count], others, strict=True), start=1)
    ]


def test_noise_teaches_nothing() -> None:
    assert learn_alignment([corpus(2000, related=False)]) is None


@pytest.mark.parametrize("windows", [[], [[]], [corpus(LEAST_PAIRS - 1, related=True)]])
def test_too_little_text_teaches_nothing(windows: list[list[SentencePair]]) -> None:
    assert learn_alignment(windows) is None


@pytest.mark.parametrize("text", ["", "the same", "…"])
def test_lines_that_are_all_alike_teach_nothing(text: str) -> None:
    assert learn_alignment([[SentencePair(text, text, n) for n in range(1, 1000)]]) is None


def test_a_small_corpus_teaches_enough() -> None:
    assert learn_alignment([corpus(LEAST_PAIRS, related=True)]) is not None


def test_a_corpus_in_windows_teaches_which_words_belong_together() -> None:
    pairs = corpus(2000, related=True)
    model = learn_alignment([pairs[:250], pairs[600:900], pairs[1500:]])
    assert model is not None
    assert model.gain > 5
    copy = pickle.loads(pickle.dumps(model))
    source = copy.embed_source([pair.source for pair in pairs[1000:1100]]).vectors
    target = copy.embed_target([pair.target for pair in pairs[1000:1100]]).vectors
    assert ((source @ target.T).argmax(axis=1) == range(100)).mean() > 0.95


def test_the_same_corpus_teaches_the_same() -> None:
    pairs = corpus(600, related=True)
    one, other = learn_alignment([pairs]), learn_alignment([pairs])
    assert one is not None
    assert other is not None
    assert one.weights.tolist() == other.weights.tolist()
