"""The mixture: pairs are seen as often as asked, in parts that make up the epoch, by seed alone."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.mixture import EpochRows, Share, mix

PAIRS = st.lists(st.integers(0, 300), min_size=1, max_size=4)


def shares(pairs: list[int], copies: list[float]) -> tuple[Share, ...]:
    return tuple(Share(str(n), *share) for n, share in enumerate(zip(pairs, copies, strict=True)))


def all_rows(rows: EpochRows, epoch: int = 1, seed: int = 1) -> list[int]:
    """The rows of an epoch; one that is seen again has another number each time."""
    parts = [rows.rows(seed=seed, epoch=epoch, part=part) for part in range(rows.parts)]
    assert all((np.diff(part) > 0).all() for part in parts)
    numbers = np.concatenate(parts)
    assert len(np.unique(numbers)) == len(numbers)
    return (numbers % max(1, sum(share.pairs for share in rows.shares))).tolist()


def test_temperature_one_keeps_the_sizes_and_a_high_one_evens_them_out() -> None:
    names, pairs = ["a", "b"], [100_000, 1_000]
    assert [share.copies for share in mix(names, pairs, [1.0, 3.0], 1.0)] == [1.0, 3.0]
    even = mix(names, pairs, [1.0, 1.0], 1e9)
    assert [round(share.pairs * share.copies) for share in even] == [100_000, 100_000]


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=5), st.floats(1, 100))
def test_corpora_are_drawn_by_weight_and_the_root_of_their_size(
    pairs: list[int], temperature: float
) -> None:
    weights = [1.0 + n for n in range(len(pairs))]
    mixture = mix([""] * len(pairs), pairs, weights, temperature)
    seen = np.array([share.pairs * share.copies for share in mixture])
    wanted = np.array(weights) * np.array(pairs, dtype=float) ** (1 / temperature)
    assert np.allclose(seen / seen.sum(), wanted / wanted.sum())


@settings(deadline=None)
@given(PAIRS, st.integers(1, 400), st.integers(1, 50))
def test_the_parts_of_an_epoch_hold_every_row_once(
    pairs: list[int], part_rows: int, block: int
) -> None:
    rows = EpochRows(shares(pairs, [1.0] * len(pairs)), part_rows, block)
    assert sorted(all_rows(rows)) == list(range(sum(pairs)))


def test_a_part_is_bounded_and_drawn_from_all_corpora() -> None:
    rows = EpochRows(shares([1000, 1000], [1.0, 1.0]), part_rows=250, block=10)
    assert rows.parts == 8
    for part in range(8):
        chosen = rows.rows(seed=1, epoch=1, part=part)
        assert len(chosen) == 250
        assert 50 < (chosen < 1000).sum() < 200


@pytest.mark.parametrize("block", [3, 64, 10_000])
def test_copies_of_a_row_are_numbered_one_after_the_other(block: int) -> None:
    rows = EpochRows(shares([5, 40], [7.5, 2.0]), part_rows=20, block=block)
    parts = [rows.rows(seed=1, epoch=1, part=part) for part in range(rows.parts)]
    numbers = sorted(np.concatenate(parts).tolist())
    for row in range(45):
        copies = [number // 45 for number in numbers if number % 45 == row]
        assert copies == list(range(len(copies)))


@pytest.mark.parametrize("copies", [0.25, 1.0, 2.0, 3.75])
def test_pairs_are_seen_as_often_as_asked(copies: float) -> None:
    rows = EpochRows(shares([500, 300], [copies, 1.0]), block=64)
    counts: Counter[int] = Counter()
    for epoch in range(1, 41):
        seen = Counter(all_rows(rows, epoch))
        assert all(int(copies) <= seen[row] <= int(copies) + 1 for row in range(500))
        assert all(seen[row] == 1 for row in range(500, 800))
        counts.update(seen)
    mean = sum(counts[row] for row in range(500)) / 500 / 40
    assert mean == pytest.approx(copies, rel=0.02)
    if copies % 1:  # every pair has its turn
        assert min(counts[row] for row in range(500)) > int(copies) * 40


def test_a_tiny_corpus_seen_very_often_takes_few_blocks() -> None:
    rows = EpochRows(shares([1, 100_000], [99_999.5, 1.0]))
    assert len(rows._blocks()) < 40
    seen = Counter(all_rows(rows))
    assert seen[0] in (99_999, 100_000) and seen[1] == 1


def test_the_rows_are_a_function_of_seed_and_epoch() -> None:
    rows = EpochRows(shares([900], [1.5]), part_rows=200, block=20)
    assert all_rows(rows) == all_rows(rows)
    assert all_rows(rows) != all_rows(rows, epoch=2)
    assert all_rows(rows) != all_rows(rows, seed=2)


def test_an_empty_mixture_has_one_empty_part() -> None:
    rows = EpochRows(shares([0], [1.0]))
    assert rows.parts == 1 and all_rows(rows) == []
