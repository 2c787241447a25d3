"""The likeliest path through the offsets."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.check.offset_path import Floats, OffsetPath

SEEDS = st.integers(0, 2**32 - 1)


def states(path: OffsetPath, count: int) -> list[int]:
    """The state of each line."""
    segments = path.segments()
    stops = [segment.first for segment in segments[1:]] + [count]
    pairs = zip(segments, stops, strict=True)
    return [s.state for s, stop in pairs for _ in range(s.first, stop)]


def score(evidence: Floats, start: Floats, penalty: float, path: tuple[int, ...]) -> float:
    """What a path is worth."""
    changes = sum(a != b for a, b in itertools.pairwise(path))
    gain = sum(float(evidence[i, state]) for i, state in enumerate(path))
    return float(start[path[0]]) + gain - penalty * changes


@given(SEEDS)
@settings(max_examples=40)
def test_no_path_is_better(seed: int) -> None:
    generator = np.random.default_rng(seed)
    evidence = generator.normal(size=(6, 3)).astype(np.float32)
    start = np.array([0, -1, -1], dtype=np.float32)
    path = OffsetPath(start, 1.0)
    path.extend(evidence)
    best = max(
        score(evidence, start, 1.0, other) for other in itertools.product(range(3), repeat=6)
    )
    found = states(path, 6)
    assert len(found) == 6
    assert np.isclose(score(evidence, start, 1.0, tuple(found)), best, atol=1e-5)


@given(SEEDS, st.integers(1, 200))
@settings(max_examples=40)
def test_blocks_of_any_size_give_the_same_path(seed: int, block: int) -> None:
    generator = np.random.default_rng(seed)
    evidence = generator.normal(size=(200, 5)).astype(np.float32)
    evidence[50:90, 2] += 2
    evidence[:50, 0] += 2
    evidence[90:, 0] += 2
    whole, parts = (OffsetPath(np.zeros(5, dtype=np.float32), 8.0) for _ in range(2))
    for row in evidence:
        whole.extend(row[None])
    for first in range(0, 200, block):
        parts.extend(evidence[first : first + block])
    assert states(parts, 200) == states(whole, 200)
