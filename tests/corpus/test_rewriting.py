"""What becomes of a pair depends on epoch and row only (tests/corpus/test_training_batches.py)."""

import numpy as np
import pytest

from nmt.config import make_config
from nmt.corpus.prepare import prepare
from nmt.corpus.rewriting import EpochRewriter
from nmt.corpus.training_batches import training_batches


@pytest.fixture(scope="module")
def rewriter(tmp_path_factory: pytest.TempPathFactory) -> EpochRewriter:
    folder = tmp_path_factory.mktemp("rewriting")
    lines = [f"Das ist der Satz Nummer {n}.\tThis is sentence {n}.\n" for n in range(50)]
    (folder / "a.tsv").write_text("".join(lines), encoding="utf-8")
    data = {
        "root": str(folder), "cache": str(folder / "cache"), "train": [{"path": "a.tsv"}],
        "augment": {"upper_case": 0.5},
    }  # fmt: skip
    config = make_config({"data": data, "tokenizer": {"kind": "byte"}}, origin="test")
    made = training_batches(config, prepare(config, log=lambda line: None)).rewriter
    assert made is not None
    return made


def test_a_row_is_the_same_in_any_company_and_order(rewriter: EpochRewriter) -> None:
    rows = np.arange(20)
    sources, targets = rewriter(rows, 3)
    backwards = rewriter(rows[::-1], 3)
    assert (backwards[0][::-1], backwards[1][::-1]) == (sources, targets)
    for row in (0, 7, 19):
        assert rewriter(np.array([row]), 3) == ([sources[row]], [targets[row]])


def test_a_row_that_is_seen_again_is_changed_in_another_way(rewriter: EpochRewriter) -> None:
    rows = np.arange(50)
    first, second = rewriter(rows, 1)[0], rewriter(rows + len(rewriter.corpus), 1)[0]
    same = sum(one == other for one, other in zip(first, second, strict=True))
    assert 10 <= same <= 40  # half of them are in capitals


def test_some_rows_change_with_the_epoch_and_the_others_are_as_stored(
    rewriter: EpochRewriter,
) -> None:
    rows = np.arange(50)
    epochs = [rewriter(rows, epoch)[0] for epoch in (1, 2)]
    assert epochs[0] != epochs[1]
    stored = [list(rewriter.corpus.source.sentence(row)) for row in rows]
    changed = sum(new != old for new, old in zip(epochs[0], stored, strict=True))
    assert 10 <= changed <= 40
