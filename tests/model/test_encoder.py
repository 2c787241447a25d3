"""The encoder; B sentences, S source length, E embedding size, H hidden size."""

from functools import partial

import pytest
import torch
from torch import Tensor

from nmt.layers.direction import make_padding
from nmt.layers.self_attention import sinusoids
from nmt.model.encoder import Encoder
from nmt.settings import ModelSettings
from nmt.text.vocabulary import EOS, PAD
from tests.model.architectures import (
    BLOCKS,
    CELLS,
    ENCODERS,
    NORMS,
    assert_same_gradients,
    close,
    make_model,
    make_settings,
    pad,
    plain_sublayer,
)

H = 8
SENTENCES = [[4, 5, 6, 7, EOS], [8, EOS], [EOS], [9, 4, 9, EOS]]
LENGTHS = torch.tensor([len(sentence) for sentence in SENTENCES])

# each encoder with every cell, and with every place of the norms, with and without networks
SETTINGS = [
    make_settings(
        encoder=encoder,
        encoder_cell=None if encoder == "transformer" else cell,
        encoder_layers=1 + (turn + step) % 4,
        embedding_size=(6, 8, 7)[step % 3],
        norm=NORMS[(turn + step) % len(NORMS)],
        feed_forward_size=("auto", 10)[step // 2 % 2],
        residual=encoder in BLOCKS or step % 3 != 2,
    )
    for turn, encoder in enumerate(ENCODERS)
    for step, cell in enumerate(CELLS)
    if encoder != "transformer" or step < 4  # which has no cells
]


@pytest.fixture(params=SETTINGS, ids=lambda s: f"{s.encoder}-{s.encoder_cell}-{s.encoder_layers}")
def settings(request: pytest.FixtureRequest) -> ModelSettings:
    settings: ModelSettings = request.param
    return settings


@pytest.fixture
def encoder(settings: ModelSettings) -> Encoder:
    return make_encoder(settings)


def make_encoder(settings: ModelSettings) -> Encoder:
    return make_model(settings).encoder


def plain(settings: ModelSettings, encoder: Encoder, source: Tensor, lengths: Tensor) -> Tensor:
    """The vectors of the memory by the equations of a stack."""
    norm, transformer = settings.norm, settings.encoder == "transformer"
    if norm == "auto":
        norm = "pre" if transformer else "none"
    x = encoder.embedding(source)
    if transformer:
        x = x + sinusoids(0, x.shape[1], x)
        x = x if encoder.project is None else encoder.project(x)
    padding = make_padding(lengths, source.shape[1])
    for number, layer in enumerate(encoder.layers):
        add = transformer or (number > 0 and settings.residual)
        around = encoder.around[number]
        x = plain_sublayer(norm, around, x, partial(layer, padding=padding), residual=add)
        if settings.feed_forward_size == 10 or transformer:
            around, network = encoder.around_feed_forwards[number], encoder.feed_forwards[number]
            x = plain_sublayer(norm, around, x, network, residual=True)
    return x if encoder.norm is None else encoder.norm(x)


def test_agrees_with_its_equations_forward_and_backward(
    settings: ModelSettings, encoder: Encoder
) -> None:
    """The layers have their own equations in tests/layers."""
    actual = encoder(pad(SENTENCES, 5), LENGTHS).vectors
    expected = plain(settings, encoder, pad(SENTENCES, 5), LENGTHS)
    close(actual, expected)
    assert_same_gradients(encoder, actual, expected)


def test_padding_changes_nothing(encoder: Encoder) -> None:
    memory, other = (
        encoder(pad(SENTENCES, 5), LENGTHS),
        encoder(pad(SENTENCES, 9, padding=7), LENGTHS),
    )
    close(other.summary, memory.summary)
    for row, length in enumerate(LENGTHS.tolist()):
        close(other.vectors[row, :length], memory.vectors[row, :length])


def test_a_batch_is_its_sentences(encoder: Encoder) -> None:
    memory = encoder(pad(SENTENCES, 5), LENGTHS)
    for row, ids in enumerate(SENTENCES):
        alone = encoder(torch.tensor([ids]), LENGTHS[row : row + 1])
        close(memory.summary[row], alone.summary[0])
        close(memory.vectors[row, : len(ids)], alone.vectors[0])


def test_the_mask_is_true_where_there_is_a_token(encoder: Encoder) -> None:
    memory = encoder(pad(SENTENCES, 7), LENGTHS)
    assert torch.equal(memory.mask, pad(SENTENCES, 7) != PAD)
    assert memory.vectors.shape == (4, 7, H)
    assert memory.summary.shape == (4, H)


def test_gradients_reach_every_parameter_and_no_padding(encoder: Encoder) -> None:
    memory = encoder(pad(SENTENCES, 7, padding=10), LENGTHS)
    real = memory.vectors[memory.mask]
    (real.sin().sum() + memory.summary.square().sum()).backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name
    table = encoder.embedding.table.weight.grad
    assert table is not None and not table[10].any()


def changes(encoder: Encoder) -> Tensor:
    """Whether a token (rows) changes the vector at a position (columns), of a sentence of 4."""
    source, lengths = torch.tensor([[4, 5, 6, EOS]] * 5), torch.full((5,), 4)
    for position in range(4):
        source[1 + position, position] = 8
    base, *others = encoder(source, lengths).vectors
    return torch.stack([(other - base).abs().amax(dim=1) > 1e-9 for other in others])


ALL, AHEAD = torch.ones(4, 4, dtype=torch.bool), torch.ones(4, 4, dtype=torch.bool).triu()
KNOWS = {  # one layer, and two
    "one_way": (AHEAD, AHEAD),
    "bidirectional": (ALL, ALL),
    "alternating": (AHEAD, ALL),
    "gnmt": (ALL, ALL),
    "transformer": (ALL, ALL),
}


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", ENCODERS)
def test_what_a_position_knows_of_the_sentence(kind: str, layers: int) -> None:
    encoder = make_encoder(make_settings(encoder=kind, encoder_layers=layers))
    assert torch.equal(changes(encoder), KNOWS[kind][layers - 1])


@pytest.mark.parametrize("kind", ENCODERS)
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_summary_knows_the_whole_sentence(kind: str, layers: int) -> None:
    encoder = make_encoder(make_settings(encoder=kind, encoder_layers=layers))
    source, lengths = torch.tensor([[4, 5, 6, EOS]] * 5), torch.full((5,), 4)
    for position in range(4):
        source[1 + position, position] = 8
    base, *changed = encoder(source, lengths).summary
    halves = (base[:4], base[4:])
    for summary in changed:
        for half, other in zip(halves, (summary[:4], summary[4:]), strict=True):
            assert not torch.allclose(half, other)


def test_the_halves_of_a_bidirectional_layer_read_in_their_directions() -> None:
    """Ahead, the first position cannot know the last token; back, the last cannot the first."""
    encoder = make_encoder(make_settings(encoder="bidirectional"))
    source, lengths = torch.tensor([[4, 5, 6, EOS]] * 3), torch.full((3,), 4)
    source[1, 3], source[2, 0] = 8, 8
    base, last_changed, first_changed = encoder(source, lengths).vectors
    close(base[0, :4], last_changed[0, :4])
    close(base[3, 4:], first_changed[3, 4:])


def test_self_attention_knows_where_a_token_stands() -> None:
    encoder = make_encoder(make_settings(encoder="transformer"))
    source, length = torch.tensor([[4, 5, 4, EOS]]), torch.tensor([4])
    vectors = encoder(source, length).vectors[0]
    assert not torch.allclose(vectors[0], vectors[2])
    encoder.positions = False
    vectors = encoder(source, length).vectors[0]
    close(vectors[0], vectors[2])
