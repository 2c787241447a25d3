"""Decoding in batches, whatever their size, the order of the sentences, and the memory at hand."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from nmt.engine import decoding
from nmt.engine.decoding import LENGTH_MARGIN, attention, decode
from nmt.errors import NmtError
from nmt.model.seq2seq import Seq2Seq
from nmt.search.beam import Hypothesis, SearchOptions
from nmt.settings import ModelSettings
from nmt.text.vocabulary import BOS, EOS, PAD
from tests.model.architectures import ARCHITECTURES, name_of
from tests.model.architectures import make_model as build_small

MakeModel = Callable[[int], Seq2Seq]
BEAM = SearchOptions(beam_size=3, n_best=3)


def decode_all(
    models: Sequence[Seq2Seq],
    sentences: list[list[int]],
    options: SearchOptions = BEAM,
    batch_size: int = 4,
) -> list[list[Hypothesis]]:
    sources = [(ids,) * len(models) for ids in sentences]
    return decode(models, sources, options, max_length_ratio=1.0, batch_size=batch_size)


def assert_same(found: list[list[Hypothesis]], expected: list[list[Hypothesis]]) -> None:
    """The same tokens, and scores that differ in rounding alone."""
    for one, other in zip(found, expected, strict=True):
        assert [h.tokens for h in one] == [h.tokens for h in other]
        assert [h.score for h in one] == pytest.approx([h.score for h in other], abs=1e-4)


@pytest.mark.parametrize("options", [SearchOptions(beam_size=1), BEAM])
@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_the_batch_size_changes_nothing(
    model: Seq2Seq, sentences: list[list[int]], options: SearchOptions, batch_size: int
) -> None:
    expected = [decode_all([model], [ids], options)[0] for ids in sentences]
    assert_same(decode_all([model], sentences, options, batch_size), expected)
    assert len({hypotheses[0].tokens for hypotheses in expected}) > len(sentences) // 2


def test_a_batch_holds_fewer_of_long_sentences(
    monkeypatch: pytest.MonkeyPatch, model: Seq2Seq, sentences: list[list[int]]
) -> None:
    sizes: list[tuple[int, int]] = []
    encode = model.encode

    def watch(source: torch.Tensor, lengths: torch.Tensor) -> Any:
        sizes.append((len(source), int(lengths.max()) - 1))
        return encode(source, lengths)

    expected = decode_all([model], sentences, batch_size=4)
    monkeypatch.setattr(model, "encode", watch)
    monkeypatch.setattr(decoding, "FULL_BATCH_LENGTH", 3)
    assert_same(decode_all([model], sentences, batch_size=4), expected)
    assert len({rows for rows, _ in sizes}) > 1
    assert all(rows == 1 or rows * longest <= 4 * 3 for rows, longest in sizes)


def test_sentences_come_back_in_their_order(model: Seq2Seq, sentences: list[list[int]]) -> None:
    found = decode_all([model], sentences)
    assert_same(decode_all([model], sentences[::-1])[::-1], found)


def test_the_length_of_a_translation_is_bounded_by_its_source(
    make_model: MakeModel, sentences: list[list[int]]
) -> None:
    endless = make_model(3)
    with torch.no_grad():
        endless.output.bias[EOS] = -100
    for ids, (best, *_) in zip(sentences, decode_all([endless], sentences), strict=True):
        assert len(best.tokens) == len(ids) + LENGTH_MARGIN


def test_an_ensemble_of_a_model_with_itself_is_the_model(
    model: Seq2Seq, sentences: list[list[int]]
) -> None:
    assert_same(decode_all([model, model], sentences), decode_all([model], sentences))


def test_an_ensemble_is_of_all_its_models(
    model: Seq2Seq, make_model: MakeModel, sentences: list[list[int]]
) -> None:
    one, other = decode_all([model], sentences), decode_all([make_model(2)], sentences)
    both = decode_all([model, make_model(2)], sentences)
    assert both != one and both != other
    assert_same(decode_all([make_model(2), model], sentences), both)


def test_each_model_of_an_ensemble_reads_its_own_source(
    model: Seq2Seq, sentences: list[list[int]]
) -> None:
    pairs = [(ids, ids[::-1]) for ids in sentences if len(ids) > 3]
    found = decode([model, model], pairs, BEAM, max_length_ratio=1.0, batch_size=4)
    alone = decode_all([model], [ids for ids, _ in pairs])
    assert [h[0].score for h in found] != pytest.approx([h[0].score for h in alone], abs=1e-4)


# --- memory ---


class Cramped:
    """Stands before a method of a model and lets no more than so many rows pass."""

    def __init__(self, method: Callable[..., Any], rows: int, error: Exception) -> None:
        self.method, self.rows, self.error, self.refused = method, rows, error, 0

    def __call__(self, tokens: torch.Tensor, rest: Any) -> Any:
        if len(tokens) > self.rows:
            self.refused += 1
            raise self.error
        return self.method(tokens, rest)


OUT_OF_MEMORY = torch.OutOfMemoryError("out of memory")


@pytest.mark.parametrize(("method", "rows"), [("encode", 3), ("encode", 1), ("decode", 10)])
def test_out_of_memory_halves_the_batch_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
    make_model: MakeModel,
    sentences: list[list[int]],
    method: str,
    rows: int,
) -> None:
    model = make_model(1)
    expected = decode_all([model], sentences, batch_size=64)
    cramped = Cramped(getattr(model, method), rows, OUT_OF_MEMORY)
    monkeypatch.setattr(model, method, cramped)
    assert_same(decode_all([model], sentences, batch_size=64), expected)
    assert cramped.refused


def test_one_sentence_that_does_not_fit_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, make_model: MakeModel, sentences: list[list[int]]
) -> None:
    model = make_model(1)
    monkeypatch.setattr(model, "encode", Cramped(model.encode, 0, OUT_OF_MEMORY))
    with pytest.raises(NmtError, match="out of memory on one sentence of "):
        decode_all([model], sentences, batch_size=64)


def test_an_error_that_is_not_of_memory_passes_through(
    monkeypatch: pytest.MonkeyPatch, make_model: MakeModel, sentences: list[list[int]]
) -> None:
    model, error = make_model(1), RuntimeError("shapes do not fit")
    cramped = Cramped(model.encode, 4, error)
    monkeypatch.setattr(model, "encode", cramped)
    with pytest.raises(RuntimeError) as caught:
        decode_all([model], sentences, batch_size=64)
    assert caught.value is error
    assert cramped.refused == 1  # no second try


# --- attention ---


def test_attention_is_what_the_model_saw(model: Seq2Seq, sentences: list[list[int]]) -> None:
    for ids in sentences:
        target = ids[::-1][:4]
        weights = attention([model], (ids,), target)
        assert weights is not None
        assert weights.shape == (len(target) + 1, len(ids) + 1)
        np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
        source = torch.tensor([[*ids, EOS, PAD]])
        memory = model.encode(source, torch.tensor([len(ids) + 1]))
        _, expected, _ = model.decode(torch.tensor([[BOS, *target]]), model.start(memory))
        np.testing.assert_allclose(weights, expected[0, :, :-1].detach(), atol=1e-6)


@pytest.mark.parametrize("settings", ARCHITECTURES, ids=name_of)
def test_the_exported_attention_of_each_architecture_sums_to_one(settings: ModelSettings) -> None:
    """Before it is normalized, too."""
    model, ids, target = build_small(settings).float().eval(), [5, 6, 7, 8, 4], [9, 4, 8]
    weights = attention([model], (ids,), target)
    memory = model.encode(torch.tensor([[*ids, EOS]]), torch.tensor([len(ids) + 1]))
    with torch.no_grad():
        _, seen, _ = model.decode(torch.tensor([[BOS, *target]]), model.start(memory))
    assert weights is not None
    np.testing.assert_allclose(seen[0].sum(dim=1), 1, atol=1e-5)
    np.testing.assert_allclose(weights, seen[0], atol=1e-5)


def test_attention_sums_to_one_in_bfloat16_too(model: Seq2Seq) -> None:
    ids = [5, 6, 7, 8, 9, 5, 7] * 3
    weights = attention([copy.deepcopy(model).bfloat16()], (ids,), ids)
    assert weights is not None
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)


def test_attention_of_an_ensemble_is_the_mean(model: Seq2Seq, make_model: MakeModel) -> None:
    other, source, target = make_model(2), [5, 6, 7], [8, 9]
    both = attention([model, other], (source, source), target)
    one, two = (attention([m], (source,), target) for m in (model, other))
    assert both is not None and one is not None and two is not None
    np.testing.assert_allclose(both, (one + two) / 2, atol=1e-6)


def test_sources_cut_differently_have_no_common_attention(model: Seq2Seq) -> None:
    assert attention([model, model], ([5, 6], [5, 6, 7]), [8]) is None
