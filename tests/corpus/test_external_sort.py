"""The external sort gives all records back by key, whatever the keys and the memory."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.external_sort import ExternalSort
from nmt.errors import DataError


def sort(keys: list[int], records_in_memory: int, piece: int = 7) -> list[np.ndarray]:
    """The batches of keys added in pieces, each with its number as the row."""
    with TemporaryDirectory() as folder:
        with ExternalSort(Path(folder), records_in_memory) as records:
            for start in range(0, len(keys), piece):
                part = np.array(keys[start : start + piece], np.uint64)
                records.add(part, np.arange(start, start + len(part)))
            batches = list(records.batches())
        assert list(Path(folder).iterdir()) == []
    return batches


@given(
    st.lists(st.one_of(st.integers(0, 3), st.integers(0, 2**64 - 1)), max_size=200),
    st.integers(1, 50),
)
def test_records_come_back_by_key_with_the_first_of_each_key_in_front(
    keys: list[int], records_in_memory: int
) -> None:
    batches = sort(keys, records_in_memory)
    found = [record for batch in batches for record in batch.tolist()]
    assert Counter(found) == Counter(zip(keys, range(len(keys)), strict=True))
    assert [key for key, _ in found] == sorted(keys)
    first: dict[int, int] = {}
    for key, row in found:
        assert first.setdefault(key, row) <= row


@pytest.mark.parametrize("shape", ["random", "one key", "ascending", "descending"])
def test_no_batch_is_larger_than_memory(shape: str) -> None:
    count, in_memory = 20_000, 512
    keys = {
        "random": np.random.default_rng(1).integers(0, 2**63, count).tolist(),
        "one key": [5] * count,
        "ascending": list(range(count)),
        "descending": list(range(count, 0, -1)),
    }[shape]
    batches = sort(keys, in_memory, piece=1000)
    assert max(map(len, batches)) <= in_memory
    assert np.concatenate(batches)["key"].tolist() == sorted(keys)
    assert sorted(np.concatenate(batches)["row"].tolist()) == list(range(count))


def test_nothing_in_nothing_out() -> None:
    assert sort([], 4) == []


def test_a_row_beyond_32_bits_is_refused(tmp_path: Path) -> None:
    with ExternalSort(tmp_path) as records, pytest.raises(DataError, match="more than 4,294,967,2"):
        records.add(np.array([1], np.uint64), np.array([2**32]))
