"""What all decoders have in common: their state, how it starts, the layers above the attention.

B sentences or rows, T target length, S source length, E embedding size, H hidden size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from nmt.layers.attended import Attended
from nmt.layers.cell import Cell, State
from nmt.layers.embedding import Embedding, EmbeddingDropout
from nmt.layers.sublayer import Sublayer
from nmt.model.encoder import Memory


@dataclass(frozen=True, slots=True)
class DecoderState:
    """All that a decoder needs to go on, row by row."""

    layers: tuple[State, ...]  # of each layer; recurrent ones have tensors (B, H)
    sources: tuple[Attended, ...]  # what each attention reads
    sentence: Tensor  # (B,), the sentence of the batch that a row translates
    fed: Tensor | None = None  # (B, ...) the last context or readout, for input feeding
    words: Tensor | None = None  # (B, S, E) the source embeddings, for a lexical readout

    def reorder(self, index: Tensor) -> "DecoderState":
        """The rows that `index` names, in its order: repeated, selected or left out."""
        sentence = self.sentence[index]
        moved = not torch.equal(sentence, self.sentence)  # else a beam within its sentences
        return DecoderState(
            tuple(tuple(part[index] for part in state) for state in self.layers),
            tuple(source.rows(index, moved=moved) for source in self.sources),
            sentence,
            None if self.fed is None else self.fed[index],
            self.words[index] if moved and self.words is not None else self.words,
        )


class Decoder(Protocol):
    """What a model knows of its decoder."""

    def start(self, memory: Memory) -> DecoderState:
        """The state before the first target token."""
        ...

    def __call__(self, target: Tensor, state: DecoderState) -> tuple[Tensor, Tensor, DecoderState]:
        """Token ids (B, T) -> readouts (B, T, E), attention weights (B, T, S), the next state."""
        ...


@dataclass(frozen=True, slots=True)
class DecoderParts:
    """What a decoder is made of."""

    embedding: Embedding
    embedding_dropout: EmbeddingDropout
    cells: list[nn.Module]  # of each layer, from bottom to top
    around: list[Sublayer]  # what stands around each cell
    attentions: list[nn.Module]  # one, or one for each layer
    start: nn.Module  # the first states of the cells
    norm: nn.LayerNorm | None  # above a stack whose norms stand before its layers
    dropout: nn.Module


class ZeroStart(nn.Module):
    """Each layer starts from zeros."""

    def forward(self, memory: Memory, cells: Sequence[nn.Module]) -> tuple[State, ...]:
        """A state for each cell."""
        return tuple(_zeros(cell, memory) for cell in cells)


class LastStart(nn.Module):
    """Each layer starts from the last output of the encoder's top layer; c is zero.

    With one layer that is its last state, as in Sutskever et al. (2014). Of a stack with residual
    connections or norms it is what these make of it, and the same for every layer of the decoder.
    """

    def forward(self, memory: Memory, cells: Sequence[nn.Module]) -> tuple[State, ...]:
        """A state for each cell, whose first tensor is h."""
        return tuple((memory.summary.contiguous(), *_zeros(cell, memory)[1:]) for cell in cells)


class Bridge(nn.Module):
    """Each layer starts from a learnt function of the source: tanh(W s + b).

    s is the last state of the encoder (Bahdanau et al. 2015) or the mean of the memory (Sennrich et
    al. 2017).
    """

    def __init__(self, size: int, layers: int, parts: int, *, mean: bool = False) -> None:
        super().__init__()
        self.layers, self.parts, self.mean = layers, parts, mean
        self.project = nn.Linear(size, layers * parts * size)
        nn.init.xavier_uniform_(self.project.weight)
        nn.init.zeros_(self.project.bias)

    def forward(self, memory: Memory, cells: Sequence[nn.Module]) -> tuple[State, ...]:
        """For each of the cells, of which there are `layers`, a state of `parts` tensors (B, H)."""
        summary = _mean(memory) if self.mean else memory.summary
        pieces = [
            piece.contiguous()  # as cuDNN wants them
            for piece in torch.tanh(self.project(summary)).chunk(self.layers * self.parts, dim=1)
        ]
        return tuple(
            tuple(pieces[layer * self.parts : (layer + 1) * self.parts])
            for layer in range(self.layers)
        )


def _zeros(cell: nn.Module, memory: Memory) -> State:
    reader: Cell = cell  # type: ignore[assignment]
    return reader.start(memory.summary)


def _mean(memory: Memory) -> Tensor:
    """The mean of the memory over the tokens of each sentence: (B, H)."""
    tokens = memory.mask[:, :, None].to(memory.vectors.dtype)
    return (memory.vectors * tokens).sum(dim=1) / tokens.sum(dim=1)


def first_sentences(memory: Memory) -> Tensor:
    """A row for each sentence: (B,)."""
    return torch.arange(len(memory.mask), device=memory.mask.device)


def make_readout(size: int, embedding: Embedding) -> nn.Linear:
    """The layer from what a decoder knows, of a size, to its readout (E)."""
    readout = nn.Linear(size, embedding.table.embedding_dim)
    nn.init.xavier_uniform_(readout.weight)
    nn.init.zeros_(readout.bias)
    return readout
