"""Batches: every row once, never too large, little padding, in an order that seeds decide."""

from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.config import make_config
from nmt.corpus.batches import (
    ROWS_MULTIPLE,
    Batch,
    BatchPlan,
    collate,
    make_batch,
    pad_sources,
    padded_length,
    plan_batches,
)
from nmt.corpus.encoded import EncodedChunk, EncodedCorpus, ShardWriter, load_encoded
from nmt.corpus.prepare import prepare
from nmt.text.vocabulary import BOS, EOS, PAD

Lengths = tuple[np.ndarray, np.ndarray]
LENGTHS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=200).map(
    lambda pairs: (
        np.array([pair[0] for pair in pairs], dtype=np.int32),
        np.array([pair[1] for pair in pairs], dtype=np.int32),
    )
)


def lists(plan: BatchPlan) -> list[list[int]]:
    return [batch.tolist() for batch in plan.batches]


def some_lengths(rows: int) -> Lengths:
    random = np.random.default_rng(0)
    source = random.integers(1, 40, rows).astype(np.int32)
    return source, np.maximum(1, source + random.integers(-5, 6, rows)).astype(np.int32)


# --- the plan ---


@settings(deadline=None)
@given(LENGTHS, st.integers(16, 300), st.integers(0, 9), st.integers(1, 9))
def test_every_row_is_planned_once(
    lengths: Lengths, batch_tokens: int, seed: int, epoch: int
) -> None:
    plan = plan_batches(lengths, batch_tokens, seed=seed, epoch=epoch)
    assert sorted(chain(*lists(plan))) == list(range(len(lengths[0])))
    assert all(len(batch) for batch in plan.batches)


@settings(deadline=None)
@given(LENGTHS, st.integers(16, 300))
def test_no_batch_is_larger_than_allowed_with_its_padding(
    lengths: Lengths, batch_tokens: int
) -> None:
    for batch in plan_batches(lengths, batch_tokens, seed=1, epoch=1).batches:
        built = collate(*([np.full(side[row], 9) for row in batch] for side in lengths))
        assert max(built.source.numel(), built.target_input.numel()) <= batch_tokens or (
            len(batch) == 1
        )


@settings(deadline=None)
@given(LENGTHS, st.integers(16, 300), st.integers(0, 9), st.integers(1, 9))
def test_the_plan_is_a_function_of_seed_and_epoch(
    lengths: Lengths, batch_tokens: int, seed: int, epoch: int
) -> None:
    one = plan_batches(lengths, batch_tokens, seed=seed, epoch=epoch)
    np.random.seed(epoch)
    torch.manual_seed(epoch)
    other = plan_batches(lengths, batch_tokens, seed=seed, epoch=epoch)
    assert lists(one) == lists(other)
    assert one.real_tokens == other.real_tokens


def test_another_seed_or_epoch_is_another_order_and_another_grouping() -> None:
    lengths = some_lengths(500)
    plans = [
        lists(plan_batches(lengths, 256, seed=seed, epoch=epoch))
        for seed, epoch in ((1, 1), (1, 2), (2, 1), (2, 2), (12, 1), (1, 21))
    ]
    groupings = {frozenset(map(frozenset, plan)) for plan in plans}
    assert len(groupings) == len(plans)


def test_batches_are_not_in_the_order_of_their_lengths() -> None:
    source, target = some_lengths(2000)
    plan = plan_batches((source, target), 256, seed=1, epoch=1)
    longest = [int(source[batch].max()) for batch in plan.batches]
    assert longest not in (sorted(longest), sorted(longest, reverse=True))
    half = len(longest) // 2
    assert abs(np.mean(longest[:half]) - np.mean(longest[half:])) < np.std(longest)


@pytest.mark.parametrize("batch_tokens", [256, 500, 1024])
def test_full_batches_have_rows_in_eights(batch_tokens: int) -> None:
    plan = plan_batches(some_lengths(3000), batch_tokens, seed=1, epoch=1)
    full = [len(batch) for batch in plan.batches if len(batch) > ROWS_MULTIPLE]
    assert sum(size % ROWS_MULTIPLE > 0 for size in full) <= 1 < len(full)  # the last rows


