"""An ensemble is a scorer like any other, over a tuple of states."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from nmt.search.beam import SearchOptions, beam_search
from nmt.search.scorer import EnsembleScorer
from nmt.text.vocabulary import BOS

MakeScorer = Callable[..., Any]
SENTENCES = [0, 1, 2]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_step_is_the_mean_of_the_probabilities(make_scorer: MakeScorer, count: int) -> None:
    scorers = [make_scorer(seed) for seed in range(count)]
    states = tuple(scorer.start(SENTENCES) for scorer in scorers)
    log_probs, _ = EnsembleScorer(scorers).step(torch.full((3,), BOS), states)
    for row, sentence in enumerate(SENTENCES):
        mean = sum(scorer.log_probs((sentence, BOS)).exp() for scorer in scorers) / count
        torch.testing.assert_close(log_probs[row].exp(), mean)
    torch.testing.assert_close(log_probs.exp().sum(dim=1), torch.ones(3))


def test_every_scorer_keeps_its_own_state(make_scorer: MakeScorer) -> None:
    scorers = [make_scorer(seed) for seed in range(2)]
    states = (scorers[0].start([0, 1, 2]), scorers[1].start([7, 8, 9]))
    ensemble = EnsembleScorer(scorers)
    _, states = ensemble.step(torch.tensor([4, 5, 6]), states)
    assert ensemble.reorder(states, torch.tensor([2, 0, 2])) == (
        ((2, 6), (0, 4), (2, 6)),
        ((9, 6), (7, 4), (9, 6)),
    )


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("seed", range(4))
def test_an_ensemble_of_a_model_with_itself_is_the_model(
    make_scorer: MakeScorer, seed: int, count: int
) -> None:
    scorer, limits = make_scorer(seed), [4, 6, 5]
    options = SearchOptions(beam_size=3, n_best=3)
    alone = beam_search(scorer, scorer.start(SENTENCES), limits, options)
    states = (scorer.start(SENTENCES),) * count
    found = beam_search(EnsembleScorer([scorer] * count), states, limits, options)
    assert [[h.tokens for h in n_best] for n_best in found] == [
        [h.tokens for h in n_best] for n_best in alone
    ]
    for n_best, expected in zip(found, alone, strict=True):
        assert [h.score for h in n_best] == pytest.approx([h.score for h in expected], abs=1e-5)


def test_a_certain_scorer_cannot_veto() -> None:
    """The mean of the probabilities, not of their logarithms: what one excludes may still come."""

    class Fixed:
        def __init__(self, probabilities: list[float]) -> None:
            self.log_probs = torch.tensor([probabilities]).log()

        def step(self, tokens: torch.Tensor, state: int) -> tuple[torch.Tensor, int]:
            return self.log_probs, state + len(tokens)

        def reorder(self, state: int, index: torch.Tensor) -> int:
            return state

    ensemble = EnsembleScorer([Fixed([1.0, 0.0]), Fixed([0.2, 0.8])])
    log_probs, states = ensemble.step(torch.tensor([BOS]), (0, 5))
    torch.testing.assert_close(log_probs.exp(), torch.tensor([[0.6, 0.4]]))
    assert states == (1, 6)
