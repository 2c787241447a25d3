"""Gradients through time against autograd on a model that is cut in two by hand."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nmt.corpus.batches import pad_sources
from nmt.model.build import build
from nmt.model.encoder import Memory
from nmt.model.seq2seq import Seq2Seq
from nmt.report.gradients import Pair, Reach, gradient_reach, random_pairs
from nmt.settings import ModelSettings
from nmt.text.vocabulary import BOS, SPECIAL_TOKENS

PAIRS: list[Pair] = [
    ([4, 5, 6, 7], [8, 9, 5, 4, 6]),
    ([9], [7]),
    ([], [5, 5, 8]),
    ([8] * 7, [6] * 9),
]
DECODERS = [
    {"decoder": "luong", "cell": "rnn"},
    {"decoder": "luong", "cell": "gru", "input_feeding": True},
    {"decoder": "gnmt", "cell": "lstm", "start": "mean"},
    {"decoder": "gnmt", "cell": "ssru", "attention": "coverage", "input_feeding": True},
    {"decoder": "rnmtplus", "cell": "layer_norm_lstm", "start": "last", "encoder": "gnmt"},
    {"decoder": "bahdanau", "cell": "minlstm", "encoder": "alternating"},
    {"decoder": "hybrid", "cell": "mingru", "encoder": "transformer"},
    {"decoder": "luong", "cell": "deep_transition_gru", "residual": False, "encoder": "one_way"},
    {"decoder": "transformer", "encoder": "transformer"},
]


def make(**settings: object) -> Seq2Seq:
    """A small model in float64."""
    values = {
        "embedding_size": 6, "hidden_size": 8, "encoder_layers": 2, "decoder_layers": 2,
        "attention_heads": 2, **settings,
    }  # fmt: skip
    torch.manual_seed(1)
    chosen = ModelSettings.model_validate(values)
    return build(chosen, source_vocabulary=11, target_vocabulary=11, joint=True).double().eval()


def find(
    reaches: Sequence[Reach], layer: str, part: str = "state", *, attention: bool = True
) -> Reach:
    (found,) = [r for r in reaches if (r.layer, r.part, r.attention) == (layer, part, attention)]
    return found


def last_loss(readouts: Tensor, model: Seq2Seq, pair: Pair) -> Tensor:
    return F.cross_entropy(model.output(readouts[:, -1]), torch.tensor([pair[1][-1]]))


def encode(model: Seq2Seq, pair: Pair) -> Memory:
    return model.encode(*pad_sources([pair[0]]))


def expected_norms(model: Seq2Seq, pair: Pair, distance: int) -> list[list[float]]:
    """For each layer, the norms by the parts of its state, which ends one call and begins a second.

    Unlike in the report, both halves run over all of their steps in one call.
    """
    given = torch.tensor([[BOS, *pair[1][:-1]]])
    before = given.shape[1] - 1 - distance
    state = model.start(encode(model, pair))
    if before:
        _, _, state = model.decoder(given[:, :before], state)
    layers = tuple(tuple(p.detach().requires_grad_() for p in layer) for layer in state.layers)
    readouts, _, _ = model.read(given[:, before:], replace(state, layers=layers))
    flat = [part for layer in layers for part in layer]
    norms = iter(torch.autograd.grad(last_loss(readouts, model, pair), flat))
    return [[float(next(norms).norm()) for _ in layer] for layer in layers]


@pytest.mark.parametrize("settings", DECODERS[:-1], ids=lambda s: f"{s['decoder']}-{s['cell']}")
def test_the_decoder_agrees_with_a_sequence_cut_by_hand(settings: dict[str, object]) -> None:
    model = make(**settings)
    reaches = gradient_reach(model, PAIRS)
    for row, pair in enumerate(PAIRS):
        unit = np.linalg.norm([n for layer in expected_norms(model, pair, 0) for n in layer])
        for distance in range(len(pair[1])):
            for number, parts in enumerate(expected_norms(model, pair, distance), start=1):
                layer = f"decoder {number}"
                whole = find(reaches, layer).norms[row, distance]
                assert whole * unit == pytest.approx(np.linalg.norm(parts), rel=1e-6)
                for part, norm in zip(("h", "c"), parts if len(parts) == 2 else (), strict=False):
                    found = find(reaches, layer, part).norms[row, distance]
                    assert found * unit == pytest.approx(norm, rel=1e-6)
        assert np.isnan(find(reaches, "decoder 1").norms[row, len(pair[1]) :]).all()


@pytest.mark.parametrize("attention", [True, False])
def test_the_encoder_agrees_with_a_sequence_cut_by_hand(attention: bool) -> None:
    model = make(cell="gru", encoder="one_way", encoder_layers=1, decoder="luong")
    found = find(gradient_reach(model, PAIRS), "encoder 1", attention=attention).norms
    cell = model.encoder.layers[0].cell
    for row, pair in enumerate(PAIRS):
        source, lengths = pad_sources([pair[0]])
        x = model.encoder.embedding(source[:, : int(lengths)])
        unit = np.linalg.norm([n for layer in expected_norms(model, pair, 0) for n in layer])
        for distance in range(len(pair[0]) + 1):
            before, after = x[:, : len(pair[0]) - distance], x[:, len(pair[0]) - distance :]
            state = cell.start(x)
            y_before = x.new_zeros(1, 0, 8)
            if before.shape[1]:
                y_before, state = cell(before, state)
            leaf = state[0].detach().requires_grad_()
            y, _ = cell(after, (leaf,))
            vectors = torch.cat((y_before.detach(), y), dim=1)
            mask = torch.ones(vectors.shape[:2], dtype=torch.bool)
            read = vectors if attention else vectors.detach()
            start = model.start(Memory(vectors, mask, vectors[:, -1], x))
            sources = model.start(Memory(read, mask, vectors[:, -1], x)).sources
            given = torch.tensor([[BOS, *pair[1][:-1]]])
            readouts, _, _ = model.read(given, replace(start, sources=sources))
            (gradient,) = torch.autograd.grad(last_loss(readouts, model, pair), [leaf])
            assert found[row, distance] * unit == pytest.approx(float(gradient.norm()), rel=1e-6)


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.5])
def test_a_recurrence_that_multiplies_by_a_number_is_found_out(factor: float) -> None:
    model = make(cell="rnn_relu", decoder="luong", decoder_layers=1, start="zero")
    layer = model.decoder.cells[0].layer
    with torch.no_grad():
        nn.init.zeros_(layer.weight_ih_l0)
        nn.init.constant_(layer.bias_ih_l0, 1e-6)  # so that no unit is off
        layer.weight_hh_l0.copy_(factor * torch.eye(8))
    norms = find(gradient_reach(model, random_pairs(model, 3)), "decoder 1").norms
    assert np.allclose(norms, factor ** np.arange(norms.shape[1]), rtol=1e-6)


@pytest.mark.parametrize(
    "settings",
    DECODERS,
    ids=lambda s: f"{s['decoder']}-{s['encoder']}" if "encoder" in s else str(s["decoder"]),
)
def test_every_model_is_measured_and_left_as_it_was(settings: dict[str, object]) -> None:
    model = make(**settings)
    described, weights = str(model), {k: v.clone() for k, v in model.state_dict().items()}
    model.train()
    reaches = gradient_reach(model, PAIRS)
    assert str(model) == described and model.training
    assert all(torch.equal(v, weights[k]) for k, v in model.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in model.parameters())
    for reach in reaches:
        lengths = [len(s) + 1 if "encoder" in reach.layer else len(t) for s, t in PAIRS]
        assert np.isfinite(reach.norms).sum(axis=1).tolist() == lengths
        assert (reach.norms[np.isfinite(reach.norms)] >= 0).all()
    whole = [
        r.norms[:, 0] for r in reaches if "decoder" in r.layer and r.part in ("state", "input")
    ]
    assert np.allclose(np.square(whole).sum(axis=0), 1)


def test_a_sentence_is_measured_independently_of_its_batch_mates() -> None:
    model = make(cell="lstm")
    together = gradient_reach(model, PAIRS * 10)
    for row, pair in enumerate(PAIRS):
        for one, many in zip(gradient_reach(model, [pair]), together, strict=True):
            width = one.norms.shape[1]
            for same in (row, row + 36):  # in the first batch and in the second
                assert np.allclose(many.norms[same, :width], one.norms[0], rtol=1e-6)


def test_without_attention_and_start_nothing_reaches_the_encoder() -> None:
    reaches = gradient_reach(make(cell="gru", start="zero"), PAIRS)
    for layer in ("encoder 1 ahead", "encoder 2 back"):
        assert not np.nansum(find(reaches, layer, attention=False).norms)
        assert np.nanmin(find(reaches, layer).norms) > 0


@pytest.mark.parametrize("start", ["mean", "bridge", "last", "zero"])
def test_a_start_from_the_mean_of_the_source_is_noted(start: str) -> None:
    assert {reach.mean for reach in gradient_reach(make(start=start), PAIRS)} == {start == "mean"}


def test_a_loss_without_gradient_is_left_out() -> None:
    model = make(cell="gru")
    with torch.no_grad():
        model.output.weight.zero_()
    assert all(np.isnan(reach.norms).all() for reach in gradient_reach(model, PAIRS))


def test_random_tokens_are_no_special_ones_and_always_the_same() -> None:
    model = make()
    pairs = random_pairs(model, 5)
    assert pairs == random_pairs(model, 5)
    tokens = {token for pair in pairs for side in pair for token in side}
    assert len(pairs) == 5 and tokens <= set(range(len(SPECIAL_TOKENS), 11))
