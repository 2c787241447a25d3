"""Small models of every architecture, in float64, without dropout."""

from collections.abc import Callable
from itertools import product

import pytest
import torch

from nmt.layers.attention import ATTENTIONS
from nmt.layers.recurrence import CELLS
from nmt.model.build import build
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import ModelSettings

BuildModel = Callable[..., Seq2Seq]


@pytest.fixture(params=product(CELLS, ATTENTIONS), ids="-".join)
def settings(request: pytest.FixtureRequest) -> ModelSettings:
    """Every cell with every attention, two layers on both sides."""
    cell, attention = request.param
    return ModelSettings(
        cell=cell,
        attention=attention,
        embedding_size=6,
        hidden_size=8,
        encoder_layers=2,
        decoder_layers=2,
        attention_heads=2,
        dropout=0.0,
        embedding_dropout=0.0,
    )


@pytest.fixture
def build_model() -> BuildModel:
    """`build_model(settings, joint=True)`: an untrained model, the same for each call."""

    def make(
        settings: ModelSettings, *, source: int = 11, target: int = 11, joint: bool = True
    ) -> Seq2Seq:
        torch.manual_seed(1)
        model = build(settings, source_vocabulary=source, target_vocabulary=target, joint=joint)
        return model.double().eval()

    return make


@pytest.fixture
def model(settings: ModelSettings, build_model: BuildModel) -> Seq2Seq:
    """A model of every architecture."""
    return build_model(settings)
