"""Beam search over a fake model, against plain greedy and exhaustive search."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

from nmt.search.beam import Hypothesis, SearchOptions, beam_search
from nmt.text.vocabulary import BOS, EOS, PAD, UNK

MakeScorer = Callable[..., Any]
SEEDS = range(6)
LENGTHS = [5, 0, 7, 1, 3, 6]  # the limits of six sentences


def search(scorer: Any, limits: list[int], options: SearchOptions) -> list[list[Hypothesis]]:
    """The sentences 0, 1, ... with these limits."""
    return beam_search(scorer, scorer.start(list(range(len(limits)))), limits, options)


def log_prob(scorer: Any, sentence: int, tokens: tuple[int, ...]) -> float:
    """Of a whole translation, EOS included, token by token."""
    total, row = 0.0, (sentence, BOS)
    for token in (*tokens, EOS):
        total += float(scorer.log_probs(row)[token])
        row = (*row, token)
    return total


def greedy(scorer: Any, sentence: int, limit: int) -> tuple[int, ...]:
    """The likeliest token, again and again."""
    row = (sentence, BOS)
    while len(row) - 2 < limit:
        allowed = scorer.log_probs(row).clone()
        allowed[[PAD, BOS]] = float("-inf")
        token = int(allowed.argmax())
        if token == EOS:
            break
        row = (*row, token)
    return row[2:]


def exhaustive(scorer: Any, sentence: int, limit: int) -> list[tuple[float, tuple[int, ...]]]:
    """All translations up to a length, the likeliest first."""
    words = [token for token in range(scorer.vocabulary_size) if token not in (PAD, BOS, EOS)]
    every = [tokens for length in range(limit + 1) for tokens in product(words, repeat=length)]
    return sorted(((log_prob(scorer, sentence, tokens), tokens) for tokens in every), reverse=True)


def patient(scorer: Any, sentence: int, limit: int, beam_size: int) -> list[tuple[int, ...]]:
    """Beam search on lists that never stops early: the K likeliest that it meets."""
    active, finished = [(0.0, (sentence, BOS))], []
    for length in range(limit + 1):
        tokens = range(UNK, scorer.vocabulary_size) if length < limit else [EOS]
        extended = [
            (total + float(scorer.log_probs(row)[token]), (*row, token))
            for total, row in active
            for token in tokens
            if token != BOS
        ]
        extended.sort(reverse=True)
        finished += [pair for pair in extended[:beam_size] if pair[1][-1] == EOS]
        active = [pair for pair in extended if pair[1][-1] != EOS][:beam_size]
    return [row[2:-1] for _, row in sorted(finished, reverse=True)[:beam_size]]


@pytest.mark.parametrize("beam_size", [1, 2, 3, 6])
@pytest.mark.parametrize("seed", SEEDS)
def test_leaving_early_loses_nothing_without_length_penalty(
    make_scorer: MakeScorer, seed: int, beam_size: int
) -> None:
    scorer, limits = make_scorer(seed, vocabulary_size=6), [8] * 10
    options = SearchOptions(beam_size=beam_size, n_best=beam_size, length_penalty=0)
    found = search(scorer, limits, options)
    for number, hypotheses in enumerate(found):
        assert [h.tokens for h in hypotheses] == patient(scorer, number, 8, beam_size)


@pytest.mark.parametrize("penalty", [0.0, 1.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_beam_size_one_is_greedy_search(make_scorer: MakeScorer, seed: int, penalty: float) -> None:
    scorer = make_scorer(seed)
    found = search(scorer, LENGTHS, SearchOptions(beam_size=1, length_penalty=penalty))
    expected = [greedy(scorer, number, limit) for number, limit in enumerate(LENGTHS)]
    assert [hypotheses[0].tokens for hypotheses in found] == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wide_beam_without_length_penalty_is_exhaustive_search(
    make_scorer: MakeScorer, seed: int
) -> None:
    scorer = make_scorer(seed, vocabulary_size=6)  # 3 words: 121 translations of up to 4
    options = SearchOptions(beam_size=121, n_best=121, length_penalty=0)
    (found,) = search(scorer, [4], options)
    expected = exhaustive(scorer, 0, 4)
    assert [hypothesis.tokens for hypothesis in found] == [tokens for _, tokens in expected]
    assert [h.log_prob for h in found] == pytest.approx([total for total, _ in expected], abs=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wide_beam_with_length_penalty_finds_the_best_score(
    make_scorer: MakeScorer, seed: int
) -> None:
    scorer = make_scorer(seed, vocabulary_size=6)
    (found,) = search(scorer, [4], SearchOptions(beam_size=121, length_penalty=0.7))
    scores = [total / (len(ids) + 1) ** 0.7 for total, ids in exhaustive(scorer, 0, 4)]
    assert found[0].score == pytest.approx(max(scores), abs=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wider_beam_without_length_penalty_is_no_worse_in_the_mean(
    make_scorer: MakeScorer, seed: int
) -> None:
    scorer, means = make_scorer(seed), []
    for beam_size in (1, 4, 64):
        found = search(scorer, [4] * 30, SearchOptions(beam_size=beam_size, length_penalty=0))
        means.append(sum(hypotheses[0].log_prob for hypotheses in found) / 30)
    assert means == sorted(means)


@pytest.mark.parametrize("beam_size", [1, 2, 5])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_batch_is_its_sentences(make_scorer: MakeScorer, seed: int, beam_size: int) -> None:
    scorer, options = make_scorer(seed), SearchOptions(beam_size=beam_size, n_best=beam_size)
    together = search(scorer, LENGTHS, options)
    for number, limit in enumerate(LENGTHS):
        assert beam_search(scorer, scorer.start([number]), [limit], options) == [together[number]]
    order = [4, 1, 5, 0, 3, 2]
    shuffled = beam_search(scorer, scorer.start(order), [LENGTHS[n] for n in order], options)
    assert shuffled == [together[number] for number in order]


@pytest.mark.parametrize(("beam_size", "n_best"), [(1, 1), (3, 2), (5, 5), (40, 40)])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_n_best_are_sorted_distinct_and_no_more_than_asked(
    make_scorer: MakeScorer, seed: int, beam_size: int, n_best: int
) -> None:
    options = SearchOptions(beam_size=beam_size, n_best=n_best)
    for hypotheses, limit in zip(search(make_scorer(seed), LENGTHS, options), LENGTHS, strict=True):
        assert 1 <= len(hypotheses) <= n_best
        assert len(hypotheses) == n_best or limit < 2
        assert [h.score for h in hypotheses] == sorted((h.score for h in hypotheses), reverse=True)
        assert len({hypothesis.tokens for hypothesis in hypotheses}) == len(hypotheses)


@pytest.mark.parametrize("penalty", [0.0, 0.6, 1.0, 2.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_hypothesis_says_what_the_scorer_thinks_of_it(
    make_scorer: MakeScorer, seed: int, penalty: float
) -> None:
    scorer = make_scorer(seed)
    options = SearchOptions(beam_size=4, n_best=4, length_penalty=penalty)
    for number, hypotheses in enumerate(search(scorer, LENGTHS, options)):
        for h in hypotheses:
            assert h.log_prob == pytest.approx(log_prob(scorer, number, h.tokens), abs=1e-5)
            assert h.score == pytest.approx(h.log_prob / (len(h.tokens) + 1) ** penalty)


@pytest.mark.parametrize("beam_size", [1, 4])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_length_limit_is_kept_by_forcing_the_end(
    make_scorer: MakeScorer, seed: int, beam_size: int
) -> None:
    def late(prefixes: Tensor, log_probs: Tensor) -> Tensor:
        """Nobody wants to end."""
        log_probs[:, EOS] -= 100
        return log_probs

    scorer, options = make_scorer(seed), SearchOptions(beam_size=beam_size, length_penalty=0)
    found = beam_search(scorer, scorer.start(list(range(6))), LENGTHS, options, [late])
    assert [len(hypotheses[0].tokens) for hypotheses in found] == LENGTHS


@pytest.mark.parametrize("seed", SEEDS)
def test_padding_and_begin_are_never_produced(make_scorer: MakeScorer, seed: int) -> None:
    def tempt(prefixes: Tensor, log_probs: Tensor) -> Tensor:
        """Rules see that they are ruled out already."""
        assert (log_probs[:, [PAD, BOS]] == float("-inf")).all()
        return log_probs

    scorer = make_scorer(seed, vocabulary_size=5)  # UNK and one word, so that a beam runs short
    options = SearchOptions(beam_size=20, n_best=20)
    for hypotheses in beam_search(scorer, scorer.start([0, 1]), [3, 4], options, [tempt]):
        produced = {token for hypothesis in hypotheses for token in hypothesis.tokens}
        assert produced == {UNK, 4}


@pytest.mark.parametrize("beam_size", [1, 4])
def test_rules_change_what_is_found(make_scorer: MakeScorer, beam_size: int) -> None:
    def no_repetition(prefixes: Tensor, log_probs: Tensor) -> Tensor:
        log_probs = log_probs.clone()
        for row, prefix in enumerate(prefixes.tolist()):
            log_probs[row, [t for t in prefix if t != EOS]] = float("-inf")
        return log_probs

    def no_sixes(prefixes: Tensor, log_probs: Tensor) -> Tensor:
        return log_probs.index_fill(1, torch.tensor([6]), float("-inf"))

    def repeats_or_six(hypothesis: Hypothesis) -> bool:
        return len(set(hypothesis.tokens)) < len(hypothesis.tokens) or 6 in hypothesis.tokens

    scorer, limits = make_scorer(1), [6] * 20
    options = SearchOptions(beam_size=beam_size, n_best=beam_size)
    free = search(scorer, limits, options)
    assert any(repeats_or_six(h) for hypotheses in free for h in hypotheses)
    rules = [no_repetition, no_sixes]
    found = beam_search(scorer, scorer.start(list(range(20))), limits, options, rules)
    assert not any(repeats_or_six(h) for hypotheses in found for h in hypotheses)
    assert all(found)


def test_a_rule_sees_the_prefix_of_each_row(make_scorer: MakeScorer) -> None:
    scorer, seen = make_scorer(2), set()

    def watch(prefixes: Tensor, log_probs: Tensor) -> Tensor:
        for prefix, row in zip(prefixes.tolist(), log_probs, strict=True):
            if PAD not in prefix and BOS not in prefix and EOS not in prefix:
                expected = scorer.log_probs((0, BOS, *prefix))
                words = row.isfinite()
                assert torch.equal(row[words], expected[words])
                seen.add(tuple(prefix))
        return log_probs

    options = SearchOptions(beam_size=3, n_best=3)
    (found,) = beam_search(scorer, scorer.start([0]), [5], options, [watch])
    assert {hypothesis.tokens for hypothesis in found} <= seen


def test_finished_sentences_leave_the_batch(make_scorer: MakeScorer) -> None:
    scorer, limits, beam_size = make_scorer(3), [0, 2, 9, 0, 4], 3
    search(scorer, limits, SearchOptions(beam_size=beam_size))
    assert scorer.rows[0] == 5  # one row a sentence at first, then a beam for each still active
    assert all(rows % beam_size == 0 for rows in scorer.rows[1:])
    assert scorer.rows[1:] == sorted(scorer.rows[1:], reverse=True)
    for step, rows in enumerate(scorer.rows[1:], start=1):
        assert rows <= beam_size * sum(limit >= step for limit in limits)
    assert len(scorer.rows) <= max(limits) + 1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sentence_takes_no_more_steps_than_alone(make_scorer: MakeScorer, seed: int) -> None:
    options = SearchOptions(beam_size=3)
    together, alone = make_scorer(seed), [0] * 20
    search(together, LENGTHS, options)
    for number, limit in enumerate(LENGTHS):
        scorer = make_scorer(seed)
        beam_search(scorer, scorer.start([number]), [limit], options)
        for step, rows in enumerate(scorer.rows):
            alone[step] += rows
    assert together.rows == alone[: len(together.rows)]


def test_no_sentences_are_no_work(make_scorer: MakeScorer) -> None:
    scorer = make_scorer(1)
    assert beam_search(scorer, (), [], SearchOptions()) == []
    assert scorer.rows == []


@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_sentence_that_cannot_go_on_ends_alone(
    make_scorer: MakeScorer, seed: int, value: float
) -> None:
    def ruin(prefixes: Tensor, log_probs: Tensor) -> Tensor:
        if prefixes.shape[1] == 0:
            log_probs[0] = value
        return log_probs

    scorer, options = make_scorer(seed), SearchOptions(beam_size=2)
    ruined, sound = beam_search(scorer, scorer.start([0, 1]), [5, 5], options, [ruin])
    assert ruined == []
    assert [sound] == beam_search(scorer, scorer.start([1]), [5], options)
