"""The decoder of Bahdanau et al. (2015), as a conditional GRU (Sennrich et al. 2017, Nematus).

    s'_t = cell_1(embedding(y_t), s_{t-1})         the attention is read between two transitions
    c_t  = attention(s'_t, memory)
    s_t  = cell_2(c_t, s'_t)
    r_t  = tanh(W [s_t; c_t; embedding(y_t)] + b)  the readout ("deep output")

The state goes through both cells, so that this layer goes step by step; those above it read its
output beside the context, as in GNMT.

B sentences or rows, T target length, S source length, E embedding size, H hidden size.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from nmt.layers.attended import attend, attended
from nmt.layers.dropout import SequenceDropout
from nmt.layers.sublayer import Sublayer
from nmt.model.decoder import DecoderParts, DecoderState, first_sentences, make_readout
from nmt.model.encoder import Memory
from nmt.model.feeding import step_by_step


class BahdanauDecoder(nn.Module):
    """A conditional layer, and a stack above it.

    Args:
        conditional: cell_2, from the context (H) to a state like that of cell_1.
    """

    def __init__(self, parts: DecoderParts, size: int, conditional: nn.Module) -> None:
        super().__init__()
        self.size = size
        self.embedding = parts.embedding
        self.embedding_dropout = parts.embedding_dropout
        self.cells = nn.ModuleList(parts.cells)
        self.conditional = conditional
        self.around: Sequence[Sublayer] = nn.ModuleList(parts.around)  # type: ignore[assignment]
        self.attention = parts.attentions[0]
        self.bridge = parts.start
        self.norm = parts.norm
        self.readout = make_readout(2 * size + parts.embedding.table.embedding_dim, parts.embedding)
        self.dropout: SequenceDropout = parts.dropout  # type: ignore[assignment]

    def start(self, memory: Memory) -> DecoderState:
        """The state before the first target token."""
        return DecoderState(
            self.bridge(memory, self.cells),
            (attended(self.attention, memory.vectors, memory.mask),),
            first_sentences(memory),
        )

    def forward(self, target: Tensor, state: DecoderState) -> tuple[Tensor, Tensor, DecoderState]:
        """Token ids (B, T) -> readouts (B, T, E), attention weights (B, T, S), the next state."""
        y = self.embedding_dropout(self.embedding(target), target)  # (B, T, E)
        dropouts = tuple(self.dropout.of_sequences(y, self.size) for _ in range(2))
        read = partial(self._read, dropouts=dropouts)
        x, context, weights, state = step_by_step(read, y, state)
        states = [state.layers[0]]
        upper = zip(self.cells[1:], self.around[1:], state.layers[1:], strict=True)
        for cell, around, cell_state in upper:
            z, cell_state = cell(torch.cat((around.before(x), context), dim=2), cell_state)
            x = around.after(x, self.dropout(z))
            states.append(cell_state)
        x = x if self.norm is None else self.norm(x)
        readout = torch.tanh(self.readout(torch.cat((x, context, y), dim=2)))
        return self.dropout(readout), weights, replace(state, layers=tuple(states))

    def _read(
        self, y: Tensor, state: DecoderState, *, dropouts: tuple[Callable[[Tensor], Tensor], ...]
    ) -> tuple[Tensor, Tensor, Tensor, DecoderState]:
        """One step of the conditional layer: (B, 1, E) -> (B, 1, H)."""
        query, between = self.cells[0](self.around[0].before(y), state.layers[0])
        context, weights, source = attend(self.attention, query, state.sources[0])
        context = dropouts[1](context)
        x, first = self.conditional(context, between)
        layers = (first, *state.layers[1:])
        state = replace(state, layers=layers, sources=(source,))
        return dropouts[0](x), context, weights, state
