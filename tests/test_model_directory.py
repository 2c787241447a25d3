"""What is saved is what is loaded, anywhere; what is damaged is named."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from nmt.config import Config
from nmt.errors import ModelError
from nmt.model_directory import (
    CONFIG_FILE,
    FORMAT_VERSION,
    WEIGHTS_FILE,
    TrainedModel,
    build_model,
    load_model,
    load_weights,
    read_description,
    save_description,
    save_weights,
)
from nmt.settings import DataSettings, ModelSettings, TokenizerSettings
from nmt.text.tokenizer import train_tokenizer
from nmt.text.tokenizers import Tokenizers
from nmt.translator import Translator
from tests.model.architectures import ARCHITECTURES, NAMES

SOURCE = ["ein Haus und zwei Bäume", "drei Katzen und ein Hund", "heute rot und morgen blau"]
TARGET = ["one house and two trees", "three cats and a dog", "red today and blue tomorrow"]


@dataclass(frozen=True)
class Saved:
    """A model directory and what was put into it."""

    folder: Path
    trained: TrainedModel


def small(**values: Any) -> ModelSettings:
    """Settings of a small model; `values` are those that differ."""
    sizes = {"embedding_size": 8, "hidden_size": 16, "attention": "dot"}
    return ModelSettings.model_validate(sizes | values)


def save(folder: Path, settings: ModelSettings | None = None, *, joint: bool = True) -> Saved:
    """An untrained model with real tokenizers, in files."""
    config = Config(
        name="toy",
        source_language="de",
        target_language="en",
        data=DataSettings(max_length=77),
        tokenizer=TokenizerSettings(joint=joint),
        model=settings or small(),
    )
    sides = [SOURCE + TARGET] if joint else [SOURCE, TARGET]
    trained = [train_tokenizer(side, config.tokenizer, pairs=3) for side in sides]
    tokenizers = Tokenizers(trained[0], trained[-1])
    torch.manual_seed(1)
    model = build_model(config, tokenizers).eval()
    folder.mkdir()
    save_description(folder, config, tokenizers)
    save_weights(folder / WEIGHTS_FILE, model)
    return Saved(folder, TrainedModel(folder, config, tokenizers, model, 77))


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    return save(tmp_path / "model")


def assert_same_weights(one: torch.nn.Module, other: torch.nn.Module) -> None:
    weights, others = one.state_dict(), other.state_dict()
    assert weights.keys() == others.keys()
    assert all(torch.equal(weights[name], others[name]) for name in weights)


@pytest.mark.parametrize("settings", ARCHITECTURES, ids=NAMES)
def test_what_is_loaded_is_what_was_saved(tmp_path: Path, settings: ModelSettings) -> None:
    joint = settings.encoder_layers % 2 == 1
    saved = save(tmp_path / "model", settings, joint=joint)
    loaded = load_model(saved.folder)
    assert_same_weights(loaded.model, saved.trained.model)
    assert not loaded.model.training
    assert loaded.tokenizers.joint == joint
    assert loaded.max_length == saved.trained.max_length
    for part in ("name", "source_language", "target_language", "tokenizer", "model", "search"):
        assert getattr(loaded.config, part) == getattr(saved.trained.config, part)
    before, after = (Translator([m]).translate(SOURCE, n_best=3) for m in (saved.trained, loaded))
    assert [t.alternatives for t in after] == [t.alternatives for t in before]


def test_a_model_older_than_the_lexical_readout_has_none(tmp_path: Path) -> None:
    saved = save(tmp_path / "model", small(lexical=False))
    path = saved.folder / CONFIG_FILE
    description = json.loads(path.read_text())
    assert description["model"].pop("lexical") is False
    path.write_text(json.dumps(description))
    assert_same_weights(load_model(saved.folder).model, saved.trained.model)


def test_tied_embeddings_are_tied_again(saved: Saved) -> None:
    model = load_model(saved.folder).model
    assert model.output.weight is model.encoder.embedding.table.weight
    names = set(safetensors.torch.load_file(saved.folder / WEIGHTS_FILE))
    assert names == {name for name, _ in saved.trained.model.named_parameters()}
    assert len(names) == len({id(parameter) for parameter in saved.trained.model.parameters()})


@pytest.mark.parametrize("joint", [True, False])
def test_the_directory_holds_these_files_and_no_others(tmp_path: Path, joint: bool) -> None:
    folder = save(tmp_path / "model", joint=joint).folder
    tokenizers = {"tokenizer.model"} if joint else {"source.model", "target.model"}
    assert {path.name for path in folder.iterdir()} == {CONFIG_FILE, WEIGHTS_FILE} | tokenizers


def test_a_moved_directory_loads(tmp_path: Path, saved: Saved) -> None:
    moved = tmp_path / "deeper" / "Modell ä"
    moved.parent.mkdir()
    shutil.move(saved.folder, moved)
    assert not saved.folder.exists()
    assert_same_weights(load_model(moved).model, saved.trained.model)


def test_files_that_inference_does_not_know_do_not_matter(saved: Saved) -> None:
    (saved.folder / "training").mkdir()
    for name in ("experiment.json", "README.md", "metrics.jsonl"):
        (saved.folder / name).write_text("{", encoding="utf-8")
    assert_same_weights(load_model(saved.folder).model, saved.trained.model)


def test_saving_again_replaces(saved: Saved) -> None:
    with torch.no_grad():
        saved.trained.model.output.bias.add_(1)
    save_weights(saved.folder / WEIGHTS_FILE, saved.trained.model)
    assert_same_weights(load_model(saved.folder).model, saved.trained.model)


def test_the_description_is_readable_json(saved: Saved) -> None:
    text = (saved.folder / CONFIG_FILE).read_text(encoding="utf-8")
    assert json.loads(text) == read_description(saved.folder)
    assert json.loads(text)["format_version"] == FORMAT_VERSION


# --- damages: each breaks a sound directory, and has the file that the error must name ---


def edit_config(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / CONFIG_FILE
        description = json.loads(path.read_text(encoding="utf-8"))
        change(description)
        path.write_text(json.dumps(description), encoding="utf-8")

    return damage


def edit_weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        tensors = safetensors.torch.load_file(folder / WEIGHTS_FILE)
        change(tensors)
        safetensors.torch.save_file(tensors, folder / WEIGHTS_FILE)

    return damage


def write(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content) and None


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def truncate(name: str, share: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(share * len(content))])

    return damage


def replace_by_folder(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return damage


def replace_folder_by_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a model?", encoding="utf-8")


def take_weights(settings: ModelSettings) -> Callable[[Path], None]:
    """The weights of another architecture."""

    def damage(folder: Path) -> None:
        model = save(folder.with_name("other"), settings).folder
        shutil.copy(model / WEIGHTS_FILE, folder / WEIGHTS_FILE)

    return damage


def take_tokenizer(folder: Path) -> None:
    """A sound tokenizer, of another model."""
    lines = ["ganz anderer Text", "some other text"] * 3
    train_tokenizer(lines, TokenizerSettings(vocabulary_size=25), pairs=3).save(
        folder / "tokenizer.model"
    )


def spoil(tensors: dict[str, torch.Tensor]) -> None:
    tensors["output.bias"][3] = float("nan")


TOKENIZER = "tokenizer.model"
DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no directory": (shutil.rmtree, "model"),
    "a file instead": (replace_folder_by_file, "model"),
    "no config": (remove(CONFIG_FILE), CONFIG_FILE),
    "config empty": (write(CONFIG_FILE, b""), CONFIG_FILE),
    "config truncated": (truncate(CONFIG_FILE, 0.5), CONFIG_FILE),
    "config not UTF-8": (write(CONFIG_FILE, b'{"name": "\xff"}'), CONFIG_FILE),
    "config a folder": (replace_by_folder(CONFIG_FILE), CONFIG_FILE),
    "config of another tool": (write(CONFIG_FILE, b'{"model_type": "marian"}'), CONFIG_FILE),
    "config a list": (write(CONFIG_FILE, b"[1, 2]"), CONFIG_FILE),
    "config a number": (write(CONFIG_FILE, b"1"), CONFIG_FILE),
    "newer version": (
        edit_config(lambda c: c.update(format_version=FORMAT_VERSION + 1)),
        CONFIG_FILE,
    ),
    "version a string": (edit_config(lambda c: c.update(format_version="1")), CONFIG_FILE),
    "version null": (edit_config(lambda c: c.update(format_version=None)), CONFIG_FILE),
    "no model section": (edit_config(lambda c: c.pop("model")), CONFIG_FILE),
    "model section a list": (edit_config(lambda c: c.update(model=[])), CONFIG_FILE),
    "unknown setting": (edit_config(lambda c: c["model"].update(cel="rnn")), CONFIG_FILE),
    "unknown cell": (edit_config(lambda c: c["model"].update(cell="qrnn")), CONFIG_FILE),
    "max_length a string": (edit_config(lambda c: c.update(max_length="77")), CONFIG_FILE),
    "max_length zero": (edit_config(lambda c: c.update(max_length=0)), CONFIG_FILE),
    "vocabulary a number": (edit_config(lambda c: c.update(vocabulary=5)), CONFIG_FILE),
    "vocabulary incomplete": (edit_config(lambda c: c["vocabulary"].pop("target")), CONFIG_FILE),
    "other vocabulary size": (edit_config(lambda c: c["vocabulary"].update(source=9)), CONFIG_FILE),
    "tags a word": (edit_config(lambda c: c.update(tags="<law>")), CONFIG_FILE),
    "tags a number": (edit_config(lambda c: c.update(tags=5)), CONFIG_FILE),
    "tags of numbers": (edit_config(lambda c: c.update(tags=[["<law>"], 3])), CONFIG_FILE),
    "no tokenizer": (remove(TOKENIZER), TOKENIZER),
    "tokenizer empty": (write(TOKENIZER, b""), TOKENIZER),
    "tokenizer truncated": (truncate(TOKENIZER, 0.5), TOKENIZER),
    "tokenizer text": (write(TOKENIZER, b"ein Haus\n" * 30), TOKENIZER),
    "tokenizer a folder": (replace_by_folder(TOKENIZER), TOKENIZER),
    "tokenizer of another model": (take_tokenizer, "tokenizer"),
    "no weights": (remove(WEIGHTS_FILE), WEIGHTS_FILE),
    "weights empty": (write(WEIGHTS_FILE, b""), WEIGHTS_FILE),
    "weights cut in the header": (truncate(WEIGHTS_FILE, 0.01), WEIGHTS_FILE),
    "weights cut in the middle": (truncate(WEIGHTS_FILE, 0.5), WEIGHTS_FILE),
    "weights short of a byte": (truncate(WEIGHTS_FILE, 0.9999), WEIGHTS_FILE),
    "weights pickled": (write(WEIGHTS_FILE, b"\x80\x04N.\n" * 99), WEIGHTS_FILE),
    "weights a folder": (replace_by_folder(WEIGHTS_FILE), WEIGHTS_FILE),
    "weights of another cell": (take_weights(small(cell="gru")), WEIGHTS_FILE),
    "weights of another size": (take_weights(small(hidden_size=24)), WEIGHTS_FILE),
    "a weight missing": (edit_weights(lambda tensors: tensors.popitem()), WEIGHTS_FILE),
    "a weight too many": (
        edit_weights(lambda tensors: tensors.update(extra=torch.ones(1))),
        WEIGHTS_FILE,
    ),
    "a weight not a number": (edit_weights(spoil), WEIGHTS_FILE),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_directory_is_refused_with_the_name_of_the_file(saved: Saved, name: str) -> None:
    damage, file = DAMAGES[name]
    damage(saved.folder)
    with pytest.raises(ModelError) as caught:
        load_model(saved.folder)
    message = str(caught.value)
    assert str(saved.folder) in message
    assert file in message.replace(str(saved.folder.parent), "")
    assert "\n" not in message
    assert message.strip() == message


@pytest.mark.parametrize("side", ["source.model", "target.model"])
def test_both_of_two_tokenizers_are_needed(tmp_path: Path, side: str) -> None:
    folder = save(tmp_path / "model", joint=False).folder
    (folder / side).write_bytes(b"damaged")
    with pytest.raises(ModelError, match=side):
        load_model(folder)


def test_weights_that_do_not_fit_leave_the_model_as_it_was(saved: Saved) -> None:
    model = saved.trained.model
    before = {name: value.clone() for name, value in model.state_dict().items()}
    take_weights(small(hidden_size=24))(saved.folder)
    with pytest.raises(ModelError):
        load_weights(saved.folder / WEIGHTS_FILE, model)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
