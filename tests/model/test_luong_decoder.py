"""The decoder of Luong et al. against a plain loop; B, T, S, H as in `architectures`."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from nmt.layers.attended import attend, attended
from nmt.model.encoder import Memory
from nmt.model.luong_decoder import LuongDecoder
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
    settings: ModelSettings, decoder: LuongDecoder, target: Tensor, memory: Memory
) -> tuple[Tensor, Tensor]:
    """Readouts (B, T, E) and weights (B, T, S), token by token."""
    states = list(decoder.bridge(memory, decoder.cells))
    source = attended(decoder.attention, memory.vectors, memory.mask)
    r = torch.zeros(len(target), 1, settings.embedding_size).double()
    readouts, all_weights = [], []
    for t in range(target.shape[1]):
        h = decoder.embedding(target[:, t : t + 1])
        h = torch.cat((h, r), dim=2) if settings.input_feeding else h
        for n in range(len(states)):

            def layer(x: Tensor, n: int = n) -> Tensor:
                y, states[n] = decoder.cells[n](x, states[n])
                return y

            add = settings.residual and n > 0
            h = plain_sublayer(settings.norm, decoder.around[n], h, layer, residual=add)
        h = decoder.norm(h) if settings.norm == "pre" and decoder.norm else h
        context, weights, source = attend(decoder.attention, h, source)
        W_c, b = decoder.readout.weight, decoder.readout.bias
        r = torch.tanh(torch.cat((context, h), dim=2) @ W_c.T + b)
        readouts.append(r)
        all_weights.append(weights)
    return torch.cat(readouts, dim=1), torch.cat(all_weights, dim=1)


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("norm", ["none", "pre", "post"])
@pytest.mark.parametrize("feeding", [False, True])
@pytest.mark.parametrize("attention", ["general", "coverage"])
def test_agrees_with_a_plain_loop(attention: str, feeding: bool, norm: str, residual: bool) -> None:
    settings = make_settings(
        decoder="luong",
        norm=norm,
        input_feeding=feeding,
        attention=attention,
        residual=residual,
        decoder_layers=3,
    )
    model = make_model(settings)
    memory = encode(model)
    readout, weights, _ = model.decoder(TARGET, model.start(memory))
    expected, expected_weights = plain(settings, model.decoder, TARGET, memory)
    close((readout, weights), (expected, expected_weights))
    assert_same_gradients(model.decoder, readout, expected)


def test_what_is_fed_is_the_last_readout() -> None:
    model = make_model(make_settings(decoder="luong", input_feeding=True))
    memory = encode(model)
    start = model.start(memory)
    assert start.fed is not None and start.fed.shape == (3, 1, 6) and not start.fed.any()
    readout, _, state = model.decoder(TARGET, start)
    assert torch.equal(state.fed, readout[:, -1:])
    assert make_model(make_settings(decoder="luong")).start(memory).fed is None


def test_the_attention_is_on_top_of_the_stack() -> None:
    """The lower layers do not know the source, but for their first state."""
    model = make_model(make_settings(decoder="luong", start="zero"))
    memory = encode(model)
    other = replace(memory, vectors=memory.vectors + 1)
    one, two = (model.decode(TARGET, model.start(m))[2].layers for m in (memory, other))
    torch.testing.assert_close(one, two, rtol=0, atol=0)
