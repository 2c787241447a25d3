"""From settings to a model: the only reader of `ModelSettings`."""

from torch import nn

from nmt.config import ModelSettings
from nmt.errors import ConfigError
from nmt.layers.attention import ATTENTIONS, MultiHeadAttention
from nmt.layers.embedding import Embedding, EmbeddingDropout
from nmt.layers.recurrence import CELLS, LSTM, BidirectionalLayer
from nmt.model.decoder import Bridge, Decoder
from nmt.model.encoder import Encoder
from nmt.model.seq2seq import Seq2Seq


def build(
    settings: ModelSettings, *, source_vocabulary: int, target_vocabulary: int, joint: bool
) -> Seq2Seq:
    """A model with fresh weights.

    Args:
        source_vocabulary, target_vocabulary: numbers of tokens.
        joint: whether both are one vocabulary, whose embeddings then are shared.

    Raises:
        ConfigError: two settings do not go together.
    """
    if settings.attention == "multihead" and settings.hidden_size % settings.attention_heads:
        raise ConfigError(
            f"model.attention_heads = {settings.attention_heads}: has to divide "
            f"model.hidden_size = {settings.hidden_size}"
        )
    target_embedding = Embedding(target_vocabulary, settings.embedding_size)
    share = joint and settings.tie_embeddings
    source_embedding = (
        target_embedding if share else Embedding(source_vocabulary, settings.embedding_size)
    )
    output = nn.Linear(settings.embedding_size, target_vocabulary)
    nn.init.zeros_(output.bias)
    if settings.tie_embeddings:  # Press & Wolf 2017
        output.weight = target_embedding.table.weight
    else:
        nn.init.normal_(output.weight, std=settings.embedding_size**-0.5)
    encoder = _build_encoder(settings, source_embedding)
    return Seq2Seq(encoder, _build_decoder(settings, target_embedding), output)


def _embedding_dropout(settings: ModelSettings) -> EmbeddingDropout:
    return EmbeddingDropout(words=settings.word_dropout, features=settings.embedding_dropout)


def _build_encoder(settings: ModelSettings, embedding: Embedding) -> Encoder:
    cell, half = CELLS[settings.cell], settings.hidden_size // 2
    sizes = [settings.embedding_size] + [settings.hidden_size] * (settings.encoder_layers - 1)
    layers = [BidirectionalLayer(cell(size, half), cell(size, half)) for size in sizes]
    return Encoder(embedding, _embedding_dropout(settings), layers, settings.dropout)


def _build_decoder(settings: ModelSettings, embedding: Embedding) -> Decoder:
    cell, size = CELLS[settings.cell], settings.hidden_size
    cells: list[nn.Module] = [cell(settings.embedding_size, size)]
    cells += [cell(2 * size, size) for _ in range(settings.decoder_layers - 1)]
    kind = ATTENTIONS[settings.attention]
    attention = (
        MultiHeadAttention(size, settings.attention_dropout, settings.attention_heads)
        if kind is MultiHeadAttention
        else kind(size, settings.attention_dropout)  # type: ignore[call-arg]
    )
    bridge = Bridge(size, settings.decoder_layers, parts=2 if cell is LSTM else 1)
    return Decoder(
        embedding,
        _embedding_dropout(settings),
        cells,
        attention,
        bridge=bridge,
        dropout=settings.dropout,
    )
