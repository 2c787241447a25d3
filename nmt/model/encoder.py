"""The encoder: source tokens to memory. B sentences, S source length, E embedding, H hidden size.

A stack of layers, each with a residual connection and perhaps a norm and a feed-forward sublayer:
recurrent ones that read ahead, back or both ways, or self-attention (the Transformer's encoder).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from nmt.layers.direction import EncoderLayer, make_padding
from nmt.layers.embedding import Embedding, EmbeddingDropout
from nmt.layers.self_attention import sinusoids
from nmt.layers.sublayer import FeedForward, Sublayer


@dataclass(frozen=True, slots=True)
class Memory:
    """What a decoder may know of the source."""

    vectors: Tensor  # (B, S, H), one for each source position
    mask: Tensor  # (B, S), True where there is a token
    summary: Tensor  # (B, H), the output of the top layer where all is read
    words: Tensor  # (B, S, E), the embeddings, which do not tell where a word stands


@dataclass(frozen=True, slots=True)
class EncoderParts:
    """What an encoder is made of, from bottom to top."""

    project: nn.Linear | None  # (E) to (H), where the first layer adds to its input
    layers: list[nn.Module]  # see `nmt.layers.direction` and `nmt.layers.self_attention`
    around: list[Sublayer]  # what stands around each layer
    feed_forwards: list[FeedForward]  # one above each layer, or none at all
    around_feed_forwards: list[Sublayer]
    norm: nn.LayerNorm | None  # above a stack whose norms stand before its layers
    dropout: nn.Module


class Encoder(nn.Module):
    """Embedding and a stack.

    Args:
        positions: whether sinusoids tell where a token stands; recurrent layers need none.
    """

    def __init__(
        self,
        embedding: Embedding,
        embedding_dropout: EmbeddingDropout,
        parts: EncoderParts,
        *,
        positions: bool = False,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.embedding_dropout = embedding_dropout
        self.project = parts.project
        self.layers = nn.ModuleList(parts.layers)
        self.around: Sequence[Sublayer] = nn.ModuleList(parts.around)  # type: ignore[assignment]
        self.feed_forwards = nn.ModuleList(parts.feed_forwards)
        self.around_feed_forwards: Sequence[Sublayer] = nn.ModuleList(parts.around_feed_forwards)  # type: ignore[assignment]
        self.norm = parts.norm
        self.dropout = parts.dropout
        self.positions = positions

    def forward(self, source: Tensor, lengths: Tensor) -> Memory:
        """Token ids (B, S) and their lengths (B,) -> Memory."""
        vectors = self.embedding_dropout.words(self.embedding(source), source)  # (B, S, E)
        words = x = self.embedding_dropout.features(vectors)
        if self.positions:
            x = self.embedding_dropout.features(vectors + sinusoids(0, x.shape[1], x))
        if self.project is not None:
            x = self.project(x)  # (B, S, H)
        padding = make_padding(lengths, source.shape[1])
        for number, (layer, around) in enumerate(zip(self.layers, self.around, strict=True)):
            x = around.after(x, self.dropout(layer(around.before(x), padding)))
            if len(self.feed_forwards):
                x = self._feed_forward(x, number)
        x = x if self.norm is None else self.norm(x)
        top: EncoderLayer = self.layers[-1]  # type: ignore[assignment]
        return Memory(x, padding.mask, top.summary(x, lengths), words)

    def _feed_forward(self, x: Tensor, number: int) -> Tensor:
        """The feed-forward sublayer of a layer: (B, S, H) -> (B, S, H)."""
        around = self.around_feed_forwards[number]
        return around.after(x, self.dropout(self.feed_forwards[number](around.before(x))))
