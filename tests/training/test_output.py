"""The output directory: who may write into it, and what a run leaves there."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from nmt.config import Config
from nmt.errors import ConfigError, ModelError, NmtError
from nmt.training.output import (
    CURVE_FILES,
    OWN_FILES,
    check_output,
    data_hashes,
    experiment_config,
    load_experiment,
    open_output,
)
from tests.training.conftest import MakeConfig


@pytest.fixture
def config(make_toy_config: MakeConfig) -> Config:
    """The configuration that the trained model has."""
    return make_toy_config(max_steps=60, learning_rate=0.01)


def test_a_new_or_empty_directory_is_welcome(tmp_path: Path) -> None:
    check_output(tmp_path, resume=False, overwrite=False)
    check_output(tmp_path / "new" / "below", resume=False, overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_with_anything_in_it_needs_a_word(tmp_path: Path) -> None:
    (tmp_path / ".hidden").touch()
    with pytest.raises(ConfigError, match=r"not empty; .*--resume.*--overwrite"):
        check_output(tmp_path, resume=False, overwrite=False)
    with pytest.raises(ConfigError, match="deletes nothing"):
        check_output(tmp_path, resume=False, overwrite=True)
    with pytest.raises(ModelError, match="nothing to resume"):
        check_output(tmp_path, resume=True, overwrite=False)


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_file_is_no_directory(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(ConfigError, match="is a file"):
        check_output(tmp_path / "a", resume=False, overwrite=overwrite)


def test_resume_and_overwrite_exclude_each_other(trained: Path) -> None:
    with pytest.raises(ConfigError, match="choose one"):
        check_output(trained, resume=True, overwrite=True)


@pytest.mark.parametrize("name", CURVE_FILES)
def test_a_picture_alone_makes_no_run(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    with pytest.raises(ConfigError, match="deletes nothing"):
        check_output(tmp_path, resume=False, overwrite=True)


def test_opening_deletes_what_a_run_wrote_and_nothing_else(tmp_path: Path) -> None:
    for name in (*OWN_FILES, "notes.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "training" / "checkpoint-00000001").mkdir(parents=True)
    (tmp_path / "plots").mkdir()
    open_output(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "plots"]


def test_opening_below_a_file_is_a_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(NmtError, match="cannot be written"):
        open_output(tmp_path / "a" / "b")


def test_the_data_are_named_with_their_hashes(config: Config, toy: Path) -> None:
    expected = [
        {"file": name, "sha256": sha256((toy / name).read_bytes()).hexdigest()}
        for name in ("train.src", "train.tgt")
    ]
    assert data_hashes(config) == expected


def test_experiment_has_configuration_data_and_environment(trained: Path, config: Config) -> None:
    experiment = load_experiment(trained)
    assert experiment_config(trained) == config
    assert experiment["data"] == data_hashes(config)
    assert experiment["pairs"]["kept"] == 300
    environment = experiment["environment"]
    for key in ("nmt", "python", "torch", "sentencepiece", "sacrebleu", "platform", "processor"):
        assert environment[key]
    assert environment["threads"] >= 1


WRONG_SECTIONS = [
    {"config": [], "base": None, "data": [], "pairs": {}, "environment": {}},
    {"config": {}, "base": None, "data": [7], "pairs": {}, "environment": {}},
    {"config": {}, "base": None, "data": [], "pairs": {"kept": 1}, "environment": {}},
]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"config": {}}', "\udcff", *map(json.dumps, WRONG_SECTIONS)],
)
def test_a_damaged_experiment_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "experiment.json"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ModelError, match=r"experiment\.json: damaged .*--overwrite"):
        load_experiment(tmp_path)


def test_without_an_experiment_there_is_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nothing to resume"):
        load_experiment(tmp_path)
