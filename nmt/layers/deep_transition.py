"""A GRU of several transitions for each step (Pascanu et al. 2014; Miceli Barone et al. 2017).

Depth in the transition, not in a stack: between one input and the next the state passes through
several gated units, of which only the first reads the input.
"""

import torch
from torch import Tensor, nn

from nmt.layers.cell import State, initialize_gates
from nmt.layers.precision import widen

TRANSITIONS = 3  # for each step; the papers take 2 to 8, and each costs as much as a GRU


class DeepTransitionGRU(nn.Module):
    """GRU transitions h_t = T_K(... T_2(T_1(h_{t-1}, x_t))), with the U and b of each its own.

    r = sigmoid(W_r x + U_r h + b_r)        W x is in the first transition alone
    z = sigmoid(W_z x + U_z h + b_z)
    n = tanh(W_n x + r * (U_n h + b_n))
    T(h) = (1 - z) * n + z * h

    B sentences, T time steps, D input size, H hidden size.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.input = nn.Linear(input_size, 3 * hidden_size, bias=False)
        self.recurrent = nn.ModuleList(
            nn.Linear(hidden_size, 3 * hidden_size) for _ in range(TRANSITIONS)
        )
        initialize_gates(self.input.weight, 3, nn.init.xavier_uniform_)
        for layer in self.recurrent:
            assert isinstance(layer, nn.Linear)
            initialize_gates(layer.weight, 3, nn.init.orthogonal_)
            nn.init.zeros_(layer.bias)

    def start(self, like: Tensor) -> State:
        """h of zeros."""
        return (like.new_zeros(len(like), self.hidden_size),)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, D), (h,) -> (B, T, H), (h,)."""
        h = widen(state[0])  # rounded in each transition, it would lose what it has kept for long
        outputs = []
        for x_gates in self.input(x).unbind(dim=1):  # (B, 3 H)
            read = x_gates
            for layer in self.recurrent:
                h = _transition(read, layer(h.to(x.dtype)), h)
                read = torch.zeros_like(x_gates)
            outputs.append(h)
        return torch.stack(outputs, dim=1).to(x.dtype), (h,)


def _transition(x_gates: Tensor, h_gates: Tensor, h: Tensor) -> Tensor:
    """One gated step: (B, 3 H), (B, 3 H), (B, H) -> (B, H)."""
    x_r, x_z, x_n = x_gates.chunk(3, dim=1)
    h_r, h_z, h_n = h_gates.chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return n + z * (h - n)
