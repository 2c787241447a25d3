"""A fake model for search: random log-probabilities that depend on the whole prefix."""

import random
from collections.abc import Callable
from functools import cache

import pytest
import torch
from torch import Tensor

Row = tuple[int, ...]  # the sentence, then its tokens with BOS
MakeScorer = Callable[..., "FakeScorer"]


class FakeScorer:
    """A random table from prefixes to log-probabilities; its state is the prefixes themselves."""

    def __init__(self, seed: int, vocabulary_size: int) -> None:
        self.seed = seed
        self.vocabulary_size = vocabulary_size
        self.rows: list[int] = []  # how many each step was asked to score
        self.log_probs = cache(self._log_probs)

    def _log_probs(self, row: Row) -> Tensor:
        """(V,), those that follow a prefix."""
        chooser = random.Random(repr((self.seed, row)))
        logits = [chooser.gauss(0, 2) for _ in range(self.vocabulary_size)]
        return torch.tensor(logits).log_softmax(dim=0)

    def start(self, sentences: list[int]) -> tuple[Row, ...]:
        """The state before the first token."""
        return tuple((sentence,) for sentence in sentences)

    def step(self, tokens: Tensor, state: tuple[Row, ...]) -> tuple[Tensor, tuple[Row, ...]]:
        self.rows.append(len(tokens))
        pairs = zip(state, tokens.tolist(), strict=True)
        state = tuple((*row, token) for row, token in pairs)
        return torch.stack([self.log_probs(row) for row in state]), state

    def reorder(self, state: tuple[Row, ...], index: Tensor) -> tuple[Row, ...]:
        return tuple(state[row] for row in index.tolist())


@pytest.fixture
def make_scorer() -> MakeScorer:
    """`make_scorer(seed, vocabulary_size=8)`."""

    def make(seed: int, vocabulary_size: int = 8) -> FakeScorer:
        return FakeScorer(seed, vocabulary_size)

    return make
