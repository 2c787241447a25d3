"""The encoder: source tokens to memory. B sentences, S source length, H hidden size."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nmt.layers.dropout import SequenceDropout
from nmt.layers.embedding import Embedding, EmbeddingDropout
from nmt.layers.recurrence import BidirectionalLayer, reversal_index


@dataclass(frozen=True, slots=True)
class Memory:
    """What a decoder may know of the source."""

    vectors: Tensor  # (B, S, H), one for each source position
    mask: Tensor  # (B, S), True where there is a token
    summary: Tensor  # (B, H), the last state of each direction


class Encoder(nn.Module):
    """A stack of bidirectional layers; from the second on, each adds to its input (residual)."""

    def __init__(
        self,
        embedding: Embedding,
        embedding_dropout: EmbeddingDropout,
        layers: list[BidirectionalLayer],
        dropout: float,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.embedding_dropout = embedding_dropout
        self.layers = nn.ModuleList(layers)
        self.dropout = SequenceDropout(dropout)

    def forward(self, source: Tensor, lengths: Tensor) -> Memory:
        """Token ids (B, S) and their lengths (B,) -> Memory."""
        size = source.shape[1]
        reversal = reversal_index(lengths, size)
        x = self.embedding_dropout(self.embedding(source))  # (B, S, E)
        for number, layer in enumerate(self.layers):
            y = self.dropout(layer(x, reversal))  # (B, S, H)
            x = x + y if number else y
        mask = torch.arange(size, device=source.device)[None] < lengths[:, None]
        return Memory(x, mask, self._summary(x, lengths))

    def _summary(self, x: Tensor, lengths: Tensor) -> Tensor:
        """The forward half at the last token beside the backward half at the first: (B, H)."""
        half = x.shape[2] // 2
        last = x[torch.arange(len(x), device=x.device), lengths - 1]  # (B, H)
        return torch.cat((last[:, :half], x[:, 0, half:]), dim=1)
