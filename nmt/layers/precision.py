"""Where float32 is the least: sums, softmax and states that would lose too much in less."""

import torch
from torch import Tensor


def wide_dtype(x: Tensor) -> torch.dtype:
    """The type of a tensor, or float32 if that is wider."""
    return torch.promote_types(x.dtype, torch.float32)


def widen(x: Tensor) -> Tensor:
    """A tensor in float32, or as it is where that is wider."""
    return x.to(wide_dtype(x))
