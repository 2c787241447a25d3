"""GNMT's decoder (Wu et al. 2016), and RNMT+'s (Chen et al. 2018), which is wired in the same way.

The first layer reads the attention, whose context goes to all layers above it and to the readout:

    d1   = cell_1(embedding(y))                          context = attention(d1, memory)
    d2   = cell_2([d1; context]) + d1    ...             readout = tanh(W [dn; context] + b)

No layer waits for the output of the step before, so that in training each runs over the whole
target in one call; one step is the same call with T = 1. With input feeding, as in the papers, the
first layer reads the last context beside the embedding: it and the attention then go step by step.

Otherwise than in GNMT, residual connections begin at the second layer (in RNMT+ at the third, as in
the paper), the layers above read the context of their own step, as in RNMT+, and between the top
layer and the softmax there is this readout.

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


class GNMTDecoder(nn.Module):
    """A stack of one-way layers with attention read from the first.

    Args:
        size: H.
        activation: of the readout; RNMT+ has none.
    """

    def __init__(
        self,
        parts: DecoderParts,
        size: int,
        *,
        input_feeding: bool = False,
        activation: Callable[[Tensor], Tensor] = torch.tanh,
    ) -> None:
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
        self.activation = activation

    def start(self, memory: Memory) -> DecoderState:
        """The state before the first target token."""
        return DecoderState(
            self.bridge(memory, self.cells),
            (attended(self.attention, memory.vectors, memory.mask),),
            first_sentences(memory),
            torch.zeros_like(memory.summary)[:, None] if self.input_feeding else None,
        )

    def forward(self, target: Tensor, state: DecoderState) -> tuple[Tensor, Tensor, DecoderState]:
        """Token ids (B, T) -> readouts (B, T, E), attention weights (B, T, S), the next state."""
        x = self.embedding_dropout(self.embedding(target), target)  # (B, T, E)
        dropouts = tuple(self.dropout.of_sequences(x, self.size) for _ in range(2))
        read = partial(self._read_attention, dropouts=dropouts)
        x, context, weights, state = (
            step_by_step(read, x, state) if self.input_feeding else read(x, state)
        )
        states = [state.layers[0]]
        upper = zip(self.cells[1:], self.around[1:], state.layers[1:], strict=True)
        for cell, around, cell_state in upper:
            y, cell_state = cell(torch.cat((around.before(x), context), dim=2), cell_state)
            x = around.after(x, self.dropout(y))
            states.append(cell_state)
        x = x if self.norm is None else self.norm(x)
        readout = self.activation(self.readout(torch.cat((x, context), dim=2)))
        return self.dropout(readout), weights, replace(state, layers=tuple(states))

    def _read_attention(
        self, x: Tensor, state: DecoderState, *, dropouts: tuple[Callable[[Tensor], Tensor], ...]
    ) -> tuple[Tensor, Tensor, Tensor, DecoderState]:
        """The first layer and the attention, of a whole sequence or of a step."""
        around = self.around[0]
        if state.fed is not None:
            x = torch.cat((x, state.fed.to(x.dtype)), dim=2)
        y, first = self.cells[0](around.before(x), state.layers[0])
        x = around.after(x, dropouts[0](y))  # (B, T, H)
        context, weights, source = attend(self.attention, x, state.sources[0])
        context = dropouts[1](context)
        fed = None if state.fed is None else context[:, -1:]
        layers = (first, *state.layers[1:])
        return x, context, weights, replace(state, layers=layers, sources=(source,), fed=fed)
