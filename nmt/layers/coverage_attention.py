"""Attention that knows what it has attended to (Tu et al. 2016; in the form of See et al. 2017).

    score(q_t, k_s) = v . tanh(W q_t + U k_s + w c_ts + b)        c_ts = sum_{t' < t} a_t's

So it goes step by step. B sentences, T queries, S source positions, H hidden size.
"""

import torch
from torch import Tensor, nn

from nmt.layers.attention import masked_softmax


class CoverageAttention(nn.Module):
    """Additive attention with coverage."""

    def __init__(self, size: int, dropout: float) -> None:
        super().__init__()
        self.project_query = nn.Linear(size, size)
        self.project_key = nn.Linear(size, size, bias=False)
        self.project_coverage = nn.Linear(1, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)
        self.dropout = nn.Dropout(dropout)
        for layer in (self.project_query, self.project_key, self.project_coverage, self.score):
            nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(self.project_query.bias)

    def keys(self, memory: Tensor) -> Tensor:
        """U k."""
        projected: Tensor = self.project_key(memory)
        return projected

    def values(self, memory: Tensor) -> Tensor:
        """The memory itself."""
        return memory

    def forward(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor, covered: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, T, H), keys, values (B, S, H), mask (B, S), covered (B, S) -> (B, T, H), (B, T, S).

        `covered` is the sum of the weights of all steps before the first query.
        """
        steps = []
        for q in self.project_query(query).unbind(dim=1):  # (B, H)
            coverage = self.project_coverage(covered[:, :, None].to(q.dtype))  # (B, S, H)
            hidden = torch.tanh(q[:, None] + keys + coverage)
            steps.append(masked_softmax(self.score(hidden)[..., 0], mask))  # (B, S)
            covered = covered + steps[-1]
        weights = torch.stack(steps, dim=1).to(values.dtype)
        return self.dropout(weights) @ values, weights
