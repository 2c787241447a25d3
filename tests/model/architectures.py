"""Small models of the whole family, and what the tests of its parts share.

Of all combinations of the settings this is a covering set: each decoder with every cell, every
attention and every encoder; every value of the other settings many times. All is float64, without
dropout. B sentences, T target length, S source length, E embedding size, H hidden size.
"""

from collections.abc import Callable, Iterator
from typing import Any, get_args

import torch
from torch import Tensor, nn

from nmt.layers.sublayer import Sublayer
from nmt.model.build import build
from nmt.model.encoder import Memory
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import CellKind, ModelSettings
from nmt.text.vocabulary import BOS, EOS, PAD

VOCABULARY = 11
TOLERANCE = 1e-10  # of float64

SOURCES = [[4, 5, 6, 7, EOS], [8, EOS], [9, 4, 9, EOS]]
TARGETS = [[BOS, 5, 6, 7], [BOS, 8, 8, 4, 10, 9], [BOS]]
LENGTHS = torch.tensor([len(source) for source in SOURCES])


def values_of(setting: str) -> tuple[str, ...]:
    """All that a setting of the model may be."""
    return get_args(ModelSettings.model_fields[setting].annotation)


CELLS = get_args(CellKind)
ENCODERS = values_of("encoder")
DECODERS = values_of("decoder")
ATTENTIONS = values_of("attention")
STARTS = values_of("start")
NORMS = values_of("norm")
FEEDING = ("luong", "gnmt", "rnmtplus")  # decoders that may be told to feed on their output
BLOCKS = ("transformer", "hybrid")


def make_settings(**values: Any) -> ModelSettings:
    """Settings of a tiny model; `values` are those that differ."""
    small = {"embedding_size": 6, "hidden_size": 8, "attention_heads": 2}
    small |= {"dropout": 0.0, "embedding_dropout": 0.0, "lexical": False}
    return ModelSettings.model_validate(small | values)


def architectures() -> Iterator[ModelSettings]:
    """The covering set; within a decoder each setting turns at a pace of its own."""
    for turn, decoder in enumerate(DECODERS):
        for step, cell in enumerate(CELLS):
            number = len(CELLS) * turn + step
            encoder = ENCODERS[number % len(ENCODERS)]
            blocks = encoder in BLOCKS or decoder in BLOCKS
            recurrent = encoder != "transformer"
            used: dict[str, Any] = {}  # a Transformer has no use for these, and refuses them
            if recurrent or decoder != "transformer":
                used["cell"] = cell
            if recurrent and number % 4 == 1:
                used["encoder_cell"] = CELLS[(step + 4) % len(CELLS)]
            if decoder != "transformer":
                used["start"] = STARTS[(number // 2) % len(STARTS)]
            yield make_settings(
                encoder=encoder,
                decoder=decoder,
                embedding_size=(6, 8, 7)[number % 3],
                encoder_layers=1 + (number // 2) % 3,
                decoder_layers=1 + (number // 3) % 3,
                attention=ATTENTIONS[number % len(ATTENTIONS)],
                input_feeding=decoder in FEEDING and step % 2 == 0,
                residual=blocks or number % 4 != 3,
                norm=NORMS[(turn + step) % len(NORMS)],
                feed_forward_size=("auto", 0, 10)[(number // 2) % 3],
                tie_embeddings=number % 5 != 2,
                lexical=number % 4 < 2,
                **used,
            )


def name_of(settings: ModelSettings) -> str:
    """What a test of an architecture is called."""
    feeding = "_feeding" if settings.input_feeding else ""
    parts = (settings.encoder, settings.decoder + feeding, settings.cell, settings.attention)
    return "-".join(parts)


ARCHITECTURES = list(architectures())
NAMES = [name_of(settings) for settings in ARCHITECTURES]


def make_model(
    settings: ModelSettings, *, source: int = VOCABULARY, joint: bool = True, seed: int = 1
) -> Seq2Seq:
    """A model whose biases and norms are not those of the start, as after training."""
    torch.manual_seed(seed)
    model = build(settings, source_vocabulary=source, target_vocabulary=VOCABULARY, joint=joint)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return model.double().eval()


def pad(sequences: list[list[int]], size: int, padding: int = PAD) -> Tensor:
    """Sequences of token ids side by side: (B, size)."""
    return torch.tensor([ids + [padding] * (size - len(ids)) for ids in sequences])


def encode(model: Seq2Seq) -> Memory:
    """What a model makes of the sources, without a gradient."""
    with torch.no_grad():
        return model.encode(pad(SOURCES, 5), LENGTHS)


def close(actual: object, expected: object) -> None:
    """Equal up to rounding."""
    torch.testing.assert_close(actual, expected, rtol=TOLERANCE, atol=TOLERANCE)


def plain_sublayer(
    norm: str, around: Sublayer, x: Tensor, f: Callable[[Tensor], Tensor], *, residual: bool
) -> Tensor:
    """The three equations of `nmt.layers.sublayer`, whose parameters are those of `around`."""
    y = f(around.pre(x)) if norm == "pre" and around.pre else f(x)
    if residual:
        y = x + y
        return around.post(y) if norm == "post" and around.post else y
    return y


def assert_same_gradients(part: nn.Module, actual: Tensor, expected: Tensor) -> None:
    """Two results have the same gradients for every parameter of a part that they know."""
    weights = torch.randn(
        actual.shape, dtype=actual.dtype, generator=torch.Generator().manual_seed(5)
    )
    parameters = list(part.parameters())
    one, other = (
        torch.autograd.grad((result * weights).sum(), parameters, allow_unused=True)
        for result in (actual, expected)
    )
    assert any(gradient is not None for gradient in one)
    close(one, other)
