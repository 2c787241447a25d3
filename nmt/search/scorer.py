"""All that search knows of a model. N rows (hypotheses), V vocabulary."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

StateT = TypeVar("StateT")


class Scorer(Protocol[StateT]):
    """Scores the next token of each row; a state is a value that holds all rows."""

    def step(self, tokens: Tensor, state: StateT) -> tuple[Tensor, StateT]:
        """The tokens last chosen (N,), the state -> log-probabilities (N, V), the next state."""
        ...

    def reorder(self, state: StateT, index: Tensor) -> StateT:
        """The rows that `index` names, in its order: repeated, selected or left out."""
        ...


class EnsembleScorer:
    """Several scorers as one: the mean of their probabilities (a linear ensemble)."""

    def __init__(self, scorers: Sequence[Scorer[Any]]) -> None:
        self.scorers = scorers

    def step(self, tokens: Tensor, state: tuple[Any, ...]) -> tuple[Tensor, tuple[Any, ...]]:
        """(N,), a state of each scorer -> log of the mean probability (N, V), the next states."""
        steps = [s.step(tokens, part) for s, part in zip(self.scorers, state, strict=True)]
        log_probs = torch.stack([log_probs for log_probs, _ in steps])  # (models, N, V)
        mean = log_probs.logsumexp(dim=0) - torch.tensor(float(len(steps))).log()
        return mean, tuple(next_state for _, next_state in steps)

    def reorder(self, state: tuple[Any, ...], index: Tensor) -> tuple[Any, ...]:
        """Every scorer's state, reordered."""
        return tuple(s.reorder(part, index) for s, part in zip(self.scorers, state, strict=True))
