"""Dropout with one mask a sequence (Gal & Ghahramani 2016), of whole words, of recurrent weights.

A mask for each sequence instead of each element keeps a feature on or off over all time steps, and
costs a T-th of the random numbers, which on a CPU are a fifth of a training step. Where Gal and
Ghahramani mask h between the steps, the recurrent weights can be masked (Merity et al. 2018;
`training.weight_dropout`), so that a whole sequence stays one call.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch import Tensor, nn
from torch.nn import functional as F

from nmt.text.vocabulary import BOS, EOS


class SequenceDropout(nn.Module):
    """Drop features, the same ones at every time step of a sequence: (B, T, D) -> (B, T, D)."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def of_sequences(self, like: Tensor, size: int) -> Callable[[Tensor], Tensor]:
        """Dropout for the sequences of `like` (B, ...) with D = size, whole or step by step."""
        if not self.training or self.probability == 0:
            return _nothing_dropped
        mask = F.dropout(like.new_ones(like.shape[0], 1, size), self.probability)
        return lambda x: x * mask.to(x.dtype)

    def forward(self, x: Tensor) -> Tensor:
        """x, or in training x times a mask (B, 1, D)."""
        return self.of_sequences(x, x.shape[2])(x)


class ElementDropout(SequenceDropout):
    """Drop features at each time step anew (Srivastava et al. 2014), as Transformers do."""

    def of_sequences(self, like: Tensor, size: int) -> Callable[[Tensor], Tensor]:
        """Dropout for any sequences: each step is drawn when it comes."""
        return self.forward

    def forward(self, x: Tensor) -> Tensor:
        """x, or in training x times a mask of its shape."""
        return F.dropout(x, self.probability, self.training)


def _nothing_dropped(x: Tensor) -> Tensor:
    return x


class WordDropout(nn.Module):
    """Drop whole words, that is time steps: (B, T, D) -> (B, T, D); never BOS or EOS.

    Those are no words: the start of a decoder is read from the source's EOS, and the first target
    token from BOS alone.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor, ids: Tensor) -> Tensor:
        """x of token ids (B, T), or in training x times a mask (B, T, 1)."""
        if not self.training or self.probability == 0:
            return x
        mask = F.dropout(x.new_ones(ids.shape), self.probability)
        return x * mask.masked_fill((ids == BOS) | (ids == EOS), 1.0)[:, :, None]


def recurrent_weights(model: nn.Module) -> dict[str, nn.Parameter]:
    """The matrices that carry a state from step to step, by name."""
    return {
        name: parameter
        for name, parameter in model.named_parameters()
        if parameter.dim() == 2 and ("recurrent" in name or "weight_hh" in name)
    }


def drop_weights(weights: dict[str, nn.Parameter], probability: float) -> dict[str, Tensor]:
    """Weight drop, or DropConnect (Merity et al. 2018): single weights are zero for a batch."""
    return {name: F.dropout(weight, probability) for name, weight in weights.items()}


@contextmanager
def without_dropout(model: nn.Module) -> Iterator[None]:
    """In it nothing is dropped, while all else of the model stays in the mode it is in."""
    kinds = (SequenceDropout, WordDropout, nn.Dropout)
    switched = [m for m in model.modules() if isinstance(m, kinds) and m.training]
    for module in switched:
        module.training = False
    try:
        yield
    finally:
        for module in switched:
            module.training = True
