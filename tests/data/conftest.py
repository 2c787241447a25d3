"""Fixtures for the tests of the phrasebook corpus."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "data" / "phrasebook"


@pytest.fixture(scope="session")
def phrasebook_folder() -> Path:
    return FOLDER


@pytest.fixture(scope="session")
def run_generator() -> Callable[..., subprocess.CompletedProcess[str]]:
    return _run_generator


def _run_generator(*arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(FOLDER / "generate.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phrasebook")
    result = _run_generator(str(folder))
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="session")
def pairs(corpus: Path) -> dict[str, list[tuple[str, str]]]:
    parts = {}
    for name in ("train", "valid", "test"):
        german, english = (
            (corpus / f"{name}.{side}").read_bytes().decode("utf-8") for side in ("de", "en")
        )
        assert german.endswith("\n") and "\r" not in german + english
        german_lines, english_lines = german.split("\n")[:-1], english.split("\n")[:-1]
        parts[name] = list(zip(german_lines, english_lines, strict=True))
    return parts


@pytest.fixture(scope="session")
def everything(pairs: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    return [pair for part in pairs.values() for pair in part]


@pytest.fixture(scope="session")
def engine() -> ModuleType:
    sys.path.insert(0, str(FOLDER))
    try:
        package = importlib.import_module("phrasegrammar")
        for name in ("corpus", "entries", "german", "english", "reader"):
            importlib.import_module(f"phrasegrammar.{name}")
        return package
    finally:
        sys.path.remove(str(FOLDER))
