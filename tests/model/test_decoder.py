"""The decoder and its state; B sentences, N rows, T target length, S source length, H hidden."""

import pytest
import torch
from torch import Tensor

from nmt.model.decoder import Bridge, DecoderState
from nmt.model.encoder import Memory
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import ModelSettings
from nmt.text.vocabulary import BOS, EOS, PAD

SOURCE = torch.tensor([[4, 5, 6, 7, EOS], [8, EOS, PAD, PAD, PAD], [9, 4, 9, EOS, PAD]])
LENGTHS = torch.tensor([5, 2, 4])
TARGET = torch.tensor([[BOS, 5, 6, 7], [BOS, 8, 8, 4], [BOS, 10, 6, 5]])


@pytest.fixture
def memory(model: Seq2Seq) -> Memory:
    return model.encode(SOURCE, LENGTHS)


@pytest.fixture
def state(model: Seq2Seq, memory: Memory) -> DecoderState:
    """A state after some tokens, so that no two rows are alike."""
    return model.decode(TARGET[:, :2], model.start(memory))[2]


def rows(state: DecoderState, index: list[int]) -> DecoderState:
    """What reordering means, written plainly."""

    def take(tensor: Tensor) -> Tensor:
        return torch.stack([tensor[row] for row in index])

    cells = tuple(tuple(take(part) for part in layer) for layer in state.cells)
    rest = (take(part) for part in (state.keys, state.values, state.mask, state.sentence))
    return DecoderState(cells, *rest)


@pytest.mark.parametrize(
    "index",
    [
        pytest.param([0, 0, 1, 1, 2, 2], id="repeat"),
        pytest.param([2, 0, 1], id="permute"),
        pytest.param([1], id="leave out"),
        pytest.param([2, 2, 0, 2], id="all at once"),
        pytest.param([0, 1, 2], id="keep"),
    ],
)
def test_reorder_takes_the_rows_of_an_index(
    model: Seq2Seq, state: DecoderState, index: list[int]
) -> None:
    tokens = torch.arange(4, 4 + len(index))[:, None]
    actual = model.decode(tokens, state.reorder(torch.tensor(index)))
    expected = model.decode(tokens, rows(state, index))
    torch.testing.assert_close(actual[:2], expected[:2])
    assert torch.equal(actual[2].sentence, torch.tensor(index))


def test_reorder_within_the_beam_of_a_sentence(model: Seq2Seq, state: DecoderState) -> None:
    """Rows of one sentence share what they read of it; only their own past moves."""
    wide = state.reorder(torch.tensor([0, 0, 1, 1, 2, 2]))
    _, _, wide = model.decode(torch.tensor([[4], [5], [6], [7], [8], [9]]), wide)
    index, tokens = [1, 0, 2, 2, 5, 4], torch.full((6, 1), 5)
    moved = wide.reorder(torch.tensor(index))
    assert moved.keys is wide.keys
    expected = model.decode(tokens, rows(wide, index))
    torch.testing.assert_close(model.decode(tokens, moved)[:2], expected[:2])


def test_a_row_is_not_changed_by_what_another_does(model: Seq2Seq, state: DecoderState) -> None:
    one, _, _ = model.decode(torch.tensor([[4], [5], [6]]), state)
    other, _, _ = model.decode(torch.tensor([[4], [8], [9]]), state)
    torch.testing.assert_close(one[0], other[0])
    assert not torch.allclose(one[1], other[1])


def test_a_state_is_a_value(model: Seq2Seq, state: DecoderState) -> None:
    first, _, _ = model.decode(TARGET, state)
    second, _, _ = model.decode(TARGET, state)
    assert torch.equal(first, second)


def test_attention_weights_are_a_share_of_each_source_token(model: Seq2Seq, memory: Memory) -> None:
    _, weights, _ = model.decode(TARGET, model.start(memory))
    assert weights.shape == (3, 4, 5)
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(3, 4).double(), rtol=0, atol=1e-6)
    assert (weights.masked_select(~memory.mask[:, None]) == 0).all()


def test_the_first_state_of_every_layer_comes_from_the_encoder(
    model: Seq2Seq, memory: Memory
) -> None:
    moved = Memory(memory.vectors, memory.mask, memory.summary + 0.5)
    for layer, other in zip(model.start(memory).cells, model.start(moved).cells, strict=True):
        for part, other_part in zip(layer, other, strict=True):
            assert part.shape == (3, 8)
            assert not torch.allclose(part, other_part)


def test_the_memory_of_a_sentence_is_read_by_its_own_rows(model: Seq2Seq, memory: Memory) -> None:
    before, _, _ = model.decode(TARGET, model.start(memory))
    vectors = memory.vectors.clone()
    vectors[1, :2] += torch.randn(2, 8, generator=torch.Generator().manual_seed(1)).double()
    after, _, _ = model.decode(TARGET, model.start(Memory(vectors, memory.mask, memory.summary)))
    changed = [not torch.allclose(before[row], after[row]) for row in range(3)]
    assert changed == [False, True, False]


def test_upper_layers_add_to_what_they_read(model: Seq2Seq, memory: Memory) -> None:
    """With all its weights zero, and from a state of zeros, an upper layer changes nothing."""
    with torch.no_grad():
        for parameter in model.decoder.cells[1].parameters():
            parameter.zero_()
    start = model.start(memory)
    zeros = tuple(torch.zeros_like(part) for part in start.cells[1])
    clear = DecoderState(
        (start.cells[0], zeros), start.keys, start.values, start.mask, start.sentence
    )
    two_layers, _, _ = model.decode(TARGET, clear)
    model.decoder.cells = model.decoder.cells[:1]
    one = DecoderState(start.cells[:1], start.keys, start.values, start.mask, start.sentence)
    torch.testing.assert_close(two_layers, model.decode(TARGET, one)[0])


@pytest.mark.parametrize("parts", [1, 2])
def test_a_bridge_gives_each_part_of_each_layer_its_own_projection(parts: int) -> None:
    size, layers = 4, 3
    bridge, summary = Bridge(size, layers, parts), torch.randn(2, size)
    states = bridge(summary)
    assert [len(state) for state in states] == [parts] * layers
    flat = [part for state in states for part in state]
    for number, part in enumerate(flat):
        W = bridge.project.weight[number * size : (number + 1) * size]
        torch.testing.assert_close(part, torch.tanh(summary @ W.T))
        assert part.is_contiguous()  # cuDNN takes no other


def test_gradients_reach_the_memory(settings: ModelSettings, model: Seq2Seq) -> None:
    vectors = torch.randn(3, 5, settings.hidden_size, dtype=torch.float64, requires_grad=True)
    mask = torch.arange(5)[None] < LENGTHS[:, None]
    summary = torch.randn(3, settings.hidden_size, dtype=torch.float64, requires_grad=True)
    logits, _, _ = model.decode(TARGET, model.start(Memory(vectors, mask, summary)))
    logits.logsumexp(dim=2).sum().backward()
    assert vectors.grad is not None and summary.grad is not None
    assert torch.equal(vectors.grad.abs().sum(dim=2) > 0, mask)  # and no padding
    assert (summary.grad != 0).all()
