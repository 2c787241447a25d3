"""Decoders and their states; B sentences, N rows, T target length, S source length, H hidden."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.recurrence import CELLS, GRU, LSTM
from nmt.layers.self_attention import SelfAttentionCell
from nmt.model.decoder import Bridge, DecoderState, LastStart, ZeroStart, first_sentences
from nmt.model.encoder import Memory
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import ModelSettings
from nmt.text.vocabulary import BOS
from tests.model.architectures import DECODERS, FEEDING, close, make_model, make_settings

TARGET = torch.tensor([[BOS, 5, 6, 7], [BOS, 8, 8, 4], [BOS, 10, 6, 5]])


@pytest.fixture
def state(model: Seq2Seq, memory: Memory) -> DecoderState:
    """A state after some tokens, so that no two rows are alike."""
    return model.decode(TARGET[:, :2], model.start(memory))[2]


def apply(f: Callable[[Tensor], Tensor], value: Any) -> Any:
    """A value of tensors, with each tensor changed."""
    if isinstance(value, Tensor):
        return f(value)
    if isinstance(value, tuple):
        return tuple(apply(f, part) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: apply(f, getattr(value, field.name)) for field in fields(value)}
        return replace(value, **changed)
    return value


def rows(state: DecoderState, index: list[int]) -> DecoderState:
    """What reordering means, written plainly: every tensor, row by row."""
    return apply(lambda x: torch.stack([x[row] for row in index]), state)


INDICES = {"repeat": [0, 0, 1, 1, 2, 2], "permute": [2, 0, 1], "leave out": [2, 2, 0]}


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_reorder_takes_the_rows_of_an_index(
    model: Seq2Seq, state: DecoderState, index: list[int]
) -> None:
    tokens = torch.arange(4, 4 + len(index))[:, None]
    actual = model.decode(tokens, state.reorder(torch.tensor(index)))
    expected = model.decode(tokens, rows(state, index))
    close(actual[:2], expected[:2])
    assert torch.equal(actual[2].sentence, torch.tensor(index))


def test_reorder_within_the_beam_of_a_sentence(model: Seq2Seq, state: DecoderState) -> None:
    """Rows of one sentence share what they read of it; only their own past moves."""
    wide = state.reorder(torch.tensor([0, 0, 1, 1, 2, 2]))
    _, _, wide = model.decode(torch.tensor([[4], [5], [6], [7], [8], [9]]), wide)
    index, tokens = [1, 0, 2, 2, 5, 4], torch.full((6, 1), 5)
    moved = wide.reorder(torch.tensor(index))
    for before, after in zip(wide.sources, moved.sources, strict=True):
        assert after.keys is before.keys and after.values is before.values
    close(model.decode(tokens, moved)[:2], model.decode(tokens, rows(wide, index))[:2])


def test_a_beam_is_as_if_each_row_had_been_read_alone(model: Seq2Seq, memory: Memory) -> None:
    """Whatever was reordered on the way, a state knows the tokens of its own row."""
    state, prefixes = model.start(memory), [[BOS], [BOS], [BOS]]
    for index, tokens in (
        ([0, 0, 1, 1, 2, 2], [4, 5, 6, 7, 8, 9]),
        ([1, 0, 2, 2, 4, 4], [6, 6, 5, 4, 5, 6]),
        ([5, 3, 2, 0], [7, 8, 9, 10]),
    ):
        logits, _, state = model.decode(torch.tensor([p[-1:] for p in prefixes]), state)
        state = state.reorder(torch.tensor(index))
        prefixes = [[*prefixes[row], token] for row, token in zip(index, tokens, strict=True)]
    logits, _, state = model.decode(torch.tensor([p[-1:] for p in prefixes]), state)
    assert state.sentence.tolist() == [2, 1, 1, 0]
    alone = model.start(memory).reorder(state.sentence)
    close(logits[:, 0], model.decode(torch.tensor(prefixes), alone)[0][:, -1])


def test_a_row_is_not_changed_by_what_another_does(model: Seq2Seq, state: DecoderState) -> None:
    one, _, _ = model.decode(torch.tensor([[4], [5], [6]]), state)
    other, _, _ = model.decode(torch.tensor([[4], [8], [9]]), state)
    close(one[0], other[0])
    assert not torch.allclose(one[1], other[1])


def test_a_state_is_a_value(model: Seq2Seq, state: DecoderState) -> None:
    copy = apply(Tensor.clone, state)
    first, _, _ = model.decode(TARGET, state)
    second, _, _ = model.decode(TARGET, state)
    assert torch.equal(first, second)
    torch.testing.assert_close(tensors(state), tensors(copy), rtol=0, atol=0)


def tensors(state: DecoderState) -> list[Tensor]:
    found: list[Tensor] = []
    apply(lambda x: (found.append(x), x)[1], state)  # type: ignore[func-returns-value]
    return found


def test_attention_weights_are_a_share_of_each_source_token(model: Seq2Seq, memory: Memory) -> None:
    _, weights, _ = model.decode(TARGET, model.start(memory))
    assert weights.shape == (3, 4, 5)
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(3, 4).double(), rtol=0, atol=1e-6)
    assert (weights.masked_select(~memory.mask[:, None]) == 0).all()


def test_the_memory_of_a_sentence_is_read_by_its_own_rows(model: Seq2Seq, memory: Memory) -> None:
    before, _, _ = model.decode(TARGET, model.start(memory))
    vectors = memory.vectors.clone()
    vectors[1, :2] += torch.randn(2, 8, generator=torch.Generator().manual_seed(1)).double()
    after, _, _ = model.decode(TARGET, model.start(replace(memory, vectors=vectors)))
    changed = [not torch.allclose(before[row], after[row]) for row in range(3)]
    assert changed == [False, True, False]


def test_gradients_reach_the_memory_and_no_padding(
    settings: ModelSettings, model: Seq2Seq, memory: Memory
) -> None:
    vectors, summary = (x.detach().requires_grad_() for x in (memory.vectors, memory.summary))
    leaves = replace(memory, vectors=vectors, summary=summary)
    logits, _, _ = model.decode(TARGET, model.start(leaves))
    logits.logsumexp(dim=2).sum().backward()
    assert vectors.grad is not None
    assert torch.equal(vectors.grad.abs().sum(dim=2) > 0, memory.mask)
    starts = settings.start in ("last", "bridge") and settings.decoder != "transformer"
    assert (summary.grad is not None and bool(summary.grad.any())) == starts


# --- the first state ---


def make_memory(vectors: Tensor, summary: Tensor) -> Memory:
    mask = torch.tensor([[True, True, True], [True, False, False]])
    return Memory(vectors, mask, summary, words=vectors)


VECTORS = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(1))
SUMMARY = torch.randn(2, 4, generator=torch.Generator().manual_seed(2))
MEMORY = make_memory(VECTORS, SUMMARY)


def test_zero_starts_from_zeros_and_self_attention_from_an_empty_past() -> None:
    states = ZeroStart()(MEMORY, [LSTM(3, 4), GRU(3, 4), SelfAttentionCell(4, 2, 0.0)])
    assert [[part.shape for part in state] for state in states] == [
        [(2, 4), (2, 4)],
        [(2, 4)],
        [(2, 0, 4), (2, 0, 4)],
    ]
    assert not any(part.any() for state in states for part in state)


@pytest.mark.parametrize("kind", CELLS)
def test_last_starts_every_layer_from_the_last_state_of_the_encoder(kind: str) -> None:
    cells = [CELLS[kind](3, 4), CELLS[kind](5, 4)]
    for h, *rest in LastStart()(MEMORY, cells):
        assert torch.equal(h, SUMMARY)
        assert len(rest) == len(cells[0].start(SUMMARY)) - 1
        assert not any(part.any() for part in rest)


@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("parts", [1, 2])
def test_a_bridge_gives_each_part_of_each_layer_its_own_projection(parts: int, mean: bool) -> None:
    size, layers = 4, 3
    bridge = Bridge(size, layers, parts, mean=mean)
    nn.init.normal_(bridge.project.bias)
    states = bridge(MEMORY, [nn.Identity()] * layers)
    s = torch.stack([VECTORS[0].mean(dim=0), VECTORS[1, 0]]) if mean else SUMMARY
    assert [len(state) for state in states] == [parts] * layers
    for number, part in enumerate(part for state in states for part in state):
        rows = slice(number * size, (number + 1) * size)
        W, b = bridge.project.weight[rows], bridge.project.bias[rows]
        torch.testing.assert_close(part, torch.tanh(s @ W.T + b))
        assert part.is_contiguous()  # cuDNN takes no other


def test_the_first_rows_are_the_sentences() -> None:
    assert first_sentences(MEMORY).tolist() == [0, 1]


# --- dropout ---

RECURRENT = [
    *(make_settings(decoder=decoder, input_feeding=feeding, dropout=0.5, decoder_layers=1)
      for decoder in FEEDING for feeding in (False, True)),
    make_settings(decoder="bahdanau", dropout=0.5, decoder_layers=1),
]  # fmt: skip


def assert_one_mask_a_sequence(x: Tensor) -> None:
    """What is dropped of x (B, T, H) is the same at all time steps, and not for all sentences."""
    dropped = x == 0
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert dropped.any() and not dropped.all()
    assert not torch.equal(dropped, dropped[:1].expand_as(dropped))


def dropped_parts(settings: ModelSettings) -> list[Tensor]:
    """What a decoder drops features of, each (B, T, size): its readout, its layer, its context."""
    model = make_model(settings).train()
    seen: list[Tensor] = []
    model.decoder.readout.register_forward_hook(lambda _, inputs, output: seen.append(inputs[0]))
    memory = model.encode(torch.randint(4, 9, (3, 5)), torch.full((3,), 5))
    readout, _, _ = model.decoder(TARGET, model.start(memory))
    read = torch.cat(seen, dim=1)  # (B, T, 2 H) at least
    if settings.decoder == "luong":  # the context comes first, and keeps its features
        return [readout, read[:, :, 8:16]]
    return [readout, read[:, :, :8], read[:, :, 8:16]]


@pytest.mark.parametrize("settings", RECURRENT, ids=lambda s: f"{s.decoder}-{s.input_feeding}")
def test_the_same_features_are_dropped_at_all_time_steps(settings: ModelSettings) -> None:
    """Also where a decoder reads step by step: of its layers, and of its readout."""
    for part in dropped_parts(settings):
        assert_one_mask_a_sequence(part)


@pytest.mark.parametrize("settings", RECURRENT, ids=lambda s: f"{s.decoder}-{s.input_feeding}")
def test_masks_by_element_drop_other_features_at_each_time_step(settings: ModelSettings) -> None:
    """Also where a decoder reads step by step."""
    for part in dropped_parts(settings.model_copy(update={"dropout_mask": "element"})):
        for t in range(1, part.shape[1]):
            assert not torch.equal(part[:, t] == 0, part[:, 0] == 0)


@pytest.mark.parametrize("decoder", ["hybrid", "transformer"])
def test_blocks_drop_the_same_features_at_all_time_steps(decoder: str) -> None:
    model = make_model(make_settings(decoder=decoder, dropout=0.5)).train()
    seen: list[Tensor] = []
    model.decoder.dropout.register_forward_hook(lambda _, inputs, output: seen.append(output))
    memory = model.encode(torch.randint(4, 9, (3, 5)), torch.full((3,), 5))
    model.decode(TARGET, model.start(memory))
    assert len(seen) == 2 * (1 + 1 + 2)  # cell, attention and network, whose inner has its own
    for output in seen[:2]:
        assert_one_mask_a_sequence(output)


@pytest.mark.parametrize("decoder", DECODERS)
def test_nothing_is_dropped_in_evaluation(decoder: str) -> None:
    dropped = make_settings(decoder=decoder, dropout=0.5, embedding_dropout=0.5)
    memory = make_model(make_settings(decoder=decoder)).encode(TARGET, torch.full((3,), 4))
    one, other = (make_model(s) for s in (dropped, make_settings(decoder=decoder)))
    close(one.decode(TARGET, one.start(memory))[0], other.decode(TARGET, other.start(memory))[0])
