"""The model directory: all that a trained model is, in files that any tool can read.

config.json          all that translating needs: languages, tokenizer and model settings
tokenizer.model      SentencePiece (source.model and target.model when separate)
model.safetensors    the best weights
README.md, experiment.json, metrics.jsonl, training/     written by `nmt.training`
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError

from nmt.atomic import write_atomically
from nmt.config import Config, make_saved_config
from nmt.errors import ConfigError, ModelError
from nmt.model.build import build
from nmt.model.seq2seq import Seq2Seq
from nmt.text.sentencepiece_model import user_defined_symbols
from nmt.text.tokenizers import Tokenizers, load_tokenizers

FORMAT_VERSION = 1
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
INFERENCE_SECTIONS = ("tokenizer", "model", "search")


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model in memory, ready to translate."""

    folder: Path
    config: Config  # its data and training sections are defaults, not what it was trained with
    tokenizers: Tokenizers
    model: Seq2Seq
    max_length: int  # tokens of a source sentence that it was trained for
    tags: tuple[str, ...] = ()  # that stood in front of sources in training


def save_description(
    folder: Path, config: Config, tokenizers: Tokenizers, base_tags: Iterable[str] = ()
) -> None:
    """Write config.json and the tokenizers; a model that goes on from another keeps its tags."""
    description: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "name": config.name,
        "source_language": config.source_language,
        "target_language": config.target_language,
        "max_length": config.data.max_length,
        "tags": sorted({*config.data.tags, *base_tags}),
        "vocabulary": _vocabulary(tokenizers),
    }
    dump = config.model_dump(mode="json")
    description |= {section: dump[section] for section in INFERENCE_SECTIONS}
    tokenizers.save(folder)
    text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    write_atomically(folder / CONFIG_FILE, lambda path: path.write_text(text, encoding="utf-8"))


def _vocabulary(tokenizers: Tokenizers) -> dict[str, int]:
    """What config.json says of the tokenizers beside it."""
    return {
        "source": tokenizers.source.vocabulary_size,
        "target": tokenizers.target.vocabulary_size,
        "joint": tokenizers.joint,
    }


def save_weights(path: Path, model: torch.nn.Module) -> None:
    """Write the parameters as safetensors; a shared one is written once."""
    tensors = {name: parameter.detach().cpu() for name, parameter in model.named_parameters()}
    data = safetensors.torch.save(tensors)
    write_atomically(path, lambda temporary: temporary.write_bytes(data))


def load_weights(path: Path, model: torch.nn.Module) -> None:
    """Read the parameters of a model in place.

    Raises:
        ModelError: the file is missing, damaged, or of another architecture.
    """
    try:
        tensors = safetensors.torch.load_file(path)
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file; the model directory is incomplete") from None
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: damaged ({error}); copy the model directory again") from None
    parameters = dict(model.named_parameters())
    odd = sorted(set(tensors) ^ set(parameters))
    odd += [n for n, p in parameters.items() if n in tensors and tensors[n].shape != p.shape]
    if odd:
        raise ModelError(f"{path}: does not fit config.json beside it (first: {odd[0]})")
    broken = [name for name, tensor in tensors.items() if not tensor.isfinite().all()]
    if broken:
        raise ModelError(f"{path}: damaged, {broken[0]} is not finite; copy the directory again")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(tensors[name])


def load_model(folder: Path, device: str = "cpu") -> TrainedModel:
    """Read a model directory.

    Raises:
        ModelError: it is missing, incomplete, damaged, or no model directory; the message names
            the file.
    """
    description = read_description(folder)
    values = {key: description[key] for key in ("name", "source_language", "target_language")}
    values |= {section: description[section] for section in INFERENCE_SECTIONS}
    values["data"] = {"max_length": description["max_length"]}
    try:
        config = make_saved_config(values, origin=str(folder / CONFIG_FILE))
    except ConfigError as error:
        raise ModelError(str(error)) from None
    if not (folder / WEIGHTS_FILE).exists():
        raise ModelError(
            f"{folder / WEIGHTS_FILE}: no such file; either the directory is incomplete, or its "
            "training was stopped before the first checkpoint (go on with nmt train --resume)"
        )
    tokenizers = load_tokenizers(folder, config.tokenizer.normalization)
    if description["vocabulary"] != _vocabulary(tokenizers):
        raise ModelError(f"{folder}: the tokenizer is not the one that {CONFIG_FILE} describes")
    model = build_model(config, tokenizers)
    load_weights(folder / WEIGHTS_FILE, model)
    model = model.to(device).eval()
    symbols = [symbol.strip("▁") for symbol in user_defined_symbols(tokenizers.source.model)]
    tags = tuple(description.get("tags", symbols))  # older models do not tell which are tags
    return TrainedModel(folder, config, tokenizers, model, config.data.max_length, tags)


def build_model(config: Config, tokenizers: Tokenizers) -> Seq2Seq:
    """A model with fresh weights for these tokenizers."""
    return build(
        config.model,
        source_vocabulary=tokenizers.source.vocabulary_size,
        target_vocabulary=tokenizers.target.vocabulary_size,
        joint=tokenizers.joint,
    )


def read_description(folder: Path) -> dict[str, Any]:
    """config.json of a model directory, checked for completeness.

    Raises:
        ModelError: the folder is no model directory of this or an older version.
    """
    path = folder / CONFIG_FILE
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such model directory")
    if not path.exists():
        raise ModelError(f"{folder}: not a model directory (it has no {CONFIG_FILE})")
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: damaged ({error}); copy the model directory again") from None
    if not isinstance(description, dict) or type(description.get("format_version")) is not int:
        raise ModelError(f"{path}: not written by nmt (it has no format_version)")
    if description["format_version"] > FORMAT_VERSION:
        raise ModelError(f"{path}: written by a newer nmt; update it (pip install --upgrade nmt)")
    needed = ("name", "source_language", "target_language", "max_length", "vocabulary")
    missing = [key for key in (*needed, *INFERENCE_SECTIONS) if key not in description]
    if missing:
        raise ModelError(f"{path}: damaged, it has no {missing[0]!r}; copy the directory again")
    odd = [section for section in INFERENCE_SECTIONS if not isinstance(description[section], dict)]
    if odd:
        raise ModelError(f"{path}: damaged, {odd[0]!r} is no section; copy the directory again")
    tags = description.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ModelError(f"{path}: damaged, 'tags' is no list of words; copy the directory again")
    return description