def real_share(batches: list[Batch]) -> float:
    real = sum(batch.source_tokens + batch.target_tokens for batch in batches)
    return real / sum(batch.source.numel() + batch.target_input.numel() for batch in batches)


@settings(deadline=None)
@given(LENGTHS, st.integers(16, 300))
def test_the_share_of_real_tokens_is_that_of_the_batches(
    lengths: Lengths, batch_tokens: int
) -> None:
    plan = plan_batches(lengths, batch_tokens, seed=1, epoch=1)
    built = [
        collate(*([np.full(side[row], 9) for row in batch] for side in lengths))
        for batch in plan.batches
    ]
    assert plan.real_tokens == (pytest.approx(real_share(built)) if built else 0)


def test_a_corpus_without_rows_has_no_batches() -> None:
    nothing = np.zeros(0, dtype=np.int32)
    assert len(plan_batches((nothing, nothing), 256, seed=1, epoch=1)) == 0


@pytest.fixture(scope="module")
def multi30k(corpora: Path) -> EncodedCorpus:
    data = {
        "root": str(corpora / "multi30k"),
        "train": [{"source": "train.de", "target": "train.en"}],
    }
    tokenizer = {"kind": "bpe", "vocabulary_size": 6000}
    config = make_config({"data": data, "tokenizer": tokenizer}, origin="test")
    return prepare(config, log=lambda line: None).train


def test_little_of_a_real_corpus_is_padding(multi30k: EncodedCorpus) -> None:
    lengths = multi30k.source.lengths(), multi30k.target.lengths()
    plan = plan_batches(lengths, 2048, seed=1, epoch=1)
    assert plan.real_tokens >= 0.92
    batches = [make_batch(multi30k, rows) for rows in plan.batches]
    assert plan.real_tokens == pytest.approx(real_share(batches))
    assert sum(map(len, batches)) == len(multi30k)
    assert sum(batch.target_tokens for batch in batches) == lengths[1].sum() + len(multi30k)


# --- the tensors ---


@settings(deadline=None)
@given(st.integers(0, 1000))
def test_lengths_are_padded_to_the_next_even_number(length: int) -> None:
    assert padded_length(length) in (length, length + 1)
    assert padded_length(length) % 2 == 0


def test_a_batch_holds_exactly_its_sentences() -> None:
    batch = collate([[11, 12, 13], [14]], [[21], [22, 23, 24, 25]])
    assert batch.source.tolist() == [[11, 12, 13, EOS], [14, EOS, PAD, PAD]]
    assert batch.source_lengths.tolist() == [4, 2]
    assert batch.target_input.tolist() == [
        [BOS, 21, PAD, PAD, PAD, PAD],
        [BOS, 22, 23, 24, 25, PAD],
    ]
    assert batch.target_output.tolist() == [
        [21, EOS, PAD, PAD, PAD, PAD],
        [22, 23, 24, 25, EOS, PAD],
    ]
    assert (len(batch), batch.source_tokens, batch.target_tokens) == (2, 6, 7)
    for tensor in (batch.source, batch.source_lengths, batch.target_input, batch.target_output):
        assert tensor.dtype == torch.int64


def test_an_empty_sentence_is_its_end_alone() -> None:
    batch = collate([[]], [[]])
    assert batch.source.tolist() == batch.target_output.tolist() == [[EOS, PAD]]
    assert batch.target_input.tolist() == [[BOS, PAD]]


SENTENCES = st.lists(st.integers(4, 99), max_size=12)


