"""Dropout with one mask a sequence (Gal & Ghahramani 2016), and of whole words.

A mask for each sequence instead of each element keeps a feature on or off over all time steps, and
costs a T-th of the random numbers, which on a CPU are a fifth of a training step.
"""

from torch import Tensor, nn
from torch.nn import functional as F


class SequenceDropout(nn.Module):
    """Drop features, the same ones at every time step of a sequence: (B, T, D) -> (B, T, D)."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        """x, or in training x times a mask (B, 1, D)."""
        if not self.training or self.probability == 0:
            return x
        return x * F.dropout(x.new_ones(x.shape[0], 1, x.shape[2]), self.probability)


class WordDropout(nn.Module):
    """Drop whole words, that is time steps: (B, T, D) -> (B, T, D)."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        """x, or in training x times a mask (B, T, 1)."""
        if not self.training or self.probability == 0:
            return x
        return x * F.dropout(x.new_ones(x.shape[0], x.shape[1], 1), self.probability)
