"""What stands around the layers of a stack: residual connections and layer normalization.

none:   x + dropout(f(x))                  (He et al. 2016)
post:   norm(x + dropout(f(x)))            (Vaswani et al. 2017)
pre:    x + dropout(f(norm(x)))            (Wang et al. 2019); one more norm ends the stack
"""

from torch import Tensor, nn


class Sublayer(nn.Module):
    """The part of a sublayer before its function f and the part after it.

    Args:
        size: of its input.
        residual: whether the output adds to the input; both have to be of one size then. Without,
            the output is f's, and `post` normalizes nothing.
    """

    def __init__(self, size: int, norm: str, *, residual: bool = True) -> None:
        super().__init__()
        self.pre = nn.LayerNorm(size) if norm == "pre" else None
        self.post = nn.LayerNorm(size) if norm == "post" and residual else None
        self.residual = residual

    def before(self, x: Tensor) -> Tensor:
        """What f reads: (B, T, D) -> (B, T, D)."""
        return x if self.pre is None else self.pre(x)

    def after(self, x: Tensor, y: Tensor) -> Tensor:
        """The output: x (B, T, D), y = dropout(f(before(x))) (B, T, H) -> (B, T, H)."""
        y = x + y if self.residual else y
        return y if self.post is None else self.post(y)


class FeedForward(nn.Module):
    """W_2 max(0, W_1 x + b_1) + b_2 (Vaswani et al. 2017, equation 2)."""

    def __init__(self, size: int, inner_size: int, dropout: nn.Module) -> None:
        super().__init__()
        self.widen = nn.Linear(size, inner_size)
        self.narrow = nn.Linear(inner_size, size)
        self.dropout = dropout
        for layer in (self.widen, self.narrow):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) -> (B, T, D)."""
        y: Tensor = self.narrow(self.dropout(self.widen(x).relu()))
        return y
