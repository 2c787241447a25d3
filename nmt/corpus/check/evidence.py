"""How strongly two sentences speak for being a pair.

Letters: N sentences of the source, M of the target, K offsets, F features.

The features of source sentence i and target sentence j are the product of their vectors, the
number of unknown words and numbers that they share, and z^2 and |z| of their lengths a, b in
characters (after Gale and Church 1993)

    z = (log(a / b) - mu) / sqrt(0.02 + 2 / sqrt(a b))

where mu is the mean of log a around i less that of log b around j: a table of numbers, words on one
side and digits on the other, has its own ratio for many lines, which against that of the corpus
would add up to a slip. A logistic regression on true pairs and on neighbours that are no pairs
weighs them. Its log-odds are limited in size, so that no single line decides anything.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from nmt.corpus.check.lexicon import Floats, Sentences

REACH = 32  # offsets from -32 to 32 are looked for
OFFSETS = 2 * REACH + 1  # K
LOST = OFFSETS  # the state after those of the offsets: pairs at none of them
FEATURES = 5
LIMIT = 5.0  # of the evidence of a single line
BAND = 128


def band_features(source: Sentences, target: Sentences) -> Floats:
    """Features (N, K, F) of each source sentence i with target sentences i to i + K - 1.

    `target` has N + K - 1 sentences: it starts REACH lines before `source` and ends as much after.
    Where a side is blank, all are NaN.
    """
    blocks = [
        _block_features(source[i : i + BAND], target[i : i + BAND + OFFSETS - 1])
        for i in range(0, len(source), BAND)
    ]
    return np.concatenate(blocks)


def _block_features(source: Sentences, target: Sentences) -> Floats:
    similarity = _band(source.vectors @ target.vectors.T)
    shared = _band(source.sketches @ target.sketches.T)
    rights, levels = (
        np.lib.stride_tricks.sliding_window_view(numbers, OFFSETS)  # (N, K)
        for numbers in (target.lengths, target.levels)
    )
    lefts = source.lengths[:, None]
    mean = source.levels[:, None] - levels
    square = (lefts - rights - mean) ** 2 / (0.02 + 2 * np.exp(-0.5 * (lefts + rights)))
    np.minimum(square, 20, out=square)
    constant = np.where(np.isnan(square), np.float32(np.nan), np.float32(1))
    return np.stack((similarity, shared.clip(-1, 3), square, np.sqrt(square), constant), axis=-1)


def _band(products: Floats) -> Floats:
    """The entries (i, i + k) of a matrix (N, N + K - 1), as (N, K)."""
    products = np.ascontiguousarray(products)
    row, entry = products.strides
    return as_strided(products, (len(products), OFFSETS), (row + entry, entry), writeable=False)


def log_odds(features: Floats, weights: Floats) -> Floats:
    """Log-odds that two sentences are a pair, from -LIMIT to LIMIT; 0 where a side is blank."""
    odds: Floats = np.clip(features @ weights, -LIMIT, LIMIT)
    return np.where(np.isnan(odds), np.float32(0), odds)


def state_evidence(odds: Floats, lost: float) -> Floats:
    """Evidence (N, K + 1) of the offsets, from their log-odds (N, K), and of being lost.

    What speaks for an offset is what it has more than the others: a line of names that the lexicon
    doesn't know finds little at any, and isn't lost for that. So a lost line has 0 at each offset,
    or less; `lost` is the evidence that is set against it.
    """
    chance = np.log(np.exp(odds).mean(axis=1, keepdims=True))
    return np.pad(odds - chance, ((0, 0), (0, 1)), constant_values=lost)


def learn_weights(true: Floats, false: Floats) -> Floats:
    """Weights (F,) of features of true pairs (n, F) and of false ones (m, F), both equally likely.

    Newton's method on the logistic loss.
    """
    features = np.concatenate((true, false)).astype(np.float64)
    labels = np.repeat((1.0, 0.0), (len(true), len(false)))
    importance = np.repeat((1 / len(true), 1 / len(false)), (len(true), len(false)))
    weights = np.zeros(features.shape[1])
    ridge = 1e-4 * np.eye(features.shape[1])
    for _ in range(15):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        slope = features.T @ (importance * (labels - chance)) - ridge @ weights
        spread = (features * (importance * chance * (1 - chance))[:, None]).T @ features
        weights += np.linalg.solve(spread + ridge, slope)
    return weights.astype(np.float32)


def blank(count: int, like: Sentences) -> Sentences:
    """Sentences without text, as stand where a corpus has no lines."""
    return Sentences(
        np.zeros((count, like.vectors.shape[1]), dtype=np.float32),
        np.zeros((count, like.sketches.shape[1]), dtype=np.float32),
        np.full(count, np.nan, dtype=np.float32),
        np.zeros(count, dtype=np.float32),
    )
