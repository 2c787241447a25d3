"""What a run takes from the model that it begins from, and what it must not change."""

from pathlib import Path
from typing import Any

import pytest

from nmt.errors import ConfigError
from nmt.model_directory import load_model
from nmt.training.base_model import inherited
from tests.training.conftest import MakeConfig


def test_what_was_not_given_comes_from_the_base(make_toy_config: MakeConfig, trained: Path) -> None:
    base = load_model(trained)
    update = inherited(make_toy_config(model={"dropout": 0.4}), base)
    model: Any = update["model"]
    assert model.dropout == 0.4 != base.config.model.dropout
    assert model.model_copy(update={"dropout": base.config.model.dropout}) == base.config.model
    assert update["tokenizer"] == base.config.tokenizer
    assert update["search"] == base.config.search


def test_another_architecture_is_refused(make_toy_config: MakeConfig, trained: Path) -> None:
    base = load_model(trained)
    with pytest.raises(ConfigError, match=r"model\.hidden_size = 48: .* has 32, .* cannot change"):
        inherited(make_toy_config(model={"hidden_size": 48}), base)
