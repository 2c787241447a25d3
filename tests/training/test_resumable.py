"""Whether a run can go on: not with another model, tokenizer, corpus or mixture."""

from pathlib import Path

import pytest

from nmt.config import Config
from nmt.errors import ConfigError, ModelError
from nmt.training.resumable import check_resumable
from tests.training.conftest import MakeConfig


@pytest.fixture
def config(make_toy_config: MakeConfig) -> Config:
    """The configuration that the trained model has."""
    return make_toy_config(max_steps=60, learning_rate=0.01)


def change(config: Config, section: str, **values: object) -> Config:
    """The configuration with settings of one section changed."""
    changed = getattr(config, section).model_copy(update=values)
    return config.model_copy(update={section: changed})


def test_the_same_configuration_may_resume(trained: Path, config: Config) -> None:
    check_resumable(trained, config)
    check_resumable(trained, change(config, "training", max_steps=99, patience=5))
    check_resumable(trained, change(config, "model", dropout=0.9, word_dropout=0.1))


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("model", "cell", "gru"),
        ("model", "hidden_size", 64),
        ("model", "tie_embeddings", False),
        ("tokenizer", "kind", "char"),
        ("tokenizer", "normalization", "none"),
        ("tokenizer", "sampling", 0.1),
        ("data", "augment", {"typos": 0.1}),
        ("data", "temperature", 2.0),
        ("data", "reject", ("duplicate",)),
        ("data", "max_length", 9),
        ("training", "seed", 9),
    ],
)
def test_a_changed_setting_may_not_resume(
    trained: Path, config: Config, section: str, key: str, value: object
) -> None:
    with pytest.raises(ConfigError, match=rf"{section}\.{key} = .* cannot change on --resume"):
        check_resumable(trained, change(config, section, **{key: value}))


@pytest.mark.parametrize("side", ["src", "tgt"])
def test_a_changed_corpus_may_not_resume(
    trained: Path, config: Config, toy: Path, tmp_path: Path, side: str
) -> None:
    for name in ("train.src", "train.tgt"):
        (tmp_path / name).write_bytes((toy / name).read_bytes())
    moved = change(config, "data", root=str(tmp_path))
    check_resumable(trained, moved)
    (tmp_path / f"train.{side}").write_bytes((toy / f"train.{side}").read_bytes()[1:])
    with pytest.raises(ModelError, match=rf"train\.{side}: has changed since .*--from"):
        check_resumable(trained, moved)


@pytest.mark.parametrize("count", [0, 2])
def test_another_number_of_corpora_may_not_resume(
    trained: Path, config: Config, count: int
) -> None:
    with pytest.raises(ConfigError, match=r"data\.train"):
        check_resumable(trained, change(config, "data", train=config.data.train * count))


@pytest.mark.parametrize(("key", "value"), [("weight", 2.0), ("tag", "<law>")])
def test_another_mixture_may_not_resume(
    trained: Path, config: Config, key: str, value: object
) -> None:
    train = tuple(entry.model_copy(update={key: value}) for entry in config.data.train)
    with pytest.raises(ConfigError, match=rf"data\.train: {key} cannot change on --resume"):
        check_resumable(trained, change(config, "data", train=train))
