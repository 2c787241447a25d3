"""Weight drop (Merity et al. 2018): dropout on the matrices that carry a state from step to step.

    U' = M * U / (1 - p)        M_ij = 1 with probability 1 - p, else 0

The mask M is drawn once for a batch, so that it is the same at all time steps, and torch's own
layers run with it. The gradient goes through M to U.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor, nn

from nmt.layers.dropout import drop_weights, recurrent_weights


@contextmanager
def dropped_weights(model: nn.Module, probability: float) -> Iterator[None]:
    """Meanwhile, some recurrent weights of a model are zero, the same ones at each call.

    What was computed can be differentiated afterwards, too.
    """
    weights = recurrent_weights(model) if probability else {}
    dropped = drop_weights(weights, probability)
    _put(model, dropped)
    try:
        yield
    finally:
        _put(model, weights)


def _put(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Put tensors in the places of parameters, as `torch.func.functional_call` does for a call.

    Not by assignment, which takes nothing but parameters; torch's recurrent layers notice.
    """
    for name, weight in weights.items():
        path, _, leaf = name.rpartition(".")
        model.get_submodule(path)._parameters[leaf] = weight  # type: ignore[assignment]
