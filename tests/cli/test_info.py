"""`nmt info`: what a model directory holds, read from its files."""

import json
import shutil
from pathlib import Path

import safetensors.torch

from tests.cli.conftest import Command


def test_json_agrees_with_the_files(model: Path, nmt: Command) -> None:
    done = nmt("info --json", model)
    values, config = json.loads(done.stdout), json.loads((model / "config.json").read_text())
    tensors = safetensors.torch.load_file(model / "model.safetensors")
    assert values["parameters"] == sum(tensor.numel() for tensor in tensors.values())
    assert values["bytes"] == (model / "model.safetensors").stat().st_size
    assert (values["source_language"], values["target_language"]) == ("de", "en")
    for section in ("vocabulary", "tokenizer", "model", "search", "max_length"):
        assert values[section] == config[section]


def test_the_score_is_that_of_the_best_validation(model: Path, nmt: Command) -> None:
    values = json.loads(nmt("info --json", model).stdout)
    events = map(json.loads, (model / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
    best = max((e for e in events if e["event"] == "valid"), key=lambda event: event["bleu"])
    assert (values["validation_bleu"], values["step"]) == (best["bleu"], best["step"])


def test_lines_for_people(model: Path, nmt: Command) -> None:
    lines = nmt("info", model).stdout.splitlines()
    assert len(lines) == len(json.loads(nmt("info --json", model).stdout))
    assert any(line.startswith("source language  de") for line in lines)
    assert any(line.startswith("model ") and "hidden_size 32" in line for line in lines)


def test_a_model_without_its_records(model: Path, nmt: Command, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(model, tmp_path / "copy"))
    (copy / "metrics.jsonl").unlink()
    assert json.loads(nmt("info --json", copy).stdout)["validation_bleu"] is None
    assert "validation bleu  unknown" in nmt("info", copy).stdout
