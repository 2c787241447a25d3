"""Token embeddings."""

from torch import Tensor, nn

from nmt.layers.dropout import SequenceDropout, WordDropout
from nmt.text.vocabulary import PAD


class Embedding(nn.Module):
    """A vector for each token: (B, T) ids -> (B, T, E).

    The vectors are drawn with deviation 1 / sqrt(E), as an output layer tied to them needs, and
    enlarged by sqrt(E) on their way in (Vaswani et al. 2017, 3.4).
    """

    def __init__(self, vocabulary_size: int, size: int) -> None:
        super().__init__()
        self.scale = size**0.5
        self.table = nn.Embedding(vocabulary_size, size, padding_idx=PAD)
        nn.init.normal_(self.table.weight, std=size**-0.5)

    def forward(self, ids: Tensor) -> Tensor:
        """(B, T) -> (B, T, E)."""
        vectors: Tensor = self.table(ids)
        scaled: Tensor = vectors * self.scale
        return scaled


class EmbeddingDropout(nn.Module):
    """The dropout on embeddings: of words, then of features."""

    def __init__(self, *, words: float, features: SequenceDropout) -> None:
        super().__init__()
        self.words = WordDropout(words)
        self.features = features

    def forward(self, x: Tensor, ids: Tensor) -> Tensor:
        """(B, T, E), of token ids (B, T) -> (B, T, E)."""
        dropped: Tensor = self.features(self.words(x, ids))
        return dropped
