"""The decoders of blocks against a plain loop; B, T, S, H as in `architectures`."""

import pytest
import torch
from torch import Tensor

from nmt.layers.attended import attend, attended
from nmt.layers.self_attention import sinusoids
from nmt.model.block_decoder import BlockDecoder
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
    settings: ModelSettings, decoder: BlockDecoder, target: Tensor, memory: Memory
) -> tuple[Tensor, Tensor]:
    """Readouts (B, T, E) and weights (B, T, S), token by token."""
    norm = "pre" if settings.norm == "auto" else settings.norm
    states = list(decoder.bridge(memory, decoder.cells))
    sources = [attended(a, memory.vectors, memory.mask) for a in decoder.attentions]
    readouts, all_weights = [], []
    for t in range(target.shape[1]):
        x = decoder.embedding(target[:, t : t + 1])
        if settings.decoder == "transformer":
            x = x + sinusoids(t, 1, x)
        x = x if settings.embedding_size == 8 else decoder.project(x)
        step_weights = []
        for n in range(len(states)):

            def cell(x: Tensor, n: int = n) -> Tensor:
                y, states[n] = decoder.cells[n](x, states[n])
                return y

            def attention(x: Tensor, n: int = n, step: list[Tensor] = step_weights) -> Tensor:
                context, weights, sources[n] = attend(decoder.attentions[n], x, sources[n])
                step.append(weights)
                return decoder.mix[n](context)

            x = plain_sublayer(norm, decoder.around[n], x, cell, residual=True)
            x = plain_sublayer(norm, decoder.around_attention[n], x, attention, residual=True)
            if settings.feed_forward_size != 0:
                around, network = decoder.around_feed_forwards[n], decoder.feed_forwards[n]
                x = plain_sublayer(norm, around, x, network, residual=True)
        x = decoder.norm(x) if norm == "pre" and decoder.norm else x
        readouts.append(x if settings.embedding_size == 8 else decoder.readout(x))
        all_weights.append(torch.stack(step_weights).mean(dim=0))
    return torch.cat(readouts, dim=1), torch.cat(all_weights, dim=1)


@pytest.mark.parametrize("size", [7, 8])  # of the embeddings; that of the state is 8
@pytest.mark.parametrize("network", ["auto", 0])
@pytest.mark.parametrize("norm", ["auto", "none", "pre", "post"])
@pytest.mark.parametrize("kind", ["hybrid", "transformer"])
def test_agrees_with_a_plain_loop(kind: str, norm: str, network: str | int, size: int) -> None:
    settings = make_settings(
        decoder=kind,
        cell="ssru",
        norm=norm,
        feed_forward_size=network,
        embedding_size=size,
        attention="coverage" if norm == "post" else "multihead",
        decoder_layers=2,
    )
    model = make_model(settings)
    memory = encode(model)
    readout, weights, _ = model.decoder(TARGET, model.start(memory))
    expected, expected_weights = plain(settings, model.decoder, TARGET, memory)
    close((readout, weights), (expected, expected_weights))
    assert_same_gradients(model.decoder, readout, expected)


def test_the_state_of_self_attention_grows_and_that_of_cells_does_not() -> None:
    for kind in ("transformer", "hybrid"):
        model = make_model(make_settings(decoder=kind))
        memory = encode(model)
        state = model.start(memory)
        for step in range(3):
            _, _, state = model.decode(TARGET[:, step : step + 1], state)
            shape = (3, step + 1, 8) if kind == "transformer" else (3, 8)
            assert all(part.shape == shape for layer in state.layers for part in layer)


def test_each_layer_has_an_attention_of_its_own_and_the_weights_are_their_mean() -> None:
    model = make_model(make_settings(decoder="hybrid", decoder_layers=3))
    memory = encode(model)
    seen: list[Tensor] = []
    for attention in model.decoder.attentions:
        attention.register_forward_hook(lambda _, inputs, output: seen.append(output[1]))
    _, weights, state = model.decode(TARGET, model.start(memory))
    assert len(seen) == len(state.sources) == 3
    assert not torch.allclose(seen[0], seen[1])
    close(weights, sum(seen) / 3)
