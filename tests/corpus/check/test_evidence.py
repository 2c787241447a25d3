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
    return Sentences(vectors, np.zeros((count, 8), dtype=np.float32), lengths)


def test_each_column_is_one_offset() -> None:
    source = sentences(300, 1)
    edge = blank(REACH, source)
    for offset in (-REACH, -3, 0, 7, REACH):
        moved = join([blank(REACH + offset, source), source, edge, edge])[: 300 + OFFSETS - 1]
        features = band_features(source, moved, 0.0)
        column = features[: 300 - max(0, offset), REACH + offset]
        np.testing.assert_allclose(column[:, 0], 1, rtol=1e-5)  # the product with itself
        np.testing.assert_allclose(column[:, 2], 0, atol=1e-6)  # of equal length


def test_a_blank_side_says_nothing() -> None:
    source = sentences(4, 1)
    features = band_features(source, blank(4 + OFFSETS - 1, source), 0.0)
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
