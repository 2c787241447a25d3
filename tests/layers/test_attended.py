"""Every attention is a weighted mean of the tokens of the source; letters as in `attentions`."""

from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.attended import Attended, attend, attended
from nmt.settings import ModelSettings
from tests.layers.attentions import (
    KINDS,
    LENGTHS,
    MASK,
    B,
    H,
    S,
    T,
    close,
    make_attention,
    random,
    read,
)


@pytest.fixture(params=KINDS)
def attention(request: pytest.FixtureRequest) -> nn.Module:
    return make_attention(request.param)


@pytest.fixture
def query() -> Tensor:
    return random(B, T, H, seed=2)


@pytest.fixture
def memory() -> Tensor:
    return random(B, S, H, seed=3)


def test_the_settings_name_every_attention() -> None:
    assert set(get_args(ModelSettings.model_fields["attention"].annotation)) == set(KINDS)


def test_weights_sum_to_one_and_are_zero_on_padding(
    attention: nn.Module, query: Tensor, memory: Tensor
) -> None:
    _, weights = read(attention, query, memory)
    assert weights.shape == (B, T, S)
    assert (weights >= 0).all()
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(B, T).double(), rtol=0, atol=1e-6)
    assert (weights.masked_select(~MASK[:, None]) == 0).all()


def test_padding_changes_nothing(attention: nn.Module, query: Tensor, memory: Tensor) -> None:
    before, _ = read(attention, query, memory)
    other = torch.where(MASK[:, :, None], memory, 1e3 * torch.ones_like(memory))
    longer = torch.cat((other, torch.full((B, 5, H), -7.0).double()), dim=1)
    longer_mask = torch.cat((MASK, torch.zeros(B, 5, dtype=torch.bool)), dim=1)
    after, _ = read(attention, query, longer, longer_mask)
    close(after, before)


def test_a_batch_is_its_sentences(attention: nn.Module, query: Tensor, memory: Tensor) -> None:
    context, weights = read(attention, query, memory)
    for row, length in enumerate(LENGTHS.tolist()):
        some = slice(row, row + 1)
        alone = read(attention, query[some], memory[some, :length], MASK[some, :length])
        close(alone, (context[some], weights[some, :, :length]))


def test_a_later_query_never_changes_an_earlier_answer(
    attention: nn.Module, query: Tensor, memory: Tensor
) -> None:
    before = read(attention, query, memory)
    query[:, 2] += 1
    for one, other in zip(before, read(attention, query, memory), strict=True):
        assert torch.equal(one[:, :2], other[:, :2])
        assert not torch.allclose(one[:, 2], other[:, 2])


def test_query_by_query_is_all_at_once(attention: nn.Module, query: Tensor, memory: Tensor) -> None:
    together = read(attention, query, memory)
    source, answers = attended(attention, memory, MASK), []
    for t in range(T):
        *answer, source = attend(attention, query[:, t : t + 1], source)
        answers.append(answer)
    for whole, steps in zip(together, zip(*answers, strict=True), strict=True):
        close(torch.cat(steps, dim=1), whole)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_the_finite_differences(kind: str) -> None:
    attention = make_attention(kind, size=4)
    names = [name for name, _ in attention.named_parameters()]
    mask = torch.tensor([[True, True, True], [True, False, False]])

    class Read(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = attention

        def forward(self, query: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
            return read(self.attention, query, memory, mask)

    def run(query: Tensor, memory: Tensor, *tensors: Tensor) -> tuple[Tensor, Tensor]:
        weights = {f"attention.{name}": x for name, x in zip(names, tensors, strict=True)}
        return torch.func.functional_call(Read(), weights, (query, memory))

    inputs = (random(2, 2, 4, seed=2), random(2, 3, 4, seed=3), *attention.parameters())
    inputs = tuple(x.detach().requires_grad_() for x in inputs)
    assert torch.autograd.gradcheck(run, inputs)


def test_gradients_reach_every_parameter_and_token_and_no_padding(
    attention: nn.Module, query: Tensor, memory: Tensor
) -> None:
    query.requires_grad_()
    memory.requires_grad_()
    context, _ = read(attention, query, memory)
    context.square().sum().backward()
    for name, parameter in attention.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name
    assert memory.grad is not None and query.grad is not None
    assert torch.equal(memory.grad.abs().sum(dim=2) > 0, MASK)
    assert (query.grad[LENGTHS > 1].abs().sum(dim=2) > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_is_on_the_weights_in_training_alone(
    kind: str, query: Tensor, memory: Tensor
) -> None:
    attention = make_attention(kind, dropout=0.5)
    exact = read(attention.eval(), query, memory)
    close(exact, read(make_attention(kind), query, memory))
    context, weights = read(attention.train(), query, memory)
    assert not torch.allclose(context, exact[0])
    close(weights, exact[1])  # those returned are whole, and what is covered is


def test_bfloat16_in_is_bfloat16_out(attention: nn.Module, query: Tensor, memory: Tensor) -> None:
    exact, _ = read(attention, query, memory)
    context, weights = read(attention.bfloat16(), query.bfloat16(), memory.bfloat16())
    assert context.dtype == weights.dtype == torch.bfloat16
    torch.testing.assert_close(context.double(), exact, rtol=0.1, atol=0.15)


def test_autocast_trains(attention: nn.Module, query: Tensor, memory: Tensor) -> None:
    exact, _ = read(attention, query, memory)
    attention, memory = attention.float(), memory.float().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        context, _ = read(attention, query.float(), memory)
    torch.testing.assert_close(context.double(), exact, rtol=0.1, atol=0.15)
    (gradient,) = torch.autograd.grad(context.float().square().sum(), memory)
    assert gradient.dtype == torch.float32 and gradient.isfinite().all()


# --- rows of what is attended ---


def read_one(attention: nn.Module, query: Tensor, memory: Tensor) -> Attended:
    return attend(attention, query, attended(attention, memory, MASK))[2]


def test_moved_rows_are_those_of_the_index(
    attention: nn.Module, query: Tensor, memory: Tensor
) -> None:
    source, index = read_one(attention, query, memory), [2, 0, 0, 1]
    rows = source.rows(torch.tensor(index), moved=True)
    for name in ("keys", "values", "mask", "covered"):
        before, after = getattr(source, name), getattr(rows, name)
        assert (before is None) == (after is None) == (name == "covered" and before is None)
        if before is not None:
            assert torch.equal(after, torch.stack([before[row] for row in index]))


def test_rows_that_stay_with_their_sentence_share_what_they_read(
    attention: nn.Module, query: Tensor, memory: Tensor
) -> None:
    wide = attended(attention, memory, MASK).rows(torch.tensor([0, 0, 1, 1, 2, 2]), moved=True)
    source = attend(attention, random(6, 1, H, seed=4), wide)[2]
    index = torch.tensor([1, 0, 2, 2, 5, 4])
    rows = source.rows(index, moved=False)
    assert rows.keys is wide.keys and rows.values is wide.values and rows.mask is wide.mask
    if source.covered is not None:
        assert rows.covered is not None
        assert torch.equal(rows.covered, source.covered[index])
        assert not torch.equal(rows.covered, source.covered)


def test_coverage_alone_has_a_past(attention: nn.Module, query: Tensor, memory: Tensor) -> None:
    source = attended(attention, memory, MASK)
    later = attend(attention, query, source)[2]
    if "coverage" in type(attention).__name__.lower():
        assert later.covered is not None
        close(later.covered.double().sum(dim=1), torch.full((B,), float(T)).double())
    else:
        assert later is source