@settings(deadline=None)
@given(st.lists(st.tuples(SENTENCES, SENTENCES), min_size=1, max_size=9))
def test_sentences_can_be_read_back(pairs: list[tuple[list[int], list[int]]]) -> None:
    batch = collate([pair[0] for pair in pairs], [pair[1] for pair in pairs])
    assert batch.source.shape[1] % 2 == batch.target_input.shape[1] % 2 == 0
    assert batch.target_input.shape == batch.target_output.shape
    for row, (source, target) in enumerate(pairs):
        assert [i for i in batch.source[row].tolist() if i != PAD] == [*source, EOS]
        assert [i for i in batch.target_input[row].tolist() if i != PAD] == [BOS, *target]
        assert [i for i in batch.target_output[row].tolist() if i != PAD] == [*target, EOS]
        assert int(batch.source_lengths[row]) == len(source) + 1


def test_sources_alone_are_padded_alike() -> None:
    sources = [[5, 6, 7, 8], [9], []]
    padded, lengths = pad_sources(sources)
    batch = collate(sources, [[1], [1], [1]])
    assert torch.equal(padded, batch.source) and torch.equal(lengths, batch.source_lengths)


def test_rows_of_a_batch_keep_its_padding() -> None:
    batch = collate([[11, 12, 13], [14], [15]], [[21], [22, 23], []])
    part = batch.rows(slice(1, 3))
    assert len(part) == 2
    assert part.source.tolist() == [[14, EOS, PAD, PAD], [15, EOS, PAD, PAD]]
    assert part.source_lengths.tolist() == [2, 2]
    assert part.target_input.tolist() == batch.target_input[1:3].tolist()
    assert part.target_output.tolist() == batch.target_output[1:3].tolist()
    assert part.target_tokens + batch.rows(slice(0, 1)).target_tokens == batch.target_tokens


def test_a_batch_moves_as_a_whole() -> None:
    moved = collate([[11, 12]], [[21]]).to(torch.device("meta"))
    for tensor in (moved.source, moved.source_lengths, moved.target_input, moved.target_output):
        assert tensor.device.type == "meta"


def test_a_batch_takes_its_given_alignment_along(tmp_path: Path) -> None:
    sources, targets = [[11, 12, 13], [14], [15, 16]], [[21], [22, 23], [24]]
    links = [[1, 3, 0, 1], [0, 1, 1, 2], []]
    with ShardWriter(tmp_path, with_text=False, with_links=True) as shards:
        shards.write(EncodedChunk(sources, targets, links=links).record_batch())
    batch = make_batch(load_encoded(tmp_path), [1, 0, 2])
    alignment = batch.alignment
    assert alignment is not None
    assert alignment.shape == (*batch.target_output.shape, batch.source.shape[1])
    assert alignment.nonzero().tolist() == [[0, 1, 0], [1, 0, 1], [1, 0, 2]]
    assert alignment[1, 0].tolist() == [0, 0.5, 0.5, 0]
    for changed, rows in (
        (batch.rows(slice(1, 3)), [1, 2]),
        (batch.twice(), [0, 1, 2, 0, 1, 2]),
        (batch.to(torch.device("cpu")), [0, 1, 2]),
    ):
        assert changed.alignment is not None
        assert torch.equal(changed.alignment, alignment[rows])
        assert torch.equal(changed.source, batch.source[rows])
    assert collate(sources, targets).alignment is None


def test_a_batch_of_a_corpus_holds_the_rows_asked_for(tmp_path: Path) -> None:
    rows = [([row + 4] * (row % 7), [row + 5] * (row % 5)) for row in range(1500)]
    with ShardWriter(tmp_path, with_text=False, shard_rows=400) as shards:
        for start in range(0, 1500, 300):
            part = rows[start : start + 300]
            shards.write(EncodedChunk([s for s, _ in part], [t for _, t in part]).record_batch())
    corpus = load_encoded(tmp_path)
    chosen = [1499, 3, 1000, 999]
    batch = make_batch(corpus, np.array(chosen))
    expected = collate([rows[row][0] for row in chosen], [rows[row][1] for row in chosen])
    assert torch.equal(batch.source, expected.source)
    assert torch.equal(batch.target_input, expected.target_input)
    assert torch.equal(batch.target_output, expected.target_output)
