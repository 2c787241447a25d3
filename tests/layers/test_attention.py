"""Every attention is a weighted mean of the tokens of the source, and of nothing else.

B sentences, T queries, S source positions, H hidden size.
"""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.attention import ATTENTIONS, MultiHeadAttention, masked_softmax

B, T, S, H = 3, 4, 6, 8
HEADS = 2
TOLERANCE = 1e-6  # the softmax is taken in float32


def make_attention(kind: str, dropout: float = 0.0) -> nn.Module:
    torch.manual_seed(1)
    if kind == "multihead":
        return MultiHeadAttention(H, dropout, HEADS).double()
    return ATTENTIONS[kind](H, dropout).double()  # type: ignore[call-arg]


@pytest.fixture(params=ATTENTIONS)
def attention(request: pytest.FixtureRequest) -> nn.Module:
    return make_attention(request.param)


@pytest.fixture
def query() -> Tensor:
    return torch.randn(B, T, H, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


@pytest.fixture
def memory() -> Tensor:
    return torch.randn(B, S, H, dtype=torch.float64, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def mask() -> Tensor:
    return torch.arange(S)[None] < torch.tensor([[S], [1], [4]])  # (B, S)


def attend(attention: nn.Module, query: Tensor, memory: Tensor, mask: Tensor) -> list[Tensor]:
    """Context and weights."""
    return list(attention(query, attention.keys(memory), attention.values(memory), mask))


# --- plain references: scores (S,) of one query (H,) for the memory (S, H) of one sentence ---


def dot(attention: nn.Module, q: Tensor, memory: Tensor) -> Tensor:
    return torch.stack([q @ k for k in memory])


def general(attention: nn.Module, q: Tensor, memory: Tensor) -> Tensor:
    W = attention.project.weight
    return torch.stack([q @ (W @ k) for k in memory])


def additive(attention: nn.Module, q: Tensor, memory: Tensor) -> Tensor:
    W, b = attention.project_query.weight, attention.project_query.bias
    U, v = attention.project_key.weight, attention.score.weight[0]
    return torch.stack([v @ torch.tanh(W @ q + U @ k + b) for k in memory])


SCORES: dict[str, Callable[[nn.Module, Tensor, Tensor], Tensor]] = {
    "dot": dot,
    "general": general,
    "additive": additive,
}


def plain(kind: str, attention: nn.Module, q: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
    """Context (H,) and weights (S,) for one query, from the equations."""
    if kind != "multihead":
        weights = SCORES[kind](attention, q, memory).softmax(dim=0)
        return weights @ memory, weights
    d, contexts, all_weights = H // HEADS, [], []
    for head in range(HEADS):
        rows = slice(head * d, (head + 1) * d)
        W, U, V = (
            layer.weight[rows]
            for layer in (attention.project_query, attention.project_key, attention.project_value)
        )
        scores = torch.stack([(W @ q) @ (U @ k) / d**0.5 for k in memory])
        all_weights.append(scores.softmax(dim=0))
        contexts.append(all_weights[-1] @ memory @ V.T)
    return torch.cat(contexts), torch.stack(all_weights).mean(dim=0)


@pytest.mark.parametrize("kind", ATTENTIONS)
def test_agrees_with_its_equations(kind: str, query: Tensor, memory: Tensor, mask: Tensor) -> None:
    attention = make_attention(kind)
    context, weights = attend(attention, query, memory, mask)
    for sentence, length in enumerate(mask.sum(dim=1).tolist()):
        for step in range(T):
            expected = plain(kind, attention, query[sentence, step], memory[sentence, :length])
            torch.testing.assert_close(
                (context[sentence, step], weights[sentence, step, :length]),
                expected,
                rtol=TOLERANCE,
                atol=TOLERANCE,
            )


def test_weights_sum_to_one_and_are_zero_on_padding(
    attention: nn.Module, query: Tensor, memory: Tensor, mask: Tensor
) -> None:
    _, weights = attend(attention, query, memory, mask)
    assert weights.shape == (B, T, S)
    assert (weights >= 0).all()
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(B, T).double(), rtol=0, atol=1e-6)
    assert (weights.masked_select(~mask[:, None]) == 0).all()


def test_padding_changes_nothing(
    attention: nn.Module, query: Tensor, memory: Tensor, mask: Tensor
) -> None:
    before, _ = attend(attention, query, memory, mask)
    other = torch.where(mask[:, :, None], memory, 1e3 * torch.ones_like(memory))
    longer = torch.cat((other, torch.full((B, 5, H), -7.0).double()), dim=1)
    longer_mask = torch.cat((mask, torch.zeros(B, 5, dtype=torch.bool)), dim=1)
    after, _ = attend(attention, query, longer, longer_mask)
    torch.testing.assert_close(after, before)


def test_queries_do_not_know_one_another(
    attention: nn.Module, query: Tensor, memory: Tensor, mask: Tensor
) -> None:
    together = attend(attention, query, memory, mask)
    for step in range(T):
        alone = attend(attention, query[:, step : step + 1], memory, mask)
        for whole, one in zip(together, alone, strict=True):
            torch.testing.assert_close(whole[:, step : step + 1], one)


@pytest.mark.parametrize("kind", ATTENTIONS)
def test_dropout_is_on_the_weights_in_training_alone(
    kind: str, query: Tensor, memory: Tensor, mask: Tensor
) -> None:
    attention = make_attention(kind, dropout=0.5)
    exact = attend(attention.eval(), query, memory, mask)
    torch.testing.assert_close(exact, attend(make_attention(kind), query, memory, mask))
    context, weights = attend(attention.train(), query, memory, mask)
    assert not torch.allclose(context, exact[0])
    torch.testing.assert_close(weights, exact[1])  # those returned are whole


def test_masked_softmax_is_the_softmax_of_what_is_left() -> None:
    scores, mask = torch.randn(5, 7), torch.rand(5, 7) < 0.5
    mask[:, 0] = True
    weights = masked_softmax(scores, mask)
    for row in range(5):
        torch.testing.assert_close(weights[row, mask[row]], scores[row, mask[row]].softmax(dim=0))


def test_bfloat16_in_is_bfloat16_out(query: Tensor, memory: Tensor, mask: Tensor) -> None:
    for kind in ATTENTIONS:
        attention = make_attention(kind).bfloat16()
        context, weights = attend(attention, query.bfloat16(), memory.bfloat16(), mask)
        assert context.dtype == weights.dtype == torch.bfloat16
        exact, _ = attend(make_attention(kind), query, memory, mask)
        torch.testing.assert_close(context.double(), exact, rtol=0.1, atol=0.1)
