"""Fixtures of the training tests: the toy corpus, its configuration, a small model and batch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nmt.config import Config, make_config
from nmt.corpus.batches import Batch, collate
from nmt.model.build import build
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import ModelSettings
from nmt.training.run import train
from tests.cli.conftest import nmt, toy, toy_options

__all__ = ["nmt", "toy", "toy_options"]

MakeConfig = Callable[..., Config]


@pytest.fixture(scope="session")
def make_toy_config(toy: Path) -> MakeConfig:
    """`make_toy_config(max_steps=20)`: a small model of the toy corpus, with training settings."""

    def make(*, valid: bool = True, model: dict[str, Any] | None = None, **training: Any) -> Config:
        data: dict[str, Any] = {"root": str(toy)}
        data["train"] = [{"source": "train.src", "target": "train.tgt"}]
        if valid:
            data["valid"] = {"source": "valid.src", "target": "valid.tgt"}
        small = {"hidden_size": 32, "embedding_size": 32, "decoder_layers": 1} | (model or {})
        quick = {"batch_tokens": 256, "warmup_steps": 5, "log_interval": 5, "max_steps": 30}
        quick |= {"validation_interval": 10, "checkpoint_interval": 10, "precision": "float32"}
        values = {"name": "toy", "data": data, "model": small, "training": quick | training}
        return make_config(values, origin="test")

    return make


@pytest.fixture(scope="session")
def trained(make_toy_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of a finished run of 60 steps, with dropout and averaging."""
    folder = tmp_path_factory.mktemp("trained") / "toy-model"
    assert train(make_toy_config(max_steps=60, learning_rate=0.01), folder) == "finished"
    return folder


def small_model(**settings: Any) -> Seq2Seq:
    """A model of 20 tokens, always the same."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "embedding_size": 8, "decoder_layers": 2, "attention_heads": 2}
    return build(
        ModelSettings(**(sizes | settings)), source_vocabulary=20, target_vocabulary=20, joint=True
    )


def small_batch(rows: int = 8) -> Batch:
    """Sentence pairs of different lengths."""
    generator = torch.Generator().manual_seed(1)
    lengths = [2 + row % 5 for row in range(rows)]
    sources = [torch.randint(4, 20, (n,), generator=generator).tolist() for n in lengths]
    targets = [torch.randint(4, 20, (n + 1,), generator=generator).tolist() for n in lengths]
    return collate(sources, targets)
