"""Validation: figures of the model as it would translate, which leave it as it was."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nmt.corpus.pairs import ParallelCorpus
from nmt.engine.likelihood import likelihood
from nmt.errors import DataError
from nmt.evaluation.metrics import corpus_bleu
from nmt.model_directory import TrainedModel, load_model
from nmt.training.validation import Validator
from nmt.translator import Translator


@pytest.fixture(scope="module")
def model(trained: Path) -> TrainedModel:
    """The toy model."""
    return load_model(trained)


@pytest.fixture(scope="module")
def validator(toy: Path) -> Validator:
    """The validator of the toy corpus."""
    return Validator(ParallelCorpus((toy / "valid.src", toy / "valid.tgt")))


def test_bleu_is_that_of_greedy_translations(model: TrainedModel, validator: Validator) -> None:
    result = validator.validate(model)
    translations = Translator([model]).translate(validator.sources, beam_size=1)
    assert result.bleu == corpus_bleu([t.text for t in translations], validator.targets)
    source, reference, translation = result.example
    row = validator.sources.index(source)
    assert (validator.targets[row], translations[row].text) == (reference, translation)


def test_bleu_is_that_of_the_target_language(model: TrainedModel, validator: Validator) -> None:
    config = model.config.model_copy(update={"target_language": "ja"})
    result = validator.validate(replace(model, config=config))
    translations = Translator([model]).translate(validator.sources, beam_size=1)
    texts = [translation.text for translation in translations]
    assert result.bleu == corpus_bleu(texts, validator.targets, "char")
    assert result.bleu != corpus_bleu(texts, validator.targets)


def test_perplexity_and_accuracy_are_of_the_references(
    model: TrainedModel, validator: Validator
) -> None:
    result = validator.validate(model)
    scores = likelihood(model.model, model.tokenizers, validator.sources, validator.targets)
    assert (result.perplexity, result.accuracy) == (scores.perplexity, scores.accuracy)
    assert 1 < result.perplexity < model.tokenizers.target.vocabulary_size
    assert 0 < result.accuracy < 1 and result.seconds > 0


def test_validation_translates_with_the_tag(
    model: TrainedModel, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So each part of a long line has it; the model itself is not written with its tags yet."""
    known: list[frozenset[str]] = []

    class Recorder(Translator):
        def __init__(self, models: Sequence[TrainedModel]) -> None:
            super().__init__(models)
            known.append(self.tags)

    monkeypatch.setattr("nmt.training.validation.Translator", Recorder)
    files = (toy / "valid.src", toy / "valid.tgt")
    for tag in ("<law>", None):
        validator = Validator(ParallelCorpus(files), tag)
        lines = files[0].read_text(encoding="utf-8").splitlines()
        assert validator.sources == [f"{tag} {line}" if tag else line for line in lines]
        validator.validate(model)
    assert known == [frozenset({"<law>"}), frozenset()]


@pytest.mark.parametrize("training", [True, False])
def test_the_model_stays_as_it_was(
    model: TrainedModel, validator: Validator, training: bool
) -> None:
    before = [parameter.clone() for parameter in model.model.parameters()]
    model.model.train(training)
    first = validator.validate(model)
    assert model.model.training == training
    second = validator.validate(model)
    model.model.eval()
    assert (first.bleu, first.perplexity) == (second.bleu, second.perplexity)  # no dropout
    assert all(map(torch.equal, model.model.parameters(), before))


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(DataError, match="the validation corpus is empty"):
        Validator(ParallelCorpus((tmp_path / "a", tmp_path / "a")))


def test_a_missing_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing: no such file"):
        Validator(ParallelCorpus((tmp_path / "nothing", tmp_path / "nothing")))
