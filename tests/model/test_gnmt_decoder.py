"""GNMT's decoder and RNMT+'s against plain loops; B, T, S, H as in `architectures`."""

import pytest
import torch
from torch import Tensor

from nmt.layers.attended import attend, attended
from nmt.model.encoder import Memory
from nmt.model.gnmt_decoder import GNMTDecoder
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
    settings: ModelSettings, decoder: GNMTDecoder, target: Tensor, memory: Memory
) -> tuple[Tensor, Tensor]:
    """Readouts (B, T, E) and weights (B, T, S), token by token."""
    first_residual = 2 if settings.decoder == "rnmtplus" else 1
    states = list(decoder.bridge(memory, decoder.cells))
    source = attended(decoder.attention, memory.vectors, memory.mask)
    fed = torch.zeros(len(target), 1, settings.hidden_size).double()
    readouts, all_weights = [], []
    for t in range(target.shape[1]):
        x = decoder.embedding(target[:, t : t + 1])
        x = torch.cat((x, fed), dim=2) if settings.input_feeding else x
        x = x if decoder.around[0].pre is None else decoder.around[0].pre(x)
        x, states[0] = decoder.cells[0](x, states[0])
        context, weights, source = attend(decoder.attention, x, source)
        fed = context
        for n in range(1, len(states)):

            def layer(x: Tensor, n: int = n, context: Tensor = context) -> Tensor:
                y, states[n] = decoder.cells[n](torch.cat((x, context), dim=2), states[n])
                return y

            add = settings.residual and n >= first_residual
            x = plain_sublayer(settings.norm, decoder.around[n], x, layer, residual=add)
        x = decoder.norm(x) if settings.norm == "pre" and decoder.norm else x
        W, b = decoder.readout.weight, decoder.readout.bias
        readout = torch.cat((x, context), dim=2) @ W.T + b
        readouts.append(readout if settings.decoder == "rnmtplus" else torch.tanh(readout))
        all_weights.append(weights)
    return torch.cat(readouts, dim=1), torch.cat(all_weights, dim=1)


@pytest.mark.parametrize("norm", ["none", "pre", "post"])
@pytest.mark.parametrize("feeding", [False, True])
@pytest.mark.parametrize("kind", ["gnmt", "rnmtplus"])
@pytest.mark.parametrize("attention", ["multihead", "coverage"])
def test_agrees_with_a_plain_loop(kind: str, feeding: bool, norm: str, attention: str) -> None:
    settings = make_settings(
        decoder=kind, norm=norm, input_feeding=feeding, attention=attention, decoder_layers=4
    )
    model = make_model(settings)
    memory = encode(model)
    readout, weights, _ = model.decoder(TARGET, model.start(memory))
    expected, expected_weights = plain(settings, model.decoder, TARGET, memory)
    close((readout, weights), (expected, expected_weights))
    assert_same_gradients(model.decoder, readout, expected)


@pytest.mark.parametrize("kind", ["gnmt", "rnmtplus"])
def test_without_residual_connections_it_agrees_too(kind: str) -> None:
    settings = make_settings(decoder=kind, norm="none", residual=False, decoder_layers=3)
    model = make_model(settings)
    memory = encode(model)
    readout, weights, _ = model.decoder(TARGET, model.start(memory))
    close((readout, weights), plain(settings, model.decoder, TARGET, memory))


@pytest.mark.parametrize("kind", ["gnmt", "rnmtplus"])
def test_what_is_fed_is_the_last_context(kind: str) -> None:
    model = make_model(make_settings(decoder=kind, input_feeding=True, attention="dot"))
    memory = encode(model)
    start = model.start(memory)
    assert start.fed is not None and start.fed.shape == (3, 1, 8) and not start.fed.any()
    _, weights, state = model.decode(TARGET, start)
    close(state.fed, weights[:, -1:] @ memory.vectors)
    assert make_model(make_settings(decoder=kind)).start(memory).fed is None


def test_the_readout_of_rnmtplus_has_no_bounds() -> None:
    for kind, bounded in (("gnmt", True), ("rnmtplus", False)):
        model = make_model(make_settings(decoder=kind))
        with torch.no_grad():
            model.decoder.readout.bias.fill_(5)
        memory = encode(model)
        readout, _, _ = model.decoder(TARGET, model.start(memory))
        assert (readout.abs().max() <= 1) == bounded
