"""What the tests of the attentions share: sizes, inputs, and a comparison with plain equations.

B sentences, T queries, S source positions, H hidden size, N heads; everything is float64.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from nmt.layers.attended import ATTENTIONS, MULTIHEAD_ATTENTIONS, attend, attended

B, T, S, H, N = 3, 4, 6, 8, 2
LENGTHS = torch.tensor([S, 1, 4])
MASK = torch.arange(S)[None] < LENGTHS[:, None]  # (B, S)
TOLERANCE = 1e-10
KINDS = (*ATTENTIONS, *MULTIHEAD_ATTENTIONS)

# (attention, queries (T, H), memory (S, H) of one sentence) -> context (T, H), weights (T, S)
Equations = Callable[[nn.Module, Tensor, Tensor], tuple[Tensor, Tensor]]


def random(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def make_attention(kind: str, dropout: float = 0.0, size: int = H) -> nn.Module:
    """An attention whose biases are not zero, as after training."""
    torch.manual_seed(1)
    if kind in MULTIHEAD_ATTENTIONS:
        attention = MULTIHEAD_ATTENTIONS[kind](size, dropout, N).double()
    else:
        attention = ATTENTIONS[kind](size, dropout).double()
    with torch.no_grad():
        for name, parameter in attention.named_parameters():
            if "bias" in name:
                parameter.copy_(torch.randn_like(parameter))
    return attention


def read(
    attention: nn.Module, query: Tensor, memory: Tensor, mask: Tensor = MASK
) -> tuple[Tensor, Tensor]:
    """Context and weights, from the first query on."""
    context, weights, _ = attend(attention, query, attended(attention, memory, mask))
    return context, weights


def assert_agrees(kind: str, equations: Equations) -> None:
    """An attention is its equations, forward and backward, sentence by sentence."""
    attention = make_attention(kind)
    query = random(B, T, H, seed=2).requires_grad_()
    memory = random(B, S, H, seed=3).requires_grad_()
    context, weights = read(attention, query, memory)
    expected = [
        equations(attention, query[row], memory[row, :length])
        for row, length in enumerate(LENGTHS.tolist())
    ]
    for row, (plain_context, plain_weights) in enumerate(expected):
        close(context[row], plain_context)
        close(weights[row, :, : LENGTHS[row]], plain_weights)
    close(
        gradients(attention, [query, memory], list(context)),
        gradients(attention, [query, memory], [c for c, _ in expected]),
    )


def gradients(attention: nn.Module, inputs: list[Tensor], contexts: list[Tensor]) -> list[Tensor]:
    """Those of a sum in which every element of the contexts has another weight."""
    total = (torch.stack(contexts) * random(B, T, H, seed=5)).sum()
    return list(torch.autograd.grad(total, [*inputs, *attention.parameters()]))


def close(actual: object, expected: object) -> None:
    torch.testing.assert_close(actual, expected, rtol=TOLERANCE, atol=TOLERANCE)


def from_scores(scores: list[list[Tensor]], memory: Tensor) -> tuple[Tensor, Tensor]:
    """Weights and the mean of the memory, one score for each query and source position."""
    weights = torch.stack([torch.stack(row) for row in scores]).softmax(dim=1)
    return weights @ memory, weights
