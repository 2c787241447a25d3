"""From settings to a decoder."""

import torch
from torch import Tensor, nn

from nmt.layers.attended import ATTENTIONS, MULTIHEAD_ATTENTIONS
from nmt.layers.cell import Cell
from nmt.layers.embedding import Embedding
from nmt.layers.recurrence import CELLS
from nmt.layers.self_attention import SelfAttentionCell
from nmt.layers.sublayer import FeedForward, Sublayer
from nmt.model.bahdanau_decoder import BahdanauDecoder
from nmt.model.block_decoder import BlockDecoder, BlockParts
from nmt.model.build_encoder import (
    BLOCKS,
    feed_forward_size,
    make_dropout,
    make_embedding_dropout,
    norm_of,
)
from nmt.model.decoder import Bridge, Decoder, DecoderParts, LastStart, ZeroStart
from nmt.model.gnmt_decoder import GNMTDecoder
from nmt.model.luong_decoder import LuongDecoder
from nmt.settings import ModelSettings

RNMTPLUS_RESIDUAL = 2  # RNMT+ has residual connections from its third layer on


def build_decoder(settings: ModelSettings, embedding: Embedding) -> Decoder:
    """The decoder that the settings describe."""
    if settings.decoder in BLOCKS:
        return _build_blocks(settings, embedding)
    size, feeding = settings.hidden_size, settings.input_feeding
    if settings.decoder == "luong":
        width = settings.embedding_size * (2 if feeding else 1)
        parts = _make_parts(settings, embedding, [width] + [size] * (settings.decoder_layers - 1))
        return LuongDecoder(parts, size, input_feeding=feeding)
    width = settings.embedding_size + (size if feeding else 0)
    parts = _make_parts(settings, embedding, [width] + [2 * size] * (settings.decoder_layers - 1))
    if settings.decoder == "bahdanau":
        return BahdanauDecoder(parts, size, conditional=CELLS[settings.cell](size, size))
    activation = _keep if settings.decoder == "rnmtplus" else torch.tanh
    return GNMTDecoder(parts, size, input_feeding=feeding, activation=activation)


def _keep(x: Tensor) -> Tensor:
    return x


def _make_parts(settings: ModelSettings, embedding: Embedding, sizes: list[int]) -> DecoderParts:
    """The parts of a decoder of one attention, whose layers have inputs of these sizes."""
    size, norm = settings.hidden_size, norm_of(settings, settings.decoder)
    cells = [CELLS[settings.cell](width, size) for width in sizes]
    first = RNMTPLUS_RESIDUAL if settings.decoder == "rnmtplus" else 1
    around = [
        Sublayer(
            sizes[0] if number == 0 else size,
            norm,
            residual=number >= first and settings.residual,
        )
        for number in range(len(sizes))
    ]
    return DecoderParts(
        embedding=embedding,
        embedding_dropout=make_embedding_dropout(settings),
        attentions=[_make_attention(settings)],
        cells=cells,
        around=around,
        start=_make_start(settings, cells),
        norm=nn.LayerNorm(size) if norm == "pre" else None,
        dropout=make_dropout(settings, settings.dropout),
    )


def _build_blocks(settings: ModelSettings, embedding: Embedding) -> BlockDecoder:
    size, layers = settings.hidden_size, range(settings.decoder_layers)
    transformer = settings.decoder == "transformer"
    norm, inner = norm_of(settings, settings.decoder), feed_forward_size(settings, settings.decoder)
    dropout = make_dropout(settings, settings.dropout)
    cells = [_make_block_cell(settings) for _ in layers]
    parts = DecoderParts(
        embedding=embedding,
        embedding_dropout=make_embedding_dropout(settings),
        cells=cells,
        around=[Sublayer(size, norm) for _ in layers],
        attentions=[_make_attention(settings) for _ in layers],
        start=ZeroStart() if transformer else _make_start(settings, cells),
        norm=nn.LayerNorm(size) if norm == "pre" else None,
        dropout=dropout,
    )
    blocks = BlockParts(
        mix=[_make_mix(size) for _ in layers],
        around_attention=[Sublayer(size, norm) for _ in layers],
        feed_forwards=[FeedForward(size, inner, dropout) for _ in layers if inner],
        around_feed_forwards=[Sublayer(size, norm) for _ in layers if inner],
    )
    return BlockDecoder(parts, blocks, size, positions=transformer)


def _make_block_cell(settings: ModelSettings) -> nn.Module:
    size = settings.hidden_size
    if settings.decoder == "transformer":
        return SelfAttentionCell(size, settings.attention_heads, settings.attention_dropout)
    return CELLS[settings.cell](size, size)


def _make_mix(size: int) -> nn.Linear:
    mix = nn.Linear(size, size)
    nn.init.xavier_uniform_(mix.weight)
    nn.init.zeros_(mix.bias)
    return mix


def _make_attention(settings: ModelSettings) -> nn.Module:
    size, dropout = settings.hidden_size, settings.attention_dropout
    if settings.attention in MULTIHEAD_ATTENTIONS:
        return MULTIHEAD_ATTENTIONS[settings.attention](size, dropout, settings.attention_heads)
    return ATTENTIONS[settings.attention](size, dropout)


def _make_start(settings: ModelSettings, cells: list[nn.Module]) -> nn.Module:
    if settings.start == "zero":
        return ZeroStart()
    if settings.start == "last":
        return LastStart()
    cell: Cell = cells[0]  # type: ignore[assignment]
    parts = len(cell.start(torch.zeros(1, 1)))
    mean = settings.start == "mean"
    return Bridge(settings.hidden_size, len(cells), parts, mean=mean)
