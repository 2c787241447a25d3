"""Layers that read ahead, back or both ways; B sentences, T time steps, D input, H hidden."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.direction import (
    AheadLayer,
    BackLayer,
    BidirectionalLayer,
    last_output,
    make_padding,
    reorder_time,
    reversal_index,
)
from nmt.layers.recurrence import CELLS
from tests.layers.cells import B, D, H, T, make_cell, random

LENGTHS = [[1], [4], [5, 5], [1, 2, 3, 4, 5], [5, 1, 3]]
LAYERS: dict[str, Callable[[str], nn.Module]] = {
    "ahead": lambda kind: AheadLayer(make_cell(kind)),
    "back": lambda kind: BackLayer(make_cell(kind)),
    "both": lambda kind: BidirectionalLayer(make_cell(kind), make_cell(kind, seed=3)),
}


def read(layer: nn.Module, x: Tensor, lengths: list[int]) -> Tensor:
    return layer(x, make_padding(torch.tensor(lengths), x.shape[1]))


def from_zeros(cell: nn.Module, x: Tensor) -> Tensor:
    return cell(x, cell.start(x))[0]


@pytest.mark.parametrize("lengths", LENGTHS)
def test_each_sequence_is_reversed_within_its_length(lengths: list[int]) -> None:
    x = random(len(lengths), T, D)
    reversed_x = reorder_time(x, reversal_index(torch.tensor(lengths), T))
    for row, length in enumerate(lengths):
        assert torch.equal(reversed_x[row, :length], x[row, :length].flip(0))
        assert torch.equal(reversed_x[row, length:], x[row, length:])


@pytest.mark.parametrize("lengths", LENGTHS)
def test_reversing_twice_changes_nothing(lengths: list[int]) -> None:
    x, index = random(len(lengths), T, D), reversal_index(torch.tensor(lengths), T)
    assert torch.equal(reorder_time(reorder_time(x, index), index), x)


@pytest.mark.parametrize("lengths", LENGTHS)
def test_the_padding_knows_each_length(lengths: list[int]) -> None:
    padding = make_padding(torch.tensor(lengths), T)
    assert padding.mask.tolist() == [[t < length for t in range(T)] for length in lengths]
    assert torch.equal(padding.reversal, reversal_index(torch.tensor(lengths), T))


def test_the_last_output_is_that_of_the_last_token() -> None:
    y = random(3, T, H)
    assert torch.equal(last_output(y, torch.tensor([5, 1, 3])), y[[0, 1, 2], [4, 0, 2]])


@pytest.mark.parametrize("kind", CELLS)
def test_a_layer_reads_in_its_direction(kind: str) -> None:
    x, lengths = random(B, T, D), [T] * B
    ahead = from_zeros(make_cell(kind), x)
    back = from_zeros(make_cell(kind), x.flip(1)).flip(1)
    other_back = from_zeros(make_cell(kind, seed=3), x.flip(1)).flip(1)
    torch.testing.assert_close(read(LAYERS["ahead"](kind), x, lengths), ahead)
    torch.testing.assert_close(read(LAYERS["back"](kind), x, lengths), back)
    both = torch.cat((ahead, other_back), dim=2)
    torch.testing.assert_close(read(LAYERS["both"](kind), x, lengths), both)


@pytest.mark.parametrize("direction", LAYERS)
@pytest.mark.parametrize("kind", CELLS)
def test_padding_changes_nothing_and_a_batch_is_its_sentences(kind: str, direction: str) -> None:
    layer, lengths = LAYERS[direction](kind), [5, 2, 1]
    x = random(B, T, D)
    padded = read(layer, x, lengths)
    x[1, 2:], x[2, 1:] = 1e3, -1e3
    other = read(layer, torch.cat((x, x), dim=1), lengths)
    for row, length in enumerate(lengths):
        alone = read(layer, x[row : row + 1, :length], [length])[0]
        torch.testing.assert_close(padded[row, :length], alone)
        torch.testing.assert_close(other[row, :length], alone)


@pytest.mark.parametrize("kind", ["lstm", "ssru"])
def test_the_summary_is_the_output_where_all_is_read(kind: str) -> None:
    lengths = torch.tensor([5, 2, 1])
    x = random(B, T, D)
    for direction, layer in LAYERS.items():
        y = read(layer(kind), x, lengths.tolist())
        summary = layer(kind).summary(y, lengths)
        for row, length in enumerate(lengths.tolist()):
            last, first = y[row, length - 1], y[row, 0]
            both = torch.cat((last[:H], first[H:]))
            expected = {"ahead": last, "back": first, "both": both}[direction]
            assert torch.equal(summary[row], expected)


@pytest.mark.parametrize("direction", LAYERS)
def test_gradients_reach_every_token_and_no_padding(direction: str) -> None:
    layer, lengths = LAYERS[direction]("gru"), torch.tensor([5, 2, 1])
    x = random(B, T, D).requires_grad_()
    padding = make_padding(lengths, T)
    layer.summary(layer(x, padding), lengths).square().sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad.abs().sum(dim=2) > 0, padding.mask)
    for name, parameter in layer.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name
