"""From settings to a model; with its two neighbours, the only reader of `ModelSettings`."""

from torch import nn

from nmt.errors import ConfigError
from nmt.layers.attended import MULTIHEAD_ATTENTIONS
from nmt.layers.embedding import Embedding
from nmt.layers.lexical import LexicalReadout
from nmt.model.build_decoder import build_decoder
from nmt.model.build_encoder import BLOCKS, build_encoder
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import ModelSettings


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
    check_settings(settings)
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
    encoder = build_encoder(settings, source_embedding)
    decoder = build_decoder(settings, target_embedding)
    lexical = LexicalReadout(settings.embedding_size) if settings.lexical else None
    return Seq2Seq(encoder, decoder, output, lexical)


def check_settings(settings: ModelSettings) -> None:
    """Refuse settings that do not go together.

    Raises:
        ConfigError: it names both settings.
    """
    transformer = "transformer" in (settings.encoder, settings.decoder)
    heads = settings.attention in MULTIHEAD_ATTENTIONS or transformer
    if heads and settings.hidden_size % settings.attention_heads:
        raise ConfigError(
            f"model.attention_heads = {settings.attention_heads}: has to divide "
            f"model.hidden_size = {settings.hidden_size}"
        )
    if settings.input_feeding and settings.decoder not in ("luong", "gnmt", "rnmtplus"):
        raise ConfigError(
            f"model.input_feeding: the decoder {settings.decoder} feeds on no output; choose "
            "model.decoder = luong, gnmt or rnmtplus, or leave it out"
        )
    for side, kind in (("encoder", settings.encoder), ("decoder", settings.decoder)):
        if kind in BLOCKS and not settings.residual:
            raise ConfigError(
                f"model.residual = false: model.{side} = {kind} is made of residual blocks; "
                "choose another or leave it out"
            )
