"""Self-attention and positions, for the Transformer (Vaswani et al. 2017).

B sentences, T time steps, P steps before them, N heads of size d = H / N, H hidden size.
"""

import torch
from torch import Tensor, nn

from nmt.layers.attention import masked_softmax
from nmt.layers.cell import State
from nmt.layers.direction import Padding, last_output
from nmt.layers.multihead_attention import split_heads
from nmt.layers.precision import wide_dtype


def sinusoids(first: int, steps: int, like: Tensor) -> Tensor:
    """Positions `first` to `first + steps - 1` as (1, steps, H) vectors (section 3.5).

    vector[2 i] = sin(position / 10000^(2 i / H))        vector[2 i + 1] = cos of the same
    """
    size = like.shape[-1]
    position = torch.arange(first, first + steps, device=like.device, dtype=wide_dtype(like))
    even = torch.arange(0, size, 2, device=like.device, dtype=wide_dtype(like))
    angle = position[:, None] / 10_000 ** (even / size)  # (steps, H / 2)
    waves = torch.stack((angle.sin(), angle.cos()), dim=2).flatten(1)
    return waves[None, :, :size].to(like.dtype)  # an odd H has no last cosine


class _Heads(nn.Module):
    """The projections that self-attention begins and ends with.

    Plain products: on sentences they are faster than torch's fused attention on a CPU.
    """

    def __init__(self, size: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.project = nn.Linear(size, 3 * size)  # of queries, keys and values
        self.mix = nn.Linear(size, size)
        self.dropout = nn.Dropout(dropout)
        for layer in (self.project, self.mix):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        """Queries (B, T, H), keys and values (B, P + T, H), mask to (B, N, T, P + T)."""
        q, k, v = (split_heads(x, self.heads) for x in (q, k, v))
        scores = (q * q.shape[3] ** -0.5) @ k.transpose(2, 3)  # (B, N, T, P + T)
        weights = self.dropout(masked_softmax(scores, mask).to(v.dtype))
        mixed: Tensor = self.mix((weights @ v).transpose(1, 2).flatten(2))
        return mixed


class SelfAttentionLayer(nn.Module):
    """Every position reads all positions of its sentence: a layer of an encoder."""

    def __init__(self, size: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = _Heads(size, heads, dropout)

    def forward(self, x: Tensor, padding: Padding) -> Tensor:
        """(B, T, H) -> (B, T, H)."""
        q, k, v = self.heads.project(x).chunk(3, dim=2)
        return self.heads.attend(q, k, v, padding.mask[:, None, None])

    def summary(self, y: Tensor, lengths: Tensor) -> Tensor:
        """The output at the last token: (B, T, H), (B,) -> (B, H)."""
        return last_output(y, lengths)


class SelfAttentionCell(nn.Module):
    """Every step reads the steps before it and itself: a `Cell` whose state grows.

    Its state is the keys and values of the past, two tensors (B, P, H).
    """

    def __init__(self, size: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.hidden_size = size
        self.heads = _Heads(size, heads, dropout)

    def start(self, like: Tensor) -> State:
        """An empty past: P = 0."""
        empty = like.new_zeros(len(like), 0, self.hidden_size)
        return empty, empty

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, H), keys and values (B, P, H) -> (B, T, H), those of P + T steps."""
        q, k, v = self.heads.project(x).chunk(3, dim=2)
        past, steps = state[0].shape[1], x.shape[1]
        if past:
            k, v = torch.cat((state[0], k), dim=1), torch.cat((state[1], v), dim=1)
        mask = torch.ones(steps, past + steps, dtype=torch.bool, device=x.device).tril(past)
        return self.heads.attend(q, k, v, mask), (k, v)
