"""A stack of blocks: a cell, attention to the source, a feed-forward network.

With self-attention as the cell it is the Transformer's decoder (Vaswani et al. 2017). With a
recurrent one it is the hybrid that browsers ship (Kim et al. 2019: SSRU), whose step costs the same
however long the past is. In the form with norms before the sublayers:

    x = x + cell(norm(x))        x = x + W attention(norm(x), memory)        x = x + ffn(norm(x))

B sentences or rows, T target length, S source length, E embedding size, H hidden size.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from nmt.layers.attended import Attended, attend, attended
from nmt.layers.self_attention import sinusoids
from nmt.layers.sublayer import FeedForward, Sublayer
from nmt.model.decoder import DecoderParts, DecoderState, first_sentences, make_readout
from nmt.model.encoder import Memory


@dataclass(frozen=True, slots=True)
class BlockParts:
    """What the blocks have above their cells."""

    mix: list[nn.Linear]  # W, for each layer
    around_attention: list[Sublayer]
    feed_forwards: list[FeedForward]  # one for each layer, or none at all
    around_feed_forwards: list[Sublayer]


class BlockDecoder(nn.Module):
    """Blocks of cell, attention and feed-forward network.

    Args:
        positions: whether sinusoids tell where a token stands, and the states are those of
            self-attention; recurrent cells need none.
    """

    def __init__(
        self, parts: DecoderParts, blocks: BlockParts, size: int, *, positions: bool
    ) -> None:
        super().__init__()
        self.embedding = parts.embedding
        self.embedding_dropout = parts.embedding_dropout
        width = parts.embedding.table.embedding_dim
        self.project = None if width == size else nn.Linear(width, size)
        self.cells = nn.ModuleList(parts.cells)
        self.around: Sequence[Sublayer] = nn.ModuleList(parts.around)  # type: ignore[assignment]
        self.attentions = nn.ModuleList(parts.attentions)
        self.mix = nn.ModuleList(blocks.mix)
        self.around_attention: Sequence[Sublayer] = nn.ModuleList(blocks.around_attention)  # type: ignore[assignment]
        self.feed_forwards = nn.ModuleList(blocks.feed_forwards)
        self.around_feed_forwards: Sequence[Sublayer] = nn.ModuleList(blocks.around_feed_forwards)  # type: ignore[assignment]
        self.bridge = parts.start
        self.norm = parts.norm
        self.readout = None if width == size else make_readout(size, parts.embedding)
        self.dropout = parts.dropout
        self.positions = positions

    def start(self, memory: Memory) -> DecoderState:
        """The state before the first target token."""
        sources = (attended(a, memory.vectors, memory.mask) for a in self.attentions)
        return DecoderState(
            self.bridge(memory, self.cells), tuple(sources), first_sentences(memory)
        )

    def forward(self, target: Tensor, state: DecoderState) -> tuple[Tensor, Tensor, DecoderState]:
        """Token ids (B, T) -> readouts (B, T, E), attention weights (B, T, S), the next state.

        The weights are the mean of the layers.
        """
        x = self.embedding_dropout.words(self.embedding(target), target)  # (B, T, E)
        if self.positions:
            x = x + sinusoids(state.layers[0][0].shape[1], x.shape[1], x)
        x = self.embedding_dropout.features(x)
        if self.project is not None:
            x = self.project(x)  # (B, T, H)
        states, sources, weights = [], [], []
        for number, around in enumerate(self.around):
            y, cell_state = self.cells[number](around.before(x), state.layers[number])
            x = around.after(x, self.dropout(y))
            x, layer_weights, source = self._attend(x, state, number)
            if len(self.feed_forwards):
                around = self.around_feed_forwards[number]
                x = around.after(x, self.dropout(self.feed_forwards[number](around.before(x))))
            states.append(cell_state)
            sources.append(source)
            weights.append(layer_weights)
        x = x if self.norm is None else self.norm(x)
        x = x if self.readout is None else self.readout(x)
        state = replace(state, layers=tuple(states), sources=tuple(sources))
        return x, torch.stack(weights).mean(dim=0), state

    def _attend(
        self, x: Tensor, state: DecoderState, number: int
    ) -> tuple[Tensor, Tensor, Attended]:
        """The attention sublayer of a block: (B, T, H) -> (B, T, H), weights (B, T, S)."""
        around = self.around_attention[number]
        attention, source = self.attentions[number], state.sources[number]
        context, weights, source = attend(attention, around.before(x), source)
        return around.after(x, self.dropout(self.mix[number](context))), weights, source
