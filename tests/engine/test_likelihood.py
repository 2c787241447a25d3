"""The likelihood of a given translation is what search would have reported for it."""

import math
from collections.abc import Callable

import pytest
import torch

from nmt.engine import likelihood as module
from nmt.engine.decoding import decode
from nmt.engine.likelihood import Likelihood, likelihood
from nmt.engine.scorer import ModelScorer
from nmt.model.seq2seq import Seq2Seq
from nmt.search.beam import SearchOptions
from nmt.text.tokenizers import Tokenizers
from nmt.text.vocabulary import BOS, EOS


@pytest.fixture
def sources(tokenizers: Tokenizers, sentences: list[list[int]]) -> list[str]:
    return tokenizers.source.decode(sentences)


@pytest.fixture
def targets(sources: list[str]) -> list[str]:
    """Some translations, of other lengths than their sources; one is empty."""
    return sources[::-1]


def test_it_is_the_sum_of_the_steps(
    model: Seq2Seq, tokenizers: Tokenizers, sources: list[str], targets: list[str]
) -> None:
    result = likelihood(model, tokenizers, sources, targets)
    scorer, tokens, correct = ModelScorer(model), 0, 0
    for number, (source, target) in enumerate(zip(sources, targets, strict=True)):
        state, last, total = scorer.start(tokenizers.source.encode([source])), BOS, 0.0
        for token in [*tokenizers.target.encode([target])[0], EOS]:
            log_probs, state = scorer.step(torch.tensor([last]), state)
            total += float(log_probs[0, token])
            tokens, correct, last = tokens + 1, correct + int(log_probs.argmax() == token), token
        assert result.log_probs[number] == pytest.approx(total, abs=1e-4)
    assert (result.tokens, result.correct) == (tokens, correct)


@pytest.mark.parametrize("beam_size", [1, 4])
def test_it_is_what_search_reports(
    model: Seq2Seq,
    tokenizers: Tokenizers,
    sentences: list[list[int]],
    sources: list[str],
    beam_size: int,
) -> None:
    options = SearchOptions(beam_size=beam_size)
    batch = [(ids,) for ids in sentences]
    found = decode([model], batch, options, max_length_ratio=1.0, batch_size=4)
    best = [hypotheses[0] for hypotheses in found]
    targets = tokenizers.target.decode([hypothesis.tokens for hypothesis in best])
    assert tokenizers.target.encode(targets) == [list(hypothesis.tokens) for hypothesis in best]
    expected = pytest.approx([hypothesis.log_prob for hypothesis in best], abs=1e-4)
    assert list(likelihood(model, tokenizers, sources, targets).log_probs) == expected


def test_it_does_not_depend_on_batch_mates(
    monkeypatch: pytest.MonkeyPatch,
    model: Seq2Seq,
    tokenizers: Tokenizers,
    sources: list[str],
    targets: list[str],
) -> None:
    together = likelihood(model, tokenizers, sources, targets)
    for size in (1, 4):
        monkeypatch.setattr(module, "BATCH_SENTENCES", size)
        smaller = likelihood(model, tokenizers, sources, targets)
        assert smaller.log_probs == pytest.approx(together.log_probs, abs=1e-4)
        assert (smaller.tokens, smaller.correct) == (together.tokens, together.correct)
    backwards = likelihood(model, tokenizers, sources[::-1], targets[::-1])
    assert backwards.log_probs[::-1] == pytest.approx(together.log_probs, abs=1e-4)


def test_it_is_a_probability(
    model: Seq2Seq, tokenizers: Tokenizers, sources: list[str], targets: list[str]
) -> None:
    result = likelihood(model, tokenizers, sources, targets)
    assert all(value < 0 for value in result.log_probs)
    assert result.tokens == sum(len(ids) + 1 for ids in tokenizers.target.encode(targets))
    assert 0 <= result.accuracy <= 1 <= result.perplexity


def test_perplexity_is_that_of_the_mean_token() -> None:
    coin = Likelihood(log_probs=(3 * math.log(0.5), math.log(0.5)), tokens=4, correct=1)
    assert coin.perplexity == pytest.approx(2)
    assert coin.accuracy == 0.25


def test_nothing_to_score_is_no_error(model: Seq2Seq, tokenizers: Tokenizers) -> None:
    assert likelihood(model, tokenizers, [], []).log_probs == ()


def test_another_model_has_another_opinion(
    make_model: Callable[[int], Seq2Seq],
    tokenizers: Tokenizers,
    sources: list[str],
    targets: list[str],
) -> None:
    one, other = (likelihood(make_model(s), tokenizers, sources, targets) for s in (1, 2))
    assert one.log_probs != pytest.approx(other.log_probs, abs=0.1)


@pytest.mark.parametrize("sentences_at_once", [1, 2])
def test_the_logits_of_a_batch_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
    model: Seq2Seq,
    tokenizers: Tokenizers,
    sources: list[str],
    sentences_at_once: int,
) -> None:
    sizes: list[int] = []
    forward, vocabulary = model.forward, model.output.out_features

    def watch(source: torch.Tensor, lengths: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        sizes.append(target.numel() * vocabulary)
        return forward(source, lengths, target)

    expected = likelihood(model, tokenizers, sources, sources)
    monkeypatch.setattr(model, "forward", watch)
    longest = max(len(ids) for ids in tokenizers.target.encode(sources)) + 2
    bound = sentences_at_once * longest * vocabulary
    monkeypatch.setattr(module, "BATCH_ELEMENTS", bound)
    result = likelihood(model, tokenizers, sources, sources)
    assert result.log_probs == pytest.approx(expected.log_probs, abs=1e-4)
    assert len(sizes) > 1 and max(sizes) <= bound


def test_a_batch_halved_for_want_of_memory_is_reported(
    monkeypatch: pytest.MonkeyPatch, model: Seq2Seq, tokenizers: Tokenizers, sources: list[str]
) -> None:
    forward = model.forward

    def cramped(source: torch.Tensor, lengths: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if len(source) > 1:
            raise torch.OutOfMemoryError("no memory")
        return forward(source, lengths, target)

    expected = likelihood(model, tokenizers, sources, sources)
    monkeypatch.setattr(model, "forward", cramped)
    messages: list[str] = []
    result = likelihood(model, tokenizers, sources, sources, notify=messages.append)
    assert result.log_probs == pytest.approx(expected.log_probs, abs=1e-4)
    assert messages and all("halves" in message for message in messages)
