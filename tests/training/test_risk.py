"""The expected cost is that of its equations, in value and gradient."""

from collections.abc import Sequence

import pytest
import torch

from nmt.corpus.batches import Batch, collate
from nmt.engine.decoding import LENGTH_MARGIN
from nmt.model.seq2seq import Seq2Seq
from nmt.text.vocabulary import BOS, EOS, PAD
from nmt.training.risk import CANDIDATES, LONGEST, SHARPNESS, expected_cost, find_candidates
from tests.training.conftest import small_batch, small_model

NO_DROPOUT = {"dropout": 0.0, "embedding_dropout": 0.0}
FOUND: list[list[tuple[int, ...]]] = [[(4, 5), (6,), (7, 8, 9, 10)], [(11, 12)], [(), (13, 13)]]


def length_cost(
    translations: Sequence[Sequence[int]], references: Sequence[Sequence[int]]
) -> list[float]:
    """A cost that tells translations, and their references, apart."""
    return [
        abs(len(u) - len(y)) / 10 + (sum(u) % 7) / 20
        for u, y in zip(translations, references, strict=True)
    ]


def log_prob(model: Seq2Seq, batch: Batch, row: int, translation: tuple[int, ...]) -> torch.Tensor:
    """log P of one translation of one source, step by step."""
    source = batch.source[row : row + 1, : batch.source_lengths[row]]
    state = model.start(model.encode(source, batch.source_lengths[row : row + 1]))
    total = torch.zeros(())
    for before, token in zip((BOS, *translation), (*translation, EOS), strict=True):
        logits, _, state = model.decode(torch.tensor([[before]]), state)
        total = total + logits[0, 0].log_softmax(dim=0)[token]
    return total


def plain(model: Seq2Seq, batch: Batch) -> torch.Tensor:
    """The sum over sentences, one by one."""
    total = torch.zeros(())
    for row, found in enumerate(FOUND):
        log_p = torch.stack([log_prob(model, batch, row, u) for u in found])
        reference = [t for t in batch.target_output[row].tolist() if t != PAD]
        costs = torch.tensor(length_cost(found, [reference[:-1]] * len(found)))
        total = total + len(reference) * (torch.softmax(SHARPNESS * log_p, dim=0) * costs).sum()
    return total


def test_value_and_gradient_are_those_of_the_equations() -> None:
    model, batch = small_model(**NO_DROPOUT), small_batch(rows=3)
    expected = plain(model, batch)
    expected.backward()  # type: ignore[no-untyped-call]
    gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    risk = expected_cost(model, batch, FOUND, length_cost)
    risk.backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(risk.detach(), expected.detach(), rtol=1e-4, atol=1e-5)
    actual = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    assert actual.keys() == gradients.keys() and len(gradients) > 10
    torch.testing.assert_close(actual, gradients, rtol=1e-3, atol=1e-5)


def test_the_same_translation_is_as_probable_wherever_it_stands() -> None:
    """Dropout would draw another mask for each row, and part what is equal."""
    model, batch = small_model(dropout=0.5).train(), small_batch(rows=3)
    same = [[(4, 5)] * 3 for _ in range(3)]
    risk = expected_cost(model, batch, same, lambda u, y: [0.0, 0.0, 3.0] * 3)
    assert float(risk.detach()) == pytest.approx(batch.target_tokens, rel=1e-5)
    assert all(module.training for module in model.modules())


def test_parts_of_a_batch_add_up() -> None:
    model, batch = small_model(**NO_DROPOUT), small_batch(rows=3)
    whole = expected_cost(model, batch, FOUND, length_cost)
    first = expected_cost(model, batch.rows(slice(0, 1)), FOUND[:1], length_cost)
    second = expected_cost(model, batch.rows(slice(1, 3)), FOUND[1:], length_cost)
    torch.testing.assert_close(whole, first + second, rtol=1e-4, atol=1e-5)


def test_equal_costs_are_the_expected_cost_and_teach_nothing() -> None:
    model, batch = small_model(**NO_DROPOUT), small_batch(rows=3)
    risk = expected_cost(model, batch, FOUND, lambda u, y: [0.25] * len(u))
    assert float(risk.detach()) == pytest.approx(0.25 * batch.target_tokens)
    risk.backward()  # type: ignore[no-untyped-call]
    largest = max(float(p.grad.abs().max()) for p in model.parameters() if p.grad is not None)
    assert largest < 1e-5


@pytest.mark.parametrize("training", [True, False])
def test_candidates_are_different_bounded_and_found_without_dropout(training: bool) -> None:
    model, batch = small_model(dropout=0.5).train(training), small_batch()
    found = find_candidates(model, batch)
    assert model.training == model.decoder.training == training  # type: ignore[attr-defined]
    assert found == find_candidates(model, batch)
    for row, translations in enumerate(found):
        assert 1 <= len(translations) <= CANDIDATES
        assert len(set(translations)) == len(translations)
        longest = LONGEST * (int(batch.source_lengths[row]) - 1) + LENGTH_MARGIN
        assert max(map(len, translations)) <= longest
        assert not {PAD, BOS, EOS} & {token for u in translations for token in u}


def test_a_model_that_is_broken_still_has_a_candidate() -> None:
    model = small_model()
    with torch.no_grad():
        model.output.bias.fill_(float("nan"))
    assert find_candidates(model, collate([[5]], [[6]])) == [[()]]
