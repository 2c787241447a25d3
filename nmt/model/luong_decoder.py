"""The decoder of Luong et al. (2015): attention on top of the stack.

    h_t  = stack([embedding(y_t); r_{t-1}])        with input feeding; else embedding(y_t) alone
    c_t  = attention(h_t, memory)
    r_t  = tanh(W_c [c_t; h_t] + b)                the readout, their equation 5

With input feeding the whole stack goes step by step; without, it runs over the whole target.

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

Dropouts = tuple[Callable[[Tensor], Tensor], ...]


class LuongDecoder(nn.Module):
    """A stack of one-way layers under an attention."""

    def __init__(self, parts: DecoderParts, size: int, *, input_feeding: bool = False) -> None:
        super().__init__()
        self.size = size
        self.embedding = parts.embedding
        self.embedding_dropout = parts.embedding_dropout
        self.cells = nn.ModuleList(parts.cells)
        self.around: Sequence[Sublayer] = nn.ModuleList(parts.around)  # type: ignore[assignment]
        self.attention = parts.attentions[0]
        self.bridge = parts.start
        self.norm = parts.norm
        self.readout = make_readout(2 * size, parts.embedding)
        self.dropout: SequenceDropout = parts.dropout  # type: ignore[assignment]
        self.input_feeding = input_feeding

    def start(self, memory: Memory) -> DecoderState:
        """The state before the first target token."""
        fed = memory.summary.new_zeros(len(memory.summary), 1, self.readout.out_features)
        return DecoderState(
            self.bridge(memory, self.cells),
            (attended(self.attention, memory.vectors, memory.mask),),
            first_sentences(memory),
            fed if self.input_feeding else None,
        )

    def forward(self, target: Tensor, state: DecoderState) -> tuple[Tensor, Tensor, DecoderState]:
        """Token ids (B, T) -> readouts (B, T, E), attention weights (B, T, S), the next state."""
        x = self.embedding_dropout(self.embedding(target), target)  # (B, T, E)
        sizes = [self.size] * len(self.cells) + [self.readout.out_features]
        dropouts = tuple(self.dropout.of_sequences(x, size) for size in sizes)
        read = partial(self._read, dropouts=dropouts)
        readout, _, weights, state = (
            step_by_step(read, x, state) if self.input_feeding else read(x, state)
        )
        return readout, weights, state

    def _read(
        self, x: Tensor, state: DecoderState, *, dropouts: Dropouts
    ) -> tuple[Tensor, Tensor, Tensor, DecoderState]:
        """Stack, attention and readout, of a whole sequence or of a step."""
        if state.fed is not None:
            x = torch.cat((x, state.fed.to(x.dtype)), dim=2)
        states = []
        for cell, around, cell_state, dropout in zip(
            self.cells, self.around, state.layers, dropouts[:-1], strict=True
        ):
            y, cell_state = cell(around.before(x), cell_state)
            x = around.after(x, dropout(y))
            states.append(cell_state)
        x = x if self.norm is None else self.norm(x)
        context, weights, source = attend(self.attention, x, state.sources[0])
        readout = dropouts[-1](torch.tanh(self.readout(torch.cat((context, x), dim=2))))
        fed = None if state.fed is None else readout[:, -1:]
        state = replace(state, layers=tuple(states), sources=(source,), fed=fed)
        return readout, context, weights, state
