"""From settings to an encoder, and the parts that decoders are built of too."""

from torch import nn

from nmt.layers.direction import AheadLayer, BackLayer, BidirectionalLayer
from nmt.layers.dropout import ElementDropout, SequenceDropout
from nmt.layers.embedding import Embedding, EmbeddingDropout
from nmt.layers.recurrence import CELLS
from nmt.layers.self_attention import SelfAttentionLayer
from nmt.layers.sublayer import FeedForward, Sublayer
from nmt.model.encoder import Encoder, EncoderParts
from nmt.settings import ModelSettings

BLOCKS = ("transformer", "hybrid")  # encoders and decoders made of blocks
FEED_FORWARD = 4  # times the hidden size, as in Vaswani et al. 2017


def build_encoder(settings: ModelSettings, embedding: Embedding) -> Encoder:
    """The encoder that the settings describe."""
    size, count = settings.hidden_size, settings.encoder_layers
    transformer = settings.encoder == "transformer"
    norm = norm_of(settings, settings.encoder)
    width = embedding.table.embedding_dim
    project = nn.Linear(width, size) if transformer and width != size else None
    sizes = [size if transformer else width] + [size] * (count - 1)
    inner = feed_forward_size(settings, settings.encoder)
    dropout = make_dropout(settings, settings.dropout)
    parts = EncoderParts(
        project=project,
        layers=[_make_layer(settings, number, width) for number, width in enumerate(sizes)],
        around=[
            Sublayer(width, norm, residual=transformer or (number > 0 and settings.residual))
            for number, width in enumerate(sizes)
        ],
        feed_forwards=[FeedForward(size, inner, dropout) for _ in sizes if inner],
        around_feed_forwards=[Sublayer(size, norm) for _ in sizes if inner],
        norm=nn.LayerNorm(size) if norm == "pre" else None,
        dropout=dropout,
    )
    return Encoder(
        embedding,
        make_embedding_dropout(settings),
        parts,
        positions=transformer,
    )


def _make_layer(settings: ModelSettings, number: int, width: int) -> nn.Module:
    """Layer `number` from the bottom, whose input has size `width`."""
    size, cell = settings.hidden_size, CELLS[settings.encoder_cell or settings.cell]
    if settings.encoder == "transformer":
        return SelfAttentionLayer(size, settings.attention_heads, settings.attention_dropout)
    if settings.encoder == "bidirectional" or (settings.encoder == "gnmt" and number == 0):
        return BidirectionalLayer(cell(width, size // 2), cell(width, size // 2))
    if settings.encoder == "alternating" and number % 2:  # Zhou et al. 2016
        return BackLayer(cell(width, size))
    return AheadLayer(cell(width, size))


def norm_of(settings: ModelSettings, kind: str) -> str:
    """Where the layers of an encoder or a decoder are normalized."""
    if settings.norm == "auto":
        return "pre" if kind in BLOCKS else "none"
    return settings.norm


def feed_forward_size(settings: ModelSettings, kind: str) -> int:
    """The inner size of the feed-forward sublayers of an encoder or a decoder; 0 if it has none."""
    if settings.feed_forward_size == "auto":
        return FEED_FORWARD * settings.hidden_size if kind in BLOCKS else 0
    return settings.feed_forward_size


def make_embedding_dropout(settings: ModelSettings) -> EmbeddingDropout:
    """The dropout on the embeddings of one side."""
    features = make_dropout(settings, settings.embedding_dropout)
    return EmbeddingDropout(words=settings.word_dropout, features=features)


def make_dropout(settings: ModelSettings, probability: float) -> SequenceDropout:
    """Dropout of features, with the masks that the settings want."""
    kind = ElementDropout if settings.dropout_mask == "element" else SequenceDropout
    return kind(probability)
