"""Dropout: one mask a sequence, or one a word; weight drop. B sentences, T steps, D features."""

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.dropout import (
    ElementDropout,
    SequenceDropout,
    WordDropout,
    drop_weights,
    recurrent_weights,
)
from nmt.layers.recurrence import CELLS
from nmt.layers.self_attention import SelfAttentionCell

B, T, D = 5, 7, 40
PROBABILITY = 0.3


class Words(WordDropout):
    """Of sentences without special tokens."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(x, torch.full(x.shape[:2], 7))


# each kind with the axis along which all elements share their fate, and the others
KINDS = [
    pytest.param(SequenceDropout, 1, id="sequence"),
    pytest.param(Words, 2, id="word"),
]


@pytest.mark.parametrize(("kind", "axis"), KINDS)
def test_one_mask_is_shared_along_one_axis(kind: type[nn.Module], axis: int) -> None:
    torch.manual_seed(1)
    y = kind(PROBABILITY).train()(torch.ones(B, T, D))
    first = y.select(axis, 0).unsqueeze(axis)
    assert torch.equal(y, first.expand_as(y))
    assert first.unique().tolist() == pytest.approx([0, 1 / (1 - PROBABILITY)])


@pytest.mark.parametrize(("kind", "axis"), KINDS)
def test_every_sentence_has_its_own_mask(kind: type[nn.Module], axis: int) -> None:
    torch.manual_seed(1)
    masks = kind(0.5).train()(torch.ones(B, T, D)).select(axis, 0)
    assert len({tuple(mask.tolist()) for mask in masks}) == B


@pytest.mark.parametrize(("kind", "axis"), KINDS)
def test_the_expectation_is_kept(kind: type[nn.Module], axis: int) -> None:
    torch.manual_seed(1)
    draws = torch.ones(20_000, 3, 2)
    mean = kind(PROBABILITY).train()(draws).mean(dim=0)
    # the deviation of a mean of n draws is sqrt(p / (1 - p) / n), here 0.0046
    torch.testing.assert_close(mean, torch.ones(3, 2), rtol=0, atol=0.025)


@pytest.mark.parametrize(("kind", "axis"), KINDS)
def test_nothing_is_dropped_in_evaluation_or_with_probability_zero(
    kind: type[nn.Module], axis: int
) -> None:
    x = torch.randn(B, T, D)
    assert torch.equal(kind(0.9).eval()(x), x)
    assert torch.equal(kind(0.0).train()(x), x)


@pytest.mark.parametrize(("kind", "axis"), KINDS)
def test_gradients_pass_where_values_do(kind: type[nn.Module], axis: int) -> None:
    x = torch.ones(B, T, D, requires_grad=True)
    y = kind(PROBABILITY).train()(x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


def test_elements_are_dropped_each_by_itself() -> None:
    torch.manual_seed(1)
    x = torch.ones(B, 500, D, requires_grad=True)
    y = ElementDropout(PROBABILITY).train()(x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())
    assert y.unique().tolist() == pytest.approx([0, 1 / (1 - PROBABILITY)])
    for axis in (1, 2):  # no feature and no step is dropped, or kept, as a whole
        assert (y == 0).any(dim=axis).all() and (y != 0).any(dim=axis).all()
    assert torch.equal(ElementDropout(0.9).eval()(x), x)


def test_steps_that_share_a_mask_are_the_whole_sequence() -> None:
    module, x = SequenceDropout(PROBABILITY).train(), torch.randn(B, T, D)
    torch.manual_seed(1)
    whole = module(x)
    torch.manual_seed(1)
    dropout = module.of_sequences(x, D)
    steps = [dropout(x[:, t : t + 1]) for t in range(T)]
    assert torch.equal(torch.cat(steps, dim=1), whole)


def test_steps_with_a_mask_of_their_own_drop_other_features() -> None:
    torch.manual_seed(1)
    dropout = ElementDropout(PROBABILITY).train().of_sequences(torch.empty(B, T, 1), D)
    first, second = (dropout(torch.ones(B, 1, D)) for _ in range(2))
    assert not torch.equal(first, second)


@pytest.mark.parametrize("kind", [SequenceDropout, ElementDropout])
def test_no_random_number_is_drawn_where_nothing_is_dropped(kind: type[SequenceDropout]) -> None:
    x, before = torch.randn(B, T, D), torch.get_rng_state()
    for module in (kind(0.9).eval(), kind(0.0).train()):
        assert torch.equal(module.of_sequences(x, D)(x), x)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("kind", [SequenceDropout, ElementDropout])
def test_what_is_dropped_keeps_its_type_and_may_be_of_another_size(
    kind: type[SequenceDropout],
) -> None:
    dropout = kind(0.5).train().of_sequences(torch.ones(B, T, D, dtype=torch.float64), 7)
    for dtype in (torch.float32, torch.bfloat16):
        y = dropout(torch.ones(B, T, 7, dtype=dtype))
        assert y.dtype == dtype and y.shape == (B, T, 7)


# --- weight drop ---

# what carries a state from step to step; nothing in linear recurrences and in self-attention
RECURRENT = {
    "rnn": ["layer.weight_hh_l0"],
    "rnn_relu": ["layer.weight_hh_l0"],
    "gru": ["layer.weight_hh_l0"],
    "lstm": ["layer.weight_hh_l0"],
    "layer_norm_lstm": ["recurrent.weight"],
    "deep_transition_gru": [f"recurrent.{number}.weight" for number in range(3)],
    "ssru": [],
    "mingru": [],
    "minlstm": [],
}


@pytest.mark.parametrize("kind", CELLS)
def test_the_recurrent_weights_are_those_that_carry_the_state(kind: str) -> None:
    cell = CELLS[kind](D, 6)
    assert list(recurrent_weights(cell)) == RECURRENT[kind]
    for name, weight in recurrent_weights(cell).items():
        assert weight is cell.get_parameter(name)
        assert weight.shape[1] == 6
    assert recurrent_weights(SelfAttentionCell(6, 2, 0.0)) == {}


def test_their_names_are_those_in_a_model() -> None:
    layers = nn.ModuleDict({kind: CELLS[kind](D, 6) for kind in CELLS})
    expected = [f"{kind}.{name}" for kind in CELLS for name in RECURRENT[kind]]
    assert list(recurrent_weights(layers)) == expected


@pytest.mark.parametrize("kind", [kind for kind, names in RECURRENT.items() if names])
def test_dropped_weights_are_zero_for_all_time_steps_and_learn_nothing(kind: str) -> None:
    torch.manual_seed(1)
    cell, x = CELLS[kind](4, 12), torch.randn(B, T, 4)
    weights = recurrent_weights(cell)
    if kind == "rnn_relu":  # whose matrix has zeros of its own
        nn.init.orthogonal_(weights["layer.weight_hh_l0"])
    before = {name: weight.detach().clone() for name, weight in weights.items()}
    dropped = drop_weights(weights, 0.5)
    y, _ = torch.func.functional_call(cell, dropped, (x, cell.start(x)))
    y.square().sum().backward()
    for name, weight in weights.items():
        kept = dropped[name] != 0
        assert kept.any() and not kept.all()
        torch.testing.assert_close(dropped[name][kept], 2 * weight[kept])
        assert weight.grad is not None
        assert weight.grad[kept].any() and not weight.grad[~kept].any()
        assert torch.equal(weight, before[name])
    assert not torch.allclose(y, cell(x, cell.start(x))[0])


def test_each_batch_has_weights_dropped_of_its_own() -> None:
    weights = recurrent_weights(CELLS["lstm"](4, 12))
    one, other = (drop_weights(weights, 0.5)["layer.weight_hh_l0"] for _ in range(2))
    assert not torch.equal(one == 0, other == 0)
