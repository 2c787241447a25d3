"""A small model of every architecture."""

import pytest

from nmt.model.encoder import Memory
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import ModelSettings
from tests.model.architectures import ARCHITECTURES, NAMES, encode, make_model


@pytest.fixture(params=ARCHITECTURES, ids=NAMES)
def settings(request: pytest.FixtureRequest) -> ModelSettings:
    """Each of the covering set of `architectures`."""
    settings: ModelSettings = request.param
    return settings


@pytest.fixture
def model(settings: ModelSettings) -> Seq2Seq:
    """A model of every architecture, in float64, without dropout."""
    return make_model(settings)


@pytest.fixture
def memory(model: Seq2Seq) -> Memory:
    """What the model makes of three sources."""
    return encode(model)
