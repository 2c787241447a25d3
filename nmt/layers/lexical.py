"""Translating the attended words themselves. B rows, T target steps, S source positions, E size."""

import torch
from torch import Tensor, nn


class LexicalReadout(nn.Module):
    """What the attended source words say of the next token, beside their context.

    f_t = tanh(sum_s a_ts e_s)                    e_s: the embedding of the source token s
    l_t = tanh(W f_t + b)                         is added to the readout of the decoder

    This way from source word to target word, past all recurrence, learns a dictionary fast and
    helps with rare words (Nguyen & Chiang 2018, section 4). There l_t = tanh(W f_t) + f_t, and has
    an output matrix of its own; here it shares the one of the readout.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.project = nn.Linear(size, size)
        nn.init.xavier_uniform_(self.project.weight)
        nn.init.zeros_(self.project.bias)

    def forward(self, weights: Tensor, words: Tensor) -> Tensor:
        """Attention weights (B, T, S), source embeddings (B, S, E) -> (B, T, E)."""
        attended = torch.bmm(weights.to(words.dtype), words)
        readout: Tensor = torch.tanh(self.project(torch.tanh(attended)))
        return readout
