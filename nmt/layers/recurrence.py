"""The recurrent cells, and `CELLS`, their names. B sentences, T time steps, D input, H hidden size.

Elman's network, the GRU and the LSTM stand here; the others in modules of their own beside this
one. A whole sequence goes through torch's own layer, which reaches oneDNN and cuDNN; one step is
written out, because torch's layers repack their weights at each call. From step to step a state is
float32 or wider: rounded to bfloat16 at each step, it would lose what it has kept for long.
"""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nmt.layers.cell import MakeCell, State, initialize_gates
from nmt.layers.deep_transition import DeepTransitionGRU
from nmt.layers.layer_norm_lstm import LayerNormLSTM
from nmt.layers.linear_recurrence import SSRU, MinGRU, MinLSTM
from nmt.layers.precision import widen


class RNN(nn.Module):
    """h_t = tanh(W x_t + U h_{t-1} + b) (Elman 1990).

    With max(0, .) in place of tanh, U starts as the identity and W is drawn from a Gaussian of
    standard deviation 0.001 (IRNN, Le et al. 2015), so that at first a state is handed on as it is.
    """

    def __init__(self, input_size: int, hidden_size: int, *, relu: bool = False) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.relu = relu
        kind = "relu" if relu else "tanh"
        self.layer = nn.RNN(input_size, hidden_size, batch_first=True, nonlinearity=kind)
        initialize_recurrent(self.layer)
        if relu:
            nn.init.normal_(_parameters(self.layer, "ih")[0], std=1e-3)
            nn.init.eye_(_parameters(self.layer, "hh")[0])

    def start(self, like: Tensor) -> State:
        """h of zeros."""
        return (like.new_zeros(len(like), self.hidden_size),)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, D), (h,) -> (B, T, H), (h,)."""
        (h,) = state
        if x.shape[1] == 1:
            h = _input_product(self.layer, x) + _recurrent_product(self.layer, h)
            h = F.relu(h) if self.relu else torch.tanh(h)
            return h[:, None], (h,)  # all of it is new, so that no rounding adds up
        y, h = self.layer(x, h[None].to(x.dtype))
        return y, (h[0],)


class GRU(nn.Module):
    """Gated recurrent unit (Cho et al. 2014), with the reset gate after the product.

    r_t = sigmoid(W_r x_t + U_r h_{t-1} + b_r)
    z_t = sigmoid(W_z x_t + U_z h_{t-1} + b_z)
    n_t = tanh(W_n x_t + b_n + r_t * (U_n h_{t-1} + c_n))
    h_t = (1 - z_t) * n_t + z_t * h_{t-1}
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.layer = nn.GRU(input_size, hidden_size, batch_first=True)
        initialize_recurrent(self.layer)

    def start(self, like: Tensor) -> State:
        """h of zeros."""
        return (like.new_zeros(len(like), self.hidden_size),)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, D), (h,) -> (B, T, H), (h,)."""
        (h,) = state
        if x.shape[1] == 1:
            x_r, x_z, x_n = _input_product(self.layer, x).chunk(3, dim=1)
            h_r, h_z, h_n = _recurrent_product(self.layer, h).chunk(3, dim=1)
            r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
            n = torch.tanh(x_n + r * h_n)
            h = n + z * (widen(h) - n)
            return h[:, None].to(x_n.dtype), (h,)
        y, h = self.layer(x, h[None].to(x.dtype))
        return y, (h[0],)


class LSTM(nn.Module):
    """Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000).

    i_t = sigmoid(W_i x_t + U_i h_{t-1} + b_i)
    f_t = sigmoid(W_f x_t + U_f h_{t-1} + b_f)
    g_t = tanh(W_g x_t + U_g h_{t-1} + b_g)
    o_t = sigmoid(W_o x_t + U_o h_{t-1} + b_o)
    c_t = f_t * c_{t-1} + i_t * g_t
    h_t = o_t * tanh(c_t)
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.layer = nn.LSTM(input_size, hidden_size, batch_first=True)
        initialize_recurrent(self.layer)
        with torch.no_grad():  # the gates stand in the order i, f, g, o
            _parameters(self.layer, "ih")[1][hidden_size : 2 * hidden_size] = 1.0

    def start(self, like: Tensor) -> State:
        """h and c of zeros."""
        zeros = like.new_zeros(len(like), self.hidden_size)
        return zeros, zeros

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, D), (h, c) -> (B, T, H), (h, c)."""
        h, c = state
        if x.shape[1] == 1:
            gates = _input_product(self.layer, x) + _recurrent_product(self.layer, h)
            i, f, g, o = gates.chunk(4, dim=1)
            c = torch.sigmoid(f) * widen(c) + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c).to(o.dtype)
            return h[:, None], (h, c)
        y, (h, c) = self.layer(x, (h[None].to(x.dtype), c[None].to(x.dtype)))
        return y, (h[0], c[0])


CELLS: dict[str, MakeCell] = {
    "rnn": RNN,
    "rnn_relu": partial(RNN, relu=True),
    "gru": GRU,
    "lstm": LSTM,
    "layer_norm_lstm": LayerNormLSTM,
    "deep_transition_gru": DeepTransitionGRU,
    "ssru": SSRU,
    "mingru": MinGRU,
    "minlstm": MinLSTM,
}


def _input_product(layer: nn.RNNBase, x: Tensor) -> Tensor:
    """W x + b of all gates for the one step in x: (B, 1, D) -> (B, gates * H)."""
    weight, bias = _parameters(layer, "ih")
    return F.linear(x[:, 0], weight, bias)


def _recurrent_product(layer: nn.RNNBase, h: Tensor) -> Tensor:
    """U h + c of all gates: (B, H) -> (B, gates * H)."""
    weight, bias = _parameters(layer, "hh")
    return F.linear(h.to(weight.dtype), weight, bias)


def _parameters(layer: nn.RNNBase, kind: str) -> tuple[Tensor, Tensor]:
    return getattr(layer, f"weight_{kind}_l0"), getattr(layer, f"bias_{kind}_l0")


def initialize_recurrent(layer: nn.RNNBase) -> None:
    """Xavier input matrices and orthogonal recurrent ones, gate by gate; zero biases."""
    for kind, initialize in (("ih", nn.init.xavier_uniform_), ("hh", nn.init.orthogonal_)):
        weight, bias = _parameters(layer, kind)
        initialize_gates(weight, len(bias) // layer.hidden_size, initialize)
        nn.init.zeros_(bias)
