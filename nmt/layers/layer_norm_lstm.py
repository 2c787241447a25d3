"""An LSTM with layer normalization of each gate, as in RNMT+ (Chen et al. 2018).

Their h_t is o_t * c_t, without the tanh that is kept here. Ba et al. (2016), whose idea the
normalization is, normalize W x, U h and the cell instead, each over all of it.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nmt.layers.cell import State, initialize_gates
from nmt.layers.precision import widen


class LayerNormLSTM(nn.Module):
    """Long short-term memory whose four gates are normalized, each over its H features.

    i_t = sigmoid(N_i(W_i x_t + U_i h_{t-1}))        N(a) = gain * (a - mean(a)) / std(a) + bias
    f_t = sigmoid(N_f(W_f x_t + U_f h_{t-1}))
    g_t = tanh(N_g(W_g x_t + U_g h_{t-1}))
    o_t = sigmoid(N_o(W_o x_t + U_o h_{t-1}))
    c_t = f_t * c_{t-1} + i_t * g_t
    h_t = o_t * tanh(c_t)

    B sentences, T time steps, D input size, H hidden size.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.input = nn.Linear(input_size, 4 * hidden_size, bias=False)
        self.recurrent = nn.Linear(hidden_size, 4 * hidden_size, bias=False)
        self.gain = nn.Parameter(torch.ones(4, hidden_size))
        self.bias = nn.Parameter(torch.zeros(4, hidden_size))
        initialize_gates(self.input.weight, 4, nn.init.xavier_uniform_)
        initialize_gates(self.recurrent.weight, 4, nn.init.orthogonal_)
        with torch.no_grad():
            self.bias[1] = 1.0  # of the forget gate

    def start(self, like: Tensor) -> State:
        """h and c of zeros."""
        zeros = like.new_zeros(len(like), self.hidden_size)
        return zeros, zeros

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, D), (h, c) -> (B, T, H), (h, c)."""
        h, c = state[0], widen(state[1])
        outputs = []
        for x_gates in self.input(x).unbind(dim=1):  # (B, 4 H)
            gates = (x_gates + self.recurrent(h.to(x.dtype))).unflatten(1, (4, -1))  # (B, 4, H)
            normal = F.layer_norm(gates, (self.hidden_size,)) * self.gain + self.bias
            i, f, g, o = normal.unbind(dim=1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs, dim=1).to(x.dtype), (h, c)
