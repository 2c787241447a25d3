"""Attention of several heads, each with its own projections. N heads of size d = H / N.

The contexts of the heads stand side by side; the product that mixes them is left to the layers that
read the context, which begin with one. The weights returned are the mean of the heads.

B sentences, T queries (target steps), S source positions, H hidden size.
"""

import torch
from torch import Tensor, nn

from nmt.layers.attention import masked_softmax


class MultiHeadAttention(nn.Module):
    """score_n(q, k) = (W_n q) . (U_n k) / sqrt(d) for heads n of size d (Vaswani et al. 2017)."""

    def __init__(self, size: int, dropout: float, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project_query = nn.Linear(size, size, bias=False)
        self.project_key = nn.Linear(size, size, bias=False)
        self.project_value = nn.Linear(size, size, bias=False)
        self.dropout = nn.Dropout(dropout)
        for layer in (self.project_query, self.project_key, self.project_value):
            nn.init.xavier_uniform_(layer.weight)

    def keys(self, memory: Tensor) -> Tensor:
        """U k of all heads, scaled by 1 / sqrt(d)."""
        projected: Tensor = self.project_key(memory)
        scale: float = (self.heads / memory.shape[2]) ** 0.5
        return projected * scale

    def values(self, memory: Tensor) -> Tensor:
        """The values of all heads."""
        projected: Tensor = self.project_value(memory)
        return projected

    def forward(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, T, H), keys and values (B, S, H), mask (B, S) -> (B, T, H), (B, T, S)."""
        q, k, v = (split_heads(x, self.heads) for x in (self.project_query(query), keys, values))
        scores = q @ k.transpose(2, 3)  # (B, N, T, d) @ (B, N, d, S) -> (B, N, T, S)
        weights = masked_softmax(scores, mask[:, None, None]).to(v.dtype)
        context = self.dropout(weights) @ v  # (B, N, T, d)
        return context.transpose(1, 2).flatten(2), weights.mean(dim=1)


class MultiHeadAdditiveAttention(nn.Module):
    """score_n(q, k) = v_n . tanh(W_n q + U_n k + b_n) (RNMT+, Chen et al. 2018)."""

    def __init__(self, size: int, dropout: float, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project_query = nn.Linear(size, size)
        self.project_key = nn.Linear(size, size, bias=False)
        self.project_value = nn.Linear(size, size, bias=False)
        self.score = nn.Parameter(torch.empty(heads, size // heads))  # v_n
        self.dropout = nn.Dropout(dropout)
        for layer in (self.project_query, self.project_key, self.project_value):
            nn.init.xavier_uniform_(layer.weight)
        nn.init.xavier_uniform_(self.score)
        nn.init.zeros_(self.project_query.bias)

    def keys(self, memory: Tensor) -> Tensor:
        """U k of all heads."""
        projected: Tensor = self.project_key(memory)
        return projected

    def values(self, memory: Tensor) -> Tensor:
        """The values of all heads."""
        projected: Tensor = self.project_value(memory)
        return projected

    def forward(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, T, H), keys and values (B, S, H), mask (B, S) -> (B, T, H), (B, T, S)."""
        q, k, v = (split_heads(x, self.heads) for x in (self.project_query(query), keys, values))
        hidden = torch.tanh(q[:, :, :, None] + k[:, :, None])  # (B, N, T, S, d)
        scores = (hidden @ self.score[:, None, :, None].to(hidden.dtype))[..., 0]  # (B, N, T, S)
        weights = masked_softmax(scores, mask[:, None, None]).to(v.dtype)
        context = self.dropout(weights) @ v  # (B, N, T, d)
        return context.transpose(1, 2).flatten(2), weights.mean(dim=1)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """(B, T, H) -> (B, N, T, d)."""
    return x.view(*x.shape[:2], heads, -1).transpose(1, 2)
