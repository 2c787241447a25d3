"""Layers of recurrent cells that read ahead, back, or both.

B sentences, T time steps, D input size, H hidden size.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from nmt.layers.cell import Cell


def reversal_index(lengths: Tensor, size: int) -> Tensor:
    """Where each position of a reversed sequence comes from: (B,) -> (B, size).

    Each sequence is reversed within its own length and its padding stays at the end, so that a
    backward layer never starts on padding.
    """
    position = torch.arange(size, device=lengths.device)[None]  # (1, T)
    mirrored = lengths[:, None] - 1 - position  # (B, T)
    return torch.where(mirrored >= 0, mirrored, position)


@dataclass(frozen=True, slots=True)
class Padding:
    """Where the tokens of a batch are."""

    mask: Tensor  # (B, T), True where there is a token
    reversal: Tensor  # (B, T), see `reversal_index`


def make_padding(lengths: Tensor, size: int) -> Padding:
    """The padding of sequences of these lengths: (B,) -> (B, size)."""
    mask = torch.arange(size, device=lengths.device)[None] < lengths[:, None]
    return Padding(mask, reversal_index(lengths, size))


class EncoderLayer(Protocol):
    """What an encoder knows of its layers."""

    def __call__(self, x: Tensor, padding: Padding) -> Tensor:
        """(B, T, D) -> (B, T, H)."""
        ...

    def summary(self, y: Tensor, lengths: Tensor) -> Tensor:
        """The output where all is read: (B, T, H), (B,) -> (B, H)."""
        ...


def reorder_time(x: Tensor, index: Tensor) -> Tensor:
    """Take time steps by an index for each sentence: (B, T, D), (B, T) -> (B, T, D)."""
    return x.gather(1, index[:, :, None].expand(-1, -1, x.shape[2]))


def last_output(y: Tensor, lengths: Tensor) -> Tensor:
    """The output at the last token: (B, T, H), (B,) -> (B, H)."""
    return y[torch.arange(len(y), device=y.device), lengths - 1]


class AheadLayer(nn.Module):
    """One layer that reads from the first token to the last."""

    def __init__(self, cell: nn.Module) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor, padding: Padding) -> Tensor:
        """(B, T, D) -> (B, T, H)."""
        return _read(self.cell, x)

    def summary(self, y: Tensor, lengths: Tensor) -> Tensor:
        """The output when all is read: (B, T, H), (B,) -> (B, H)."""
        return last_output(y, lengths)


class BackLayer(nn.Module):
    """One layer that reads from the last token to the first."""

    def __init__(self, cell: nn.Module) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor, padding: Padding) -> Tensor:
        """(B, T, D) -> (B, T, H)."""
        return _read_back(self.cell, x, padding)

    def summary(self, y: Tensor, lengths: Tensor) -> Tensor:
        """The output when all is read: (B, T, H), (B,) -> (B, H)."""
        return y[:, 0]


class BidirectionalLayer(nn.Module):
    """One layer forward and one backward, side by side (Schuster & Paliwal 1997)."""

    def __init__(self, ahead: nn.Module, back: nn.Module) -> None:
        super().__init__()
        self.ahead = ahead
        self.back = back

    def forward(self, x: Tensor, padding: Padding) -> Tensor:
        """(B, T, D) -> (B, T, 2 H)."""
        return torch.cat((_read(self.ahead, x), _read_back(self.back, x, padding)), dim=2)

    def summary(self, y: Tensor, lengths: Tensor) -> Tensor:
        """The output of each direction when it has read all: (B, T, 2 H), (B,) -> (B, 2 H)."""
        half = y.shape[2] // 2
        return torch.cat((last_output(y, lengths)[:, :half], y[:, 0, half:]), dim=1)


def _read(cell: nn.Module, x: Tensor) -> Tensor:
    """A whole sequence from a state of zeros: (B, T, D) -> (B, T, H)."""
    reader: Cell = cell  # type: ignore[assignment]
    y, _ = reader(x, reader.start(x))
    return y


def _read_back(cell: nn.Module, x: Tensor, padding: Padding) -> Tensor:
    """A whole sequence from its last token to its first: (B, T, D) -> (B, T, H)."""
    return reorder_time(_read(cell, reorder_time(x, padding.reversal)), padding.reversal)
