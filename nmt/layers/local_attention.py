"""Attention to a window of the source whose middle is predicted (Luong et al. 2015, "local-p").

    p_t = (S - 1) * sigmoid(v . tanh(W q_t))                    (their equation 9, from zero on)
    a_ts = softmax_s(q_t . U k_s - (s - p_t)^2 / (2 sigma^2))   over |s - p_t| <= D, sigma = D / 2

The paper multiplies the softmax by a Gaussian (equation 10); here the Gaussian is inside it, so
that the weights still sum to one. B sentences, T queries, S source positions, H hidden size.
"""

import torch
from torch import Tensor, nn

from nmt.layers.attention import masked_softmax
from nmt.layers.precision import widen

WINDOW = 10  # D, as in the paper


class LocalAttention(nn.Module):
    """The general score within a predicted window."""

    def __init__(self, size: int, dropout: float) -> None:
        super().__init__()
        self.project = nn.Linear(size, size, bias=False)  # U
        self.look = nn.Linear(size, size, bias=False)  # W
        self.place = nn.Linear(size, 1, bias=False)  # v
        self.dropout = nn.Dropout(dropout)
        for layer in (self.project, self.look, self.place):
            nn.init.xavier_uniform_(layer.weight)

    def keys(self, memory: Tensor) -> Tensor:
        """U k."""
        projected: Tensor = self.project(memory)
        return projected

    def values(self, memory: Tensor) -> Tensor:
        """The memory itself."""
        return memory

    def forward(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, T, H), keys and values (B, S, H), mask (B, S) -> (B, T, H), (B, T, S)."""
        last = mask.sum(dim=1)[:, None, None] - 1  # (B, 1, 1) the last position of each source
        place = self.place(torch.tanh(self.look(query)))  # (B, T, 1)
        middle = last * torch.sigmoid(widen(place))  # in bfloat16 it would jump far down a source
        distance = torch.arange(mask.shape[1], device=mask.device) - middle  # (B, T, S)
        scores = query @ keys.transpose(1, 2) - distance**2 / (2 * (WINDOW / 2) ** 2)
        near = mask[:, None] & (distance.abs() <= WINDOW)
        weights = masked_softmax(scores, near).to(values.dtype)
        return self.dropout(weights) @ values, weights
