"""The tokenizers of a model: joint or separate, they come back as they were saved."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.errors import ModelError
from nmt.settings import TokenizerSettings
from nmt.text.tokenizer import train_tokenizer
from nmt.text.tokenizers import Tokenizers, given_tokenizers, load_tokenizers

SOURCE = ["Ein Hund läuft.", "Zwei Hunde laufen."]
TARGET = ["A dog runs.", "Two dogs run."]


@pytest.fixture(scope="module")
def joint() -> Tokenizers:
    tokenizer = train_tokenizer(SOURCE + TARGET, TokenizerSettings(), pairs=2)
    return Tokenizers(tokenizer, tokenizer)


@pytest.fixture(scope="module")
def separate() -> Tokenizers:
    source, target = (train_tokenizer(s, TokenizerSettings(), pairs=2) for s in (SOURCE, TARGET))
    return Tokenizers(source, target)


def test_joint_tokenizers_are_one_file(tmp_path: Path, joint: Tokenizers) -> None:
    joint.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer.model"]
    loaded = load_tokenizers(tmp_path, "nfkc")
    assert joint.joint and loaded.joint
    assert loaded.source.model == loaded.target.model == joint.source.model


def test_separate_tokenizers_are_two_files(tmp_path: Path, separate: Tokenizers) -> None:
    separate.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.model", "target.model"]
    loaded = load_tokenizers(tmp_path, "nfkc")
    assert not separate.joint and not loaded.joint
    assert (loaded.source.model, loaded.target.model) == (
        separate.source.model,
        separate.target.model,
    )


@settings(deadline=None)
@given(lines=st.lists(st.text(st.characters(codec="utf-8"))))
def test_what_was_loaded_encodes_as_what_was_saved(
    tmp_path_factory: pytest.TempPathFactory, separate: Tokenizers, lines: list[str]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "saved_tokenizers"
    if not folder.exists():
        folder.mkdir()
        separate.save(folder)
    loaded = load_tokenizers(folder, "nfkc")
    assert loaded.source.encode(lines) == separate.source.encode(lines)
    assert loaded.target.encode(lines) == separate.target.encode(lines)


def test_the_normalization_is_the_one_asked_for(tmp_path: Path, separate: Tokenizers) -> None:
    separate.save(tmp_path)
    loaded = load_tokenizers(tmp_path, "none")
    assert loaded.source.normalization == loaded.target.normalization == "none"


@pytest.mark.parametrize(
    ("present", "missing"), [([], "tokenizer.model"), (["source.model"], "target.model")]
)
def test_a_missing_file_is_named(
    tmp_path: Path, separate: Tokenizers, present: list[str], missing: str
) -> None:
    for name in present:
        separate.source.save(tmp_path / name)
    with pytest.raises(ModelError, match=re.escape(str(tmp_path / missing))):
        load_tokenizers(tmp_path, "nfkc")


def test_a_damaged_side_is_named(tmp_path: Path, separate: Tokenizers) -> None:
    separate.save(tmp_path)
    (tmp_path / "target.model").write_bytes(b"")
    with pytest.raises(ModelError, match=re.escape(str(tmp_path / "target.model"))):
        load_tokenizers(tmp_path, "nfkc")


def test_a_given_model_serves_both_languages_or_one_each(
    tmp_path: Path, separate: Tokenizers
) -> None:
    separate.save(tmp_path)
    paths = [tmp_path / "source.model", tmp_path / "target.model"]
    assert given_tokenizers(paths[:1], "nfkc").joint
    two = given_tokenizers(paths, "none")
    assert not two.joint and two.source.normalization == "none"
    assert [two.source.model, two.target.model] == [separate.source.model, separate.target.model]


@pytest.mark.parametrize("content", [None, b"", b"not a model"])
def test_a_given_model_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mine.model"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=re.escape(str(path))):
        given_tokenizers([path], "nfkc")
