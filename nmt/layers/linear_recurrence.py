"""Cells whose gates read the input alone: a linear recurrence, trained in parallel over time.

No product waits for the state of the step before, so that a layer is one product for the whole
sequence and a scan of elementwise steps. The state is float32 in any precision, and one step costs
the same however long the past is. B sentences, T time steps, D input size, H hidden size.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nmt.layers.cell import State, initialize_gates
from nmt.layers.precision import wide_dtype, widen
from nmt.layers.scan import scan


def _zeros(like: Tensor, size: int) -> State:
    """A state (B, H) of zeros, in float32 or more."""
    return (like.new_zeros(len(like), size, dtype=wide_dtype(like)),)


def _make_projection(input_size: int, hidden_size: int, gates: int) -> nn.Linear:
    """W x + b of the candidate (first) and the gates; the second, a forget gate, starts open."""
    project = nn.Linear(input_size, gates * hidden_size)
    initialize_gates(project.weight, gates, nn.init.xavier_uniform_)
    with torch.no_grad():
        project.bias.zero_()
        project.bias[hidden_size : 2 * hidden_size] = 1.0
    return project


class SSRU(nn.Module):
    """Simpler simple recurrent unit (Kim et al. 2019), which browsers ship; theirs has no b.

    f_t = sigmoid(W_f x_t + b_f)
    c_t = f_t * c_{t-1} + (1 - f_t) * (W x_t + b)
    h_t = max(0, c_t)
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.project = _make_projection(input_size, hidden_size, gates=2)

    def start(self, like: Tensor) -> State:
        """c of zeros."""
        return _zeros(like, self.hidden_size)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, D), (c,) -> (B, T, H), (c,)."""
        candidate, f = widen(self.project(x)).chunk(2, dim=2)
        f = torch.sigmoid(f)
        c = scan(f, (1 - f) * candidate, widen(state[0]))
        return F.relu(c).to(x.dtype), (c[:, -1],)


class MinGRU(nn.Module):
    """Minimal gated recurrent unit (Feng et al. 2024, section 3.1).

    z_t = sigmoid(W_z x_t + b_z)        kept here as 1 - z_t, so that it starts open
    h_t = (1 - z_t) * h_{t-1} + z_t * (W x_t + b)
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.project = _make_projection(input_size, hidden_size, gates=2)

    def start(self, like: Tensor) -> State:
        """h of zeros."""
        return _zeros(like, self.hidden_size)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, D), (h,) -> (B, T, H), (h,)."""
        candidate, kept = widen(self.project(x)).chunk(2, dim=2)
        kept = torch.sigmoid(kept)  # 1 - z
        h = scan(kept, (1 - kept) * candidate, widen(state[0]))
        return h.to(x.dtype), (h[:, -1],)


class MinLSTM(nn.Module):
    """Minimal long short-term memory (Feng et al. 2024, section 3.2), its gates normalized.

    f_t = sigmoid(W_f x_t + b_f)        i_t = sigmoid(W_i x_t + b_i)
    h_t = f_t / (f_t + i_t) * h_{t-1} + i_t / (f_t + i_t) * (W x_t + b)

    The share f / (f + i) is taken as sigmoid(log f - log i), so that both may be tiny.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.project = _make_projection(input_size, hidden_size, gates=3)

    def start(self, like: Tensor) -> State:
        """h of zeros."""
        return _zeros(like, self.hidden_size)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, D), (h,) -> (B, T, H), (h,)."""
        candidate, f, i = widen(self.project(x)).chunk(3, dim=2)
        kept = torch.sigmoid(F.logsigmoid(f) - F.logsigmoid(i))
        h = scan(kept, (1 - kept) * candidate, widen(state[0]))
        return h.to(x.dtype), (h[:, -1],)
