"""Words and sentences as vectors."""

import numpy as np

from nmt.corpus.check.lexicon import bags, embed, join, word_vectors
from nmt.corpus.check.words import Vocabulary

SOURCE = ["eins", "zwei", "drei", "vier", "fünf", "sechs"]
TARGET = ["one", "two", "three", "four", "five", "six"]


def test_translations_are_near_and_others_are_not() -> None:
    generator = np.random.default_rng(1)
    chosen = [generator.choice(6, size=2, replace=False) for _ in range(300)]
    source = bags([" ".join(SOURCE[i] for i in row) for row in chosen], Vocabulary(SOURCE))
    target = bags([" ".join(TARGET[i] for i in row) for row in chosen], Vocabulary(TARGET))
    rows = np.arange(300)
    left, right = word_vectors(source, target, (rows, rows), (6, 6))
    assert ((left @ right.T).argmax(axis=1) == np.arange(6)).all()
    sentences = embed(source, left), embed(target, right)
    products = sentences[0].vectors @ sentences[1].vectors.T
    same = [set(a) == set(b) for a in chosen for b in chosen]
    assert products.ravel()[same].min() > products.ravel()[np.logical_not(same)].max()


def test_a_sentence_does_not_depend_on_those_beside_it() -> None:
    vocabulary = Vocabulary(["a", "b", "c"])
    table = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)
    lines = ["a b", "", "c x y 7", "b b b", "unknown"]
    together = embed(bags(lines, vocabulary), table)
    alone = join([embed(bags([line], vocabulary), table) for line in lines])
    np.testing.assert_allclose(together.vectors, alone.vectors, rtol=1e-6)
    np.testing.assert_array_equal(together.sketches, alone.sketches)
    np.testing.assert_array_equal(together.lengths, alone.lengths)
    norms = np.linalg.norm(together.vectors, axis=1)
    np.testing.assert_allclose(norms, [1, 0, 1, 1, 0], atol=1e-6)


def test_levels_are_the_mean_lengths_around_each_line() -> None:
    table = np.zeros((1, 4), dtype=np.float32)
    lines = ["a" * 10] * 20 + [""] * 30 + ["a" * 1000] * 20
    levels = embed(bags(lines, Vocabulary(["a"])), table).levels
    np.testing.assert_allclose(levels[[0, 19, 26]], np.log(10), rtol=1e-5)
    assert levels[35] == 0  # nothing but blank lines around
    np.testing.assert_allclose(levels[[43, 50, 69]], np.log(1000), rtol=1e-5)


def test_sketches_count_unknown_words_in_common() -> None:
    table = np.zeros((1, 4), dtype=np.float32)
    lines = ["Osaka 1927 a", "a osaka, 1927", "kyoto"]
    sketches = embed(bags(lines, Vocabulary(["a"])), table).sketches
    assert sketches[0] @ sketches[1] == 2
    assert sketches[0] @ sketches[2] == 0
