"""The attentions of one head against their equations; letters as in `attentions`."""

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.attention import masked_softmax
from tests.layers.attentions import Equations, assert_agrees, from_scores


def dot(attention: nn.Module, query: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
    return from_scores([[q @ k for k in memory] for q in query], memory)


def general(attention: nn.Module, query: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
    W = attention.project.weight
    return from_scores([[q @ (W @ k) for k in memory] for q in query], memory)


def additive(attention: nn.Module, query: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
    W, b = attention.project_query.weight, attention.project_query.bias
    U, v = attention.project_key.weight, attention.score.weight[0]
    scores = [[v @ torch.tanh(W @ q + U @ k + b) for k in memory] for q in query]
    return from_scores(scores, memory)


def concat(attention: nn.Module, query: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
    W, v = attention.project.weight, attention.score.weight[0]
    scores = [[v @ torch.tanh(W @ torch.cat((q, k))) for k in memory] for q in query]
    return from_scores(scores, memory)


EQUATIONS: dict[str, Equations] = {
    "dot": dot,
    "general": general,
    "additive": additive,
    "concat": concat,
}


@pytest.mark.parametrize("kind", EQUATIONS)
def test_agrees_with_its_equations_forward_and_backward(kind: str) -> None:
    assert_agrees(kind, EQUATIONS[kind])


def test_masked_softmax_is_the_softmax_of_what_is_left() -> None:
    scores, mask = torch.randn(5, 7), torch.rand(5, 7) < 0.5
    mask[:, 0] = True
    weights = masked_softmax(scores, mask)
    for row in range(5):
        torch.testing.assert_close(weights[row, mask[row]], scores[row, mask[row]].softmax(dim=0))
    assert (weights[~mask] == 0).all()


def test_masked_softmax_is_float32_in_any_precision() -> None:
    scores = torch.tensor([[300.0, 299.0, -300.0]])
    weights = masked_softmax(scores.bfloat16(), torch.tensor([[True, False, True]]))
    assert weights.dtype == torch.float32
    assert weights.tolist() == [[1, 0, 0]]
