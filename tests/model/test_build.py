"""What the settings make of a model, and which do not go together."""

from itertools import product
from typing import Any

import pytest
import torch
from torch import nn

from nmt.errors import ConfigError
from nmt.model.build import check_settings
from nmt.settings import ModelSettings
from tests.model.architectures import (
    ARCHITECTURES,
    ATTENTIONS,
    BLOCKS,
    CELLS,
    DECODERS,
    ENCODERS,
    FEEDING,
    NORMS,
    STARTS,
    VOCABULARY,
    make_model,
    make_settings,
)

SOURCE, LENGTHS = torch.tensor([[4, 5, 6, 3], [7, 3, 0, 0]]), torch.tensor([4, 2])
TARGET = torch.tensor([[2, 4, 5], [2, 6, 0]])


def test_the_architectures_of_these_tests_cover_the_family() -> None:
    for setting, values in {"cell": CELLS, "attention": ATTENTIONS, "encoder": ENCODERS}.items():
        pairs = {(s.decoder, getattr(s, setting)) for s in ARCHITECTURES}
        missing = set(product(DECODERS, values)) - pairs
        assert {decoder for decoder, _ in missing} <= (
            {"transformer"} if setting == "cell" else set()
        )
    for decoder in DECODERS:
        some = [s for s in ARCHITECTURES if s.decoder == decoder]
        assert {s.start for s in some} == ({"bridge"} if decoder == "transformer" else set(STARTS))
        assert {s.norm for s in some} == {"pre", "none", "post", "auto"} == set(NORMS)
        assert {s.input_feeding for s in some} == {False, decoder in FEEDING} | {False}
        assert {s.residual for s in some} == {True, decoder in BLOCKS}
        assert {s.decoder_layers for s in some} == {s.encoder_layers for s in some} == {1, 2, 3}
        assert {s.tie_embeddings for s in some} == {s.lexical for s in some} == {True, False}
        assert {s.feed_forward_size for s in some} == {"auto", 0, 10}


# --- embeddings ---


def test_tied_embeddings_are_one_object_everywhere() -> None:
    model = make_model(make_settings(tie_embeddings=True), joint=True)
    table = model.decoder.embedding.table.weight
    assert model.output.weight is table
    assert model.encoder.embedding is model.decoder.embedding


def test_two_vocabularies_tie_the_target_alone() -> None:
    model = make_model(make_settings(tie_embeddings=True), source=9, joint=False)
    assert model.output.weight is model.decoder.embedding.table.weight
    assert model.encoder.embedding is not model.decoder.embedding
    assert model.encoder.embedding.table.weight.shape == (9, 6)
    assert model(SOURCE, LENGTHS, TARGET).shape == (2, 3, VOCABULARY)


@pytest.mark.parametrize("joint", [True, False])
def test_nothing_is_tied_unless_asked(joint: bool) -> None:
    model = make_model(make_settings(tie_embeddings=False), joint=joint)
    tables = (model.output, model.decoder.embedding.table, model.encoder.embedding.table)
    assert len({table.weight.data_ptr() for table in tables}) == 3


# --- settings that do not go together ---


def refused(settings: ModelSettings, *names: str) -> None:
    """The one line of the error names all of these."""
    with pytest.raises(ConfigError) as error:
        make_model(settings)
    assert "\n" not in str(error.value)
    assert all(name in str(error.value) for name in names), error.value


@pytest.mark.parametrize(
    "values",
    [
        {"attention": "multihead"},
        {"attention": "multihead_additive"},
        {"attention": "dot", "encoder": "transformer"},
        {"attention": "dot", "decoder": "transformer"},
    ],
    ids=lambda values: "-".join(values.values()),
)
def test_heads_that_do_not_divide_the_hidden_size_are_refused(values: dict[str, Any]) -> None:
    settings = make_settings(attention_heads=3, **values)
    refused(settings, "model.attention_heads = 3", "model.hidden_size = 8")
    check_settings(settings.model_copy(update={"attention_heads": 4}))


