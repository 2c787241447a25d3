"""The attentions of several heads against their equations; letters as in `attentions`."""

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.multihead_attention import split_heads
from tests.layers.attentions import B, H, N, S, T, assert_agrees, make_attention, random, read

D = H // N  # d, the size of a head


def equations(attention: nn.Module, query: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
    contexts, all_weights = [], []
    for head in range(N):
        rows = slice(head * D, (head + 1) * D)
        layers = (attention.project_query, attention.project_key, attention.project_value)
        W, U, V = (layer.weight[rows] for layer in layers)
        if hasattr(attention, "score"):
            b, v = attention.project_query.bias[rows], attention.score[head]
            scores = [[v @ torch.tanh(W @ q + U @ k + b) for k in memory] for q in query]
        else:
            scores = [[(W @ q) @ (U @ k) / D**0.5 for k in memory] for q in query]
        weights = torch.stack([torch.stack(row) for row in scores]).softmax(dim=1)  # (T, S)
        contexts.append(weights @ memory @ V.T)
        all_weights.append(weights)
    return torch.cat(contexts, dim=1), torch.stack(all_weights).mean(dim=0)


@pytest.mark.parametrize("kind", ["multihead", "multihead_additive"])
def test_agrees_with_its_equations_forward_and_backward(kind: str) -> None:
    assert_agrees(kind, equations)


@pytest.mark.parametrize("kind", ["multihead", "multihead_additive"])
def test_the_heads_do_not_look_at_the_same_place(kind: str) -> None:
    """The context of a head is that of its own weights, not of their mean."""
    attention = make_attention(kind)
    query, memory = 5 * random(B, T, H, seed=2), 5 * random(B, S, H, seed=3)
    context, weights = read(attention, query, memory)
    assert not torch.allclose(context, weights @ attention.values(memory), atol=0.1)


def test_heads_are_slices_of_the_features() -> None:
    x = random(B, T, H, seed=1)
    split = split_heads(x, N)
    assert split.shape == (B, N, T, D)
    for head in range(N):
        assert torch.equal(split[:, head], x[:, :, head * D : (head + 1) * D])
