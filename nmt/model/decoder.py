"""The decoder: target tokens and memory to readouts, from which the next tokens are predicted.

The wiring is GNMT's (Wu et al. 2016): the first layer reads the attention, whose context goes to
all layers above it and to the readout. No layer waits for the output of the step before, so that
in training each runs over the whole target in one call; one step is the same call with T = 1.

    d1   = cell_1(embedding(y))                          context = attention(d1, memory)
    d2   = cell_2([d1; context]) + d1    ...             readout = tanh(W [dn; context] + b)

B sentences or rows, T target length, S source length, E embedding size, H hidden size.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nmt.layers.attention import Attention
from nmt.layers.dropout import SequenceDropout
from nmt.layers.embedding import Embedding, EmbeddingDropout
from nmt.layers.recurrence import State
from nmt.model.encoder import Memory


@dataclass(frozen=True, slots=True)
class DecoderState:
    """All that a decoder needs to go on, row by row."""

    cells: tuple[State, ...]  # of each layer, tensors (B, H)
    keys: Tensor  # (B, S, H)
    values: Tensor  # (B, S, H)
    mask: Tensor  # (B, S)
    sentence: Tensor  # (B,), the sentence of the batch that a row translates

    def reorder(self, index: Tensor) -> "DecoderState":
        """The rows that `index` names, in its order: repeated, selected or left out."""
        cells = tuple(tuple(part[index] for part in state) for state in self.cells)
        sentence = self.sentence[index]
        if torch.equal(sentence, self.sentence):  # a beam moved within its sentences
            return DecoderState(cells, self.keys, self.values, self.mask, sentence)
        return DecoderState(cells, self.keys[index], self.values[index], self.mask[index], sentence)


class Bridge(nn.Module):
    """The first state of each layer from a summary of the source: tanh(W s + b)."""

    def __init__(self, size: int, layers: int, parts: int) -> None:
        super().__init__()
        self.layers, self.parts = layers, parts
        self.project = nn.Linear(size, layers * parts * size)
        nn.init.xavier_uniform_(self.project.weight)
        nn.init.zeros_(self.project.bias)

    def forward(self, summary: Tensor) -> tuple[State, ...]:
        """(B, H) -> for each layer a state of `parts` tensors (B, H)."""
        pieces = [
            piece.contiguous()  # as cuDNN wants them
            for piece in torch.tanh(self.project(summary)).chunk(self.layers * self.parts, dim=1)
        ]
        return tuple(
            tuple(pieces[layer * self.parts : (layer + 1) * self.parts])
            for layer in range(self.layers)
        )


class Decoder(nn.Module):
    """A stack of one-way layers with attention read from the first."""

    def __init__(
        self,
        embedding: Embedding,
        embedding_dropout: EmbeddingDropout,
        cells: list[nn.Module],
        attention: nn.Module,
        *,
        bridge: Bridge,
        dropout: float,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.embedding_dropout = embedding_dropout
        self.cells = nn.ModuleList(cells)
        self.attention = attention
        size = int(cells[0].hidden_size)  # type: ignore[arg-type]
        self.bridge = bridge
        self.readout = nn.Linear(2 * size, embedding.table.embedding_dim)
        nn.init.xavier_uniform_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)
        self.dropout = SequenceDropout(dropout)

    def start(self, memory: Memory) -> DecoderState:
        """The state before the first target token."""
        attention: Attention = self.attention  # type: ignore[assignment]
        return DecoderState(
            self.bridge(memory.summary),
            attention.keys(memory.vectors),
            attention.values(memory.vectors),
            memory.mask,
            torch.arange(len(memory.mask), device=memory.mask.device),
        )

    def forward(self, target: Tensor, state: DecoderState) -> tuple[Tensor, Tensor, DecoderState]:
        """Token ids (B, T) -> readouts (B, T, E), attention weights (B, T, S), the next state."""
        x = self.embedding_dropout(self.embedding(target))  # (B, T, E)
        y, first = self.cells[0](x, state.cells[0])
        x = self.dropout(y)  # (B, T, H)
        context, weights = self.attention(x, state.keys, state.values, state.mask)
        context = self.dropout(context)
        states = [first]
        for cell, cell_state in zip(self.cells[1:], state.cells[1:], strict=True):
            y, next_state = cell(torch.cat((x, context), dim=2), cell_state)
            x = x + self.dropout(y)
            states.append(next_state)
        readout = self.dropout(torch.tanh(self.readout(torch.cat((x, context), dim=2))))
        return (
            readout,
            weights,
            DecoderState(tuple(states), state.keys, state.values, state.mask, state.sentence),
        )
