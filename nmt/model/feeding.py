"""Reading a target step by step, as a decoder must that feeds on its own outputs.

B sentences or rows, T target length, S source length, D input size, H output size.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from nmt.model.decoder import DecoderState

Read = Callable[[Tensor, DecoderState], tuple[Tensor, Tensor, Tensor, DecoderState]]


def step_by_step(
    read: Read, x: Tensor, state: DecoderState
) -> tuple[Tensor, Tensor, Tensor, DecoderState]:
    """What `read` makes of a sequence, given one time step at a time.

    Args:
        read: (x (B, 1, D), state) -> output (B, 1, H), context (B, 1, H), weights (B, 1, S), state.
    """
    steps = []
    for t in range(x.shape[1]):
        output, context, weights, state = read(x[:, t : t + 1], state)
        steps.append((output, context, weights))
    output, context, weights = (torch.cat(parts, dim=1) for parts in zip(*steps, strict=True))
    return output, context, weights, state
