"""Evidence that sentences are pairs."""

import numpy as np

from nmt.corpus.check.evidence import (
    LIMIT,
    OFFSETS,
    REACH,
    band_features,
    blank,
    learn_weights,
    log_odds,
    state_evidence,
)
from nmt.corpus.check.lexicon import Sentences, join


def sentences(count: int, seed: int) -> Sentences:
    """Sentences with random vectors."""
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(count, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths = generator.uniform(2, 5, size=count).astype(np.float32)
    sketches, levels = np.zeros((count, 8), dtype=np.float32), np.full(count, 3.5, np.float32)
    return Sentences(vectors, sketches, lengths, levels)


def test_each_column_is_one_offset() -> None:
    source = sentences(300, 1)
    edge = blank(REACH, source)
    for offset in (-REACH, -3, 0, 7, REACH):
        moved = join([blank(REACH + offset, source), source, edge, edge])[: 300 + OFFSETS - 1]
        features = band_features(source, moved)
        column = features[: 300 - max(0, offset), REACH + offset]
        np.testing.assert_allclose(column[:, 0], 1, rtol=1e-5)  # the product with itself
        np.testing.assert_allclose(column[:, 2], 0, atol=1e-6)  # of equal length


def test_lengths_are_compared_with_those_around_them() -> None:
    source = sentences(100, 1)
    sides = source, Sentences(source.vectors, source.sketches, source.lengths - 2, source.levels)
    levels = (sides[0].levels, sides[1].levels - 2)
    usual, table = (
        band_features(
            sides[0],
            join(
                [
                    blank(REACH, source),
                    Sentences(sides[1].vectors, sides[1].sketches, sides[1].lengths, level),
                    blank(REACH, source),
                ]
            ),
        )[:, REACH, 2]
        for level in levels
    )
    assert usual.min() > 1
    np.testing.assert_allclose(table, 0, atol=1e-5)


def test_a_blank_side_says_nothing() -> None:
    source = sentences(4, 1)
    features = band_features(source, blank(4 + OFFSETS - 1, source))
    assert (log_odds(features, np.ones(5, dtype=np.float32)) == 0).all()


def test_weights_tell_true_from_false() -> None:
    generator = np.random.default_rng(1)
    true, false = (generator.normal(m, 1, size=(500, 2)).astype(np.float32) for m in (1, -1))
    weights = learn_weights(true, false)
    assert log_odds(true, weights).mean() > 1
    assert log_odds(false, weights).mean() < -1
    assert abs(log_odds(true * 1000, weights)).max() <= LIMIT


def test_poor_evidence_at_all_offsets_is_not_lost() -> None:
    odds = np.full((1, OFFSETS), -3, dtype=np.float32)
    odds[0, REACH] = -2
    found = state_evidence(odds, 0.0)[0]
    assert found[REACH] > found[-1] > found[0]
