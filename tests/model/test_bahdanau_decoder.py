"""The conditional decoder against a plain loop; B, T, S, H as in `architectures`."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from nmt.layers.attended import attend, attended
from nmt.layers.recurrence import CELLS
from nmt.model.bahdanau_decoder import BahdanauDecoder
from nmt.model.encoder import Memory
from nmt.settings import ModelSettings
from tests.model.architectures import (
    TARGETS,
    assert_same_gradients,
    close,
    encode,
    make_model,
    make_settings,
    pad,
    plain_sublayer,
)

TARGET = pad(TARGETS, 6)


def plain(
    settings: ModelSettings, decoder: BahdanauDecoder, target: Tensor, memory: Memory
) -> tuple[Tensor, Tensor]:
    """Readouts (B, T, E) and weights (B, T, S), token by token."""
    states = list(decoder.bridge(memory, decoder.cells))
    source = attended(decoder.attention, memory.vectors, memory.mask)
    readouts, all_weights = [], []
    for t in range(target.shape[1]):
        y = decoder.embedding(target[:, t : t + 1])
        read = decoder.around[0].pre(y) if settings.norm == "pre" and decoder.around[0].pre else y
        between, state = decoder.cells[0](read, states[0])  # s'_t
        c, weights, source = attend(decoder.attention, between, source)
        s, states[0] = decoder.conditional(c, state)
        for n in range(1, len(states)):

            def layer(x: Tensor, n: int = n, c: Tensor = c) -> Tensor:
                y, states[n] = decoder.cells[n](torch.cat((x, c), dim=2), states[n])
                return y

            around = decoder.around[n]
            s = plain_sublayer(settings.norm, around, s, layer, residual=settings.residual)
        s = decoder.norm(s) if settings.norm == "pre" and decoder.norm else s
        W, b = decoder.readout.weight, decoder.readout.bias
        readouts.append(torch.tanh(torch.cat((s, c, y), dim=2) @ W.T + b))
        all_weights.append(weights)
    return torch.cat(readouts, dim=1), torch.cat(all_weights, dim=1)


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("norm", ["none", "pre", "post"])
@pytest.mark.parametrize("cell", ["gru", "lstm", "ssru"])
def test_agrees_with_a_plain_loop(cell: str, norm: str, residual: bool) -> None:
    settings = make_settings(
        decoder="bahdanau",
        cell=cell,
        norm=norm,
        attention="additive",
        residual=residual,
        decoder_layers=3,
    )
    model = make_model(settings)
    memory = encode(model)
    readout, weights, _ = model.decoder(TARGET, model.start(memory))
    expected, expected_weights = plain(settings, model.decoder, TARGET, memory)
    close((readout, weights), (expected, expected_weights))
    assert_same_gradients(model.decoder, readout, expected)


@pytest.mark.parametrize("cell", CELLS)
def test_the_second_transition_reads_the_context_and_goes_on_from_the_first(cell: str) -> None:
    """So the state after a step depends on the source, also from a start of zeros."""
    model = make_model(make_settings(decoder="bahdanau", cell=cell, start="zero"))
    memory = encode(model)
    other = replace(memory, vectors=memory.vectors + 1)
    one, two = (model.decode(TARGET, model.start(m))[2].layers[0] for m in (memory, other))
    for part, other_part in zip(one, two, strict=True):
        assert not torch.allclose(part, other_part)
    assert model.decoder.conditional is not model.decoder.cells[0]
    assert isinstance(model.decoder.conditional, type(model.decoder.cells[0]))
