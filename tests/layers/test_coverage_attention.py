"""Attention that knows what it has attended to; letters as in `attentions`."""

import torch
from torch import Tensor, nn

from nmt.layers.attended import attend, attended
from tests.layers.attentions import (
    MASK,
    B,
    H,
    S,
    T,
    assert_agrees,
    close,
    from_scores,
    make_attention,
    random,
    read,
)


def equations(attention: nn.Module, query: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
    W, b = attention.project_query.weight, attention.project_query.bias
    U, v = attention.project_key.weight, attention.score.weight[0]
    w = attention.project_coverage.weight[:, 0]
    covered = torch.zeros(len(memory)).double()
    contexts, all_weights = [], []
    for q in query:
        scores = [
            v @ torch.tanh(W @ q + U @ k + w * c + b) for k, c in zip(memory, covered, strict=True)
        ]
        context, weights = from_scores([scores], memory)
        covered = covered + weights[0]
        contexts.append(context[0])
        all_weights.append(weights[0])
    return torch.stack(contexts), torch.stack(all_weights)


def test_agrees_with_its_equations_forward_and_backward() -> None:
    assert_agrees("coverage", equations)


def test_it_knows_what_is_covered_through_the_state() -> None:
    """A query asked twice gets two answers; asked again from the same state, the same."""
    attention, query = make_attention("coverage"), random(B, 1, H, seed=2)
    source = attended(attention, random(B, S, H, seed=3), MASK)
    _, first, later = attend(attention, query, source)
    _, again, _ = attend(attention, query, source)
    _, second, last = attend(attention, query, later)
    assert torch.equal(first, again)
    assert not torch.allclose(first, second, atol=1e-3)
    assert source.covered is not None and not source.covered.any()
    assert later.covered is not None and last.covered is not None
    close(later.covered.double(), first[:, 0])
    close(last.covered.double(), (first + second)[:, 0])


def test_without_a_past_it_is_additive_attention() -> None:
    """As it is when the coverage has no weight."""
    coverage, additive = make_attention("coverage"), make_attention("additive")
    additive.load_state_dict(
        {k: v for k, v in coverage.state_dict().items() if "coverage" not in k}
    )
    query, memory = random(B, T, H, seed=2), random(B, S, H, seed=3)
    close(read(coverage, query[:, :1], memory), read(additive, query[:, :1], memory))
    with torch.no_grad():
        coverage.project_coverage.weight.zero_()
    close(read(coverage, query, memory), read(additive, query, memory))


def test_its_weight_can_forbid_to_look_twice() -> None:
    attention = make_attention("coverage")
    with torch.no_grad():
        attention.project_query.weight.zero_()
        attention.project_key.weight.zero_()
        attention.project_coverage.weight.fill_(-1.0)
        attention.score.weight.fill_(1e3)
        attention.project_query.bias.zero_()
    memory = torch.zeros(1, 3, H).double()
    source = attended(attention, memory, torch.ones(1, 3, dtype=torch.bool))
    source.covered[0] = torch.tensor([1.0, 0.0, 1.0])  # type: ignore[index]
    _, weights, _ = attend(attention, torch.zeros(1, 1, H).double(), source)
    assert weights[0, 0].tolist() == [0, 1, 0]


def test_the_type_of_the_coverage_is_float32_in_any_precision() -> None:
    attention = make_attention("coverage").bfloat16()
    source = attended(attention, random(B, S, H, seed=3).bfloat16(), MASK)
    _, weights, later = attend(attention, random(B, T, H, seed=2).bfloat16(), source)
    assert weights.dtype == torch.bfloat16
    assert later.covered is not None and later.covered.dtype == torch.float32
