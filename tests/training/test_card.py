"""The model card: what it tells of a run is so."""

import json
from pathlib import Path

import pytest

from nmt.config import Config
from nmt.settings import ModelSettings
from nmt.training.card import describe_architecture
from nmt.training.output import data_hashes
from nmt.training.run import train
from tests.training.conftest import MakeConfig


@pytest.fixture
def config(make_toy_config: MakeConfig) -> Config:
    """The configuration that the trained model has."""
    return make_toy_config(max_steps=60, learning_rate=0.01)


def test_the_card_tells_data_recipe_score_and_cost(trained: Path, config: Config) -> None:
    card = (trained / "README.md").read_text(encoding="utf-8")
    events = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]
    best = max(event["bleu"] for event in events if event["event"] == "valid")
    facts = [entry["sha256"] for entry in data_hashes(config)]
    facts += [f"BLEU {best:.2f}", "version:", "60 steps", "licence", "# toy", "lstm", "300"]
    facts += ["from source to target", "## Data", "## Recipe", "## Score", "## Cost"]
    assert [fact for fact in facts if fact not in card] == []


def test_a_card_without_validation_says_so(make_toy_config: MakeConfig, tmp_path: Path) -> None:
    train(make_toy_config(valid=False, max_steps=2), tmp_path)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "Not validated" in card and "BLEU" not in card


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"encoder": "transformer", "decoder": "transformer", "encoder_layers": 6},
            "Encoder `transformer`, 6 layers; decoder `transformer`, 2 layers; hidden size 512; "
            "multihead attention",
        ),
        (
            {"encoder": "transformer", "decoder": "hybrid", "cell": "ssru", "hidden_size": 1024},
            "Encoder `transformer`, 1 layer; decoder `hybrid`, 2 layers of ssru cells; "
            "hidden size 1,024; multihead attention",
        ),
        (
            {"decoder": "luong", "input_feeding": True, "attention": "dot", "encoder_cell": "gru"},
            "Encoder `bidirectional`, 1 layer of gru cells; decoder `luong`, 2 layers of lstm "
            "cells; hidden size 512; dot attention with input feeding",
        ),
    ],
)
def test_an_architecture_is_told_apart(settings: dict[str, object], said: str) -> None:
    assert describe_architecture(ModelSettings.model_validate(settings)) == said
