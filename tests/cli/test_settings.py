"""From the options of a command to a configuration: the file < --set < the other options."""

import os
import sys
import threading
from pathlib import Path

import pytest

from nmt.cli.settings import (
    check_streams,
    kept,
    read_config,
    with_corpora,
    with_recipe_for_corpus,
)
from nmt.config import Config, make_config
from nmt.errors import ConfigError

NOTHING = (None, None)


def test_overrides_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("[model]\nhidden_size = 64\nembedding_size = 32\n")
    config = read_config(path, ["model.hidden_size=128"], None)
    assert (config.model.hidden_size, config.model.embedding_size) == (128, 32)
    assert read_config(path, None, None).model.hidden_size == 64


def test_the_last_override_wins() -> None:
    config = read_config(None, ["training.seed=1", "training.seed=2"], None)
    assert config.training.seed == 2


def test_a_base_counts_where_there_is_no_file(tmp_path: Path) -> None:
    base = Config(name="base")
    assert read_config(None, None, base) == base
    assert read_config(None, ["training.seed=9"], base).training.seed == 9
    assert base.training.seed != 9
    path = tmp_path / "a.toml"
    path.write_text('name = "file"\n')
    assert read_config(path, None, base).name == "file"


def test_options_replace_the_corpora_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.toml"
    path.write_text('[data]\nroot = "elsewhere"\ntrain = [{ path = "x.tsv" }]\n')
    monkeypatch.chdir(tmp_path)
    config = with_corpora(
        read_config(path, None, None),
        train=(Path("a.src"), Path("a.tgt")),
        valid=(Path("b.src"), Path("b.tgt")),
        corpora=[Path("more.tsv")],
        languages="de-en",
    )
    first, second = config.data.train
    assert first.source and config.resolve(first.source) == tmp_path / "a.src"
    assert second.path and config.resolve(second.path) == tmp_path / "more.tsv"
    assert config.data.valid and config.data.valid.target == str(tmp_path / "b.tgt")
    assert (config.source_language, config.target_language) == ("de", "en")


def test_without_options_the_configuration_stays_as_it_is() -> None:
    config = Config(name="x", source_language="fi")
    assert (
        with_corpora(config, train=NOTHING, valid=NOTHING, corpora=None, languages=None) == config
    )


@pytest.mark.parametrize("languages", ["de", "-en", "de-", "de-en-fr", "-"])
def test_languages_are_two(languages: str) -> None:
    with pytest.raises(ConfigError, match="write it as SOURCE-TARGET"):
        with_corpora(Config(), train=NOTHING, valid=NOTHING, corpora=None, languages=languages)


@pytest.mark.parametrize(
    ("train", "valid", "missing"),
    [
        ((Path("a"), None), NOTHING, "--target is missing"),
        ((None, Path("a")), NOTHING, "--source is missing"),
        (NOTHING, (Path("a"), None), "--valid-target is missing"),
        (NOTHING, (None, Path("a")), "--valid-source is missing"),
    ],
)
def test_a_corpus_has_two_sides(
    train: tuple[Path | None, Path | None], valid: tuple[Path | None, Path | None], missing: str
) -> None:
    with pytest.raises(ConfigError, match=missing):
        with_corpora(Config(), train=train, valid=valid, corpora=None, languages=None)


def test_a_pipe_is_kept_in_a_file_and_a_file_is_left_where_it_is(tmp_path: Path) -> None:
    file, pipe, copies = tmp_path / "file", tmp_path / "pipe", tmp_path / "copies"
    file.write_text("eins\n", encoding="utf-8")
    copies.mkdir()
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("eins\nzwei\n",), daemon=True)
    writer.start()
    copy = kept(pipe, copies)
    writer.join(timeout=60)
    assert (copy.parent.parent, copy.name) == (copies, "pipe-pipe")
    assert copy.read_text(encoding="utf-8") == "eins\nzwei\n"
    assert kept(file, copies) == file


def test_standard_input_is_read_once_only() -> None:
    check_streams([Path("-"), None, Path("a"), Path("a")])
    with pytest.raises(ConfigError, match="standard input can be read once only"):
        check_streams([Path("-"), None, Path("-")])


def test_closed_standard_input_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(ConfigError, match="standard input is closed"):
        kept(Path("-"), tmp_path)
    with pytest.raises(ConfigError, match="standard input is closed"):
        with_corpora(Config(), train=NOTHING, valid=NOTHING, corpora=[Path("-")], languages=None)


# --- recipes ---


def test_a_recipe_is_chosen_by_counted_pairs_and_gives_way_to_what_is_set(toy: Path) -> None:
    pair = (toy / "train.src", toy / "train.tgt")
    config = read_config(None, ["training.max_epochs=7"], None)
    config = with_corpora(config, train=pair, valid=(None, None), corpora=None, languages="de-en")
    chosen, choice = with_recipe_for_corpus(config, "cpu")
    assert choice.recipe.name == "tiny" and "300 pairs" in choice.reason
    assert chosen.training.max_epochs == 7  # not the recipe's
    assert chosen.data == config.data and chosen.source_language == "de"
    for section, settings in choice.recipe.settings.items():
        for key, value in settings.items():
            if key != "max_epochs":
                assert getattr(getattr(chosen, section), key) == value


@pytest.mark.parametrize(("gpu", "device"), [(True, "cpu"), (True, "cuda"), (False, "cpu")])
def test_a_gpu_beside_the_device_is_told_of(
    monkeypatch: pytest.MonkeyPatch, *, gpu: bool, device: str
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: gpu)
    entry = {"hub": "owner/name", "streaming": True}
    _, choice = with_recipe_for_corpus(
        make_config({"data": {"train": [entry]}}, origin="x"), device
    )
    assert ("there is a GPU" in choice.reason) == (gpu and device == "cpu")


def test_a_streamed_data_set_is_not_counted() -> None:
    entry = {"hub": "owner/name", "streaming": True}
    config = make_config({"data": {"train": [entry]}}, origin="test")
    assert with_recipe_for_corpus(config, "cuda")[1].recipe.name == "large"
