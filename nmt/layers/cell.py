"""What every recurrent cell has in common. B sentences, T time steps, D input size, H hidden size.

A cell is called on a whole sequence or on a part of it, such as one step, with the same result:

    start(like) -> state                          zeros for B sentences, on the device of `like`
    __call__(x (B, T, D), state) -> (y (B, T, H), state)

A state is a tuple of (B, H) tensors. It is a value: a cell remembers nothing between calls.
Biases start at zero, recurrent matrices are orthogonal (Saxe et al. 2014), and a forget gate starts
open, with bias 1 (Jozefowicz et al. 2015).
"""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn

State = tuple[Tensor, ...]


class Cell(Protocol):
    """What encoders and decoders know of a recurrent cell."""

    hidden_size: int

    def start(self, like: Tensor) -> State:
        """A state of zeros for the B rows of `like` (B, ...), on its device."""
        ...

    def __call__(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, D), state -> (B, T, H), state."""
        ...


MakeCell = Callable[[int, int], nn.Module]  # input size D, hidden size H


def initialize_gates(weight: Tensor, gates: int, initialize: Callable[[Tensor], object]) -> None:
    """Initialize the matrix of each gate by itself: (gates * H, D)."""
    with torch.no_grad():
        for gate in weight.chunk(gates):
            initialize(gate)
