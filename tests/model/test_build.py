"""What the settings make of a model."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from nmt.errors import ConfigError
from nmt.layers.attention import ATTENTIONS
from nmt.layers.recurrence import CELLS
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import ModelSettings

BuildModel = Callable[..., Seq2Seq]
SOURCE, LENGTHS = torch.tensor([[4, 5, 6, 3], [7, 3, 0, 0]]), torch.tensor([4, 2])
TARGET = torch.tensor([[2, 4, 5], [2, 6, 0]])


def make_settings(values: dict[str, Any]) -> ModelSettings:
    small = {"embedding_size": 6, "hidden_size": 8, "dropout": 0.0, "embedding_dropout": 0.0}
    return ModelSettings.model_validate(small | values)


def test_tied_embeddings_are_one_object_everywhere(build_model: BuildModel) -> None:
    model = build_model(make_settings({"tie_embeddings": True}), joint=True)
    table = model.decoder.embedding.table.weight
    assert model.output.weight is table
    assert model.encoder.embedding is model.decoder.embedding


def test_two_vocabularies_tie_the_target_alone(build_model: BuildModel) -> None:
    settings = make_settings({"tie_embeddings": True})
    model = build_model(settings, source=9, target=11, joint=False)
    assert model.output.weight is model.decoder.embedding.table.weight
    assert model.encoder.embedding is not model.decoder.embedding
    assert model.encoder.embedding.table.weight.shape == (9, 6)
    assert model(SOURCE, LENGTHS, TARGET).shape == (2, 3, 11)


@pytest.mark.parametrize("joint", [True, False])
def test_nothing_is_tied_unless_asked(build_model: BuildModel, joint: bool) -> None:
    model = build_model(make_settings({"tie_embeddings": False}), joint=joint)
    tables = (model.output, model.decoder.embedding.table, model.encoder.embedding.table)
    assert len({table.weight.data_ptr() for table in tables}) == 3


def test_heads_that_do_not_divide_the_hidden_size_are_refused(build_model: BuildModel) -> None:
    settings = make_settings({"attention": "multihead", "attention_heads": 3})
    with pytest.raises(ConfigError, match=r"attention_heads = 3.*hidden_size = 8"):
        build_model(settings)
    build_model(settings.model_copy(update={"attention": "dot"}))  # they count for it alone


@pytest.mark.parametrize("layers", [1, 3])
def test_a_model_has_as_many_layers_as_asked(build_model: BuildModel, layers: int) -> None:
    model = build_model(make_settings({"encoder_layers": layers, "decoder_layers": layers + 1}))
    assert (len(model.encoder.layers), len(model.decoder.cells)) == (layers, layers + 1)
    assert model(SOURCE, LENGTHS, TARGET).shape == (2, 3, 11)


def test_the_cell_and_the_attention_are_those_asked_for(
    settings: ModelSettings, model: Seq2Seq
) -> None:
    cells = [cell for layer in model.encoder.layers for cell in (layer.ahead, layer.back)]
    assert {type(cell) for cell in [*cells, *model.decoder.cells]} == {CELLS[settings.cell]}
    assert type(model.decoder.attention) is ATTENTIONS[settings.attention]


def test_the_same_seed_gives_the_same_weights(
    settings: ModelSettings, build_model: BuildModel
) -> None:
    one, other = (build_model(settings).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


DROPOUTS = [name for name in ModelSettings.model_fields if "dropout" in name]


@pytest.mark.parametrize("name", DROPOUTS)
def test_each_dropout_reaches_the_model_in_training_alone(
    build_model: BuildModel, name: str
) -> None:
    model = build_model(make_settings({name: 0.5}))
    plain = build_model(make_settings({}))(SOURCE, LENGTHS, TARGET)
    assert torch.equal(model(SOURCE, LENGTHS, TARGET), plain)
    model.train()
    one, other = (model(SOURCE, LENGTHS, TARGET) for _ in range(2))
    assert not torch.allclose(one, other)


def test_without_dropout_training_computes_what_evaluation_does(model: Seq2Seq) -> None:
    expected = model(SOURCE, LENGTHS, TARGET)
    assert torch.equal(model.train()(SOURCE, LENGTHS, TARGET), expected)