@pytest.mark.parametrize("name", [name for name in ATTENTIONS if "multihead" not in name])
def test_heads_count_for_those_that_have_some_alone(name: str) -> None:
    check_settings(make_settings(attention_heads=3, attention=name))


@pytest.mark.parametrize("decoder", DECODERS)
def test_input_feeding_is_refused_where_nothing_is_fed(decoder: str) -> None:
    settings = make_settings(decoder=decoder, input_feeding=True)
    if decoder in FEEDING:
        check_settings(settings)
    else:
        refused(settings, "model.input_feeding", "model.decoder", decoder)


@pytest.mark.parametrize(
    ("side", "kind"),
    [("encoder", "transformer"), ("decoder", "transformer"), ("decoder", "hybrid")],
)
def test_blocks_without_residual_connections_are_refused(side: str, kind: str) -> None:
    settings = make_settings(residual=False, **{side: kind})
    refused(settings, "model.residual = false", f"model.{side} = {kind}")
    check_settings(settings.model_copy(update={"residual": True}))


def test_the_defaults_and_all_architectures_go_together() -> None:
    for settings in (ModelSettings(), *ARCHITECTURES):
        check_settings(settings)


# --- weights and dropout ---


def test_the_same_seed_gives_the_same_weights(settings: ModelSettings) -> None:
    one, other = (make_model(settings).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


DROPOUTS = [name for name in ModelSettings.model_fields if name.endswith("dropout")]
SIDES = [*({"decoder": name} for name in DECODERS), {"encoder": "transformer"}]


@pytest.mark.parametrize("side", SIDES, ids=lambda side: "-".join(side.values()))
@pytest.mark.parametrize("name", DROPOUTS)
def test_each_dropout_reaches_the_model_in_training_alone(name: str, side: dict[str, str]) -> None:
    model = make_model(make_settings(**{name: 0.5}, **side))
    plain = make_model(make_settings(**side))(SOURCE, LENGTHS, TARGET)
    assert torch.equal(model(SOURCE, LENGTHS, TARGET), plain)
    model.train()
    one, other = (model(SOURCE, LENGTHS, TARGET) for _ in range(2))
    assert not torch.allclose(one, other)


ENCODER_DROPOUTS = [
    (name, encoder)
    for name in DROPOUTS
    for encoder in ENCODERS
    if name != "attention_dropout" or encoder == "transformer"  # only there is attention
]


@pytest.mark.parametrize(("name", "encoder"), ENCODER_DROPOUTS)
def test_each_dropout_reaches_the_encoder_in_training_alone(name: str, encoder: str) -> None:
    model = make_model(make_settings(**{name: 0.5}, encoder=encoder, encoder_layers=2))
    plain = make_model(make_settings(encoder=encoder, encoder_layers=2)).encode(SOURCE, LENGTHS)
    assert torch.equal(model.encode(SOURCE, LENGTHS).vectors, plain.vectors)
    model.train()
    one, other = (model.encode(SOURCE, LENGTHS).vectors for _ in range(2))
    assert not torch.allclose(one, other)


def test_the_dropout_of_attention_reaches_each_attention_of_a_transformer() -> None:
    """Self-attention on both sides, and the attention between them."""
    model = make_model(
        make_settings(encoder="transformer", decoder="transformer", attention_dropout=0.5)
    )
    kinds = ("SelfAttentionLayer", "SelfAttentionCell", "MultiHeadAttention")
    for kind in kinds:
        (found, *_) = (m for m in model.modules() if type(m).__name__ == kind)
        rates = [m.p for m in found.modules() if isinstance(m, nn.Dropout)]
        assert rates == [0.5], kind


def test_without_dropout_training_computes_what_evaluation_does(settings: ModelSettings) -> None:
    model = make_model(settings)
    expected = model(SOURCE, LENGTHS, TARGET)
    assert torch.equal(model.train()(SOURCE, LENGTHS, TARGET), expected)
