"""`nmt evaluate`: BLEU, chrF and TER of a model, or of a file of translations."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nmt.cli import options
from nmt.cli.search import Search, Translate, translating
from nmt.cli.translate import warn
from nmt.errors import ConfigError

if TYPE_CHECKING:
    from nmt.translator import Translator


def evaluate(
    model_dir: Annotated[Path | None, typer.Argument(help="A model directory.")] = None,
    source: Annotated[Path | None, typer.Option(help="Text to translate.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Its true translation.")] = None,
    hypothesis: options.Hypothesis = None,
    json_: options.Json = False,
    tag: options.Tag = None,
    beam_size: options.BeamSize = None,
    length_penalty: options.LengthPenalty = None,
    mbr: options.MinimumBayesRisk = None,
    precision: options.PrecisionOfModel = None,
    batch_size: options.BatchSize = None,
    device: options.DeviceOfModel = None,
    threads: options.Threads = None,
) -> None:
    """Score a model on a test set, or translations that are there already.

    \b
    nmt evaluate models/de-en --source test.de --reference test.en
    nmt evaluate --hypothesis output.en --reference test.en --json
    """
    of_a_model = {
        "--source": source,
        "--tag": tag,
        "--beam-size": beam_size,
        "--length-penalty": length_penalty,
        "--mbr": mbr,
        "--precision": precision,
        "--batch-size": batch_size,
        "--device": device,
        "--threads": threads,
    }
    if (model_dir is None) == (hypothesis is None):
        raise ConfigError("give either MODEL_DIR with --source, or --hypothesis")
    if model_dir is not None:
        sources, references = _read_pairs(source, reference)
        options.use_threads(threads)
        translator = _load(model_dir, device, precision)
        translate = translating(translator, Search(beam_size, length_penalty, batch_size, mbr))
        result = _evaluate_model(translator, translate, translator.tagged(sources, tag), references)
    elif hypothesis is not None:
        _refuse(of_a_model)
        result = _evaluate_file(hypothesis, reference)
    typer.echo(json.dumps(result) if json_ else table(result))


def _refuse(of_a_model: Mapping[str, object]) -> None:
    """Options that are about translating mean nothing for translations that are there already."""
    given = [name for name, value in of_a_model.items() if value is not None]
    if given:
        raise ConfigError(f"{given[0]} goes with MODEL_DIR; --hypothesis is scored as it is")


def _load(model_dir: Path, device: str | None, precision: str | None) -> "Translator":
    from nmt.translator import load

    translator = load(model_dir, device=device or "cpu", precision=precision or "float32")
    translator.notify = lambda message: typer.echo(f"nmt: warning: {message}", err=True)
    return translator


def _read_pairs(left: Path | None, reference: Path | None) -> tuple[list[str], list[str]]:
    from nmt.corpus.readers.text import read_text_pair
    from nmt.errors import DataError

    if left is None:
        raise ConfigError("--source is missing: a file with the text to translate")
    if reference is None:
        raise ConfigError("--reference is missing: a file with the true translations")
    pairs = list(read_text_pair(left, reference))
    if not pairs:
        raise DataError(f"{left}: empty, there is nothing to evaluate")
    return [pair.source for pair in pairs], [pair.target for pair in pairs]


def _evaluate_file(hypothesis: Path, reference: Path | None) -> dict[str, Any]:
    started = time.monotonic()
    result = scores(*_read_pairs(hypothesis, reference))
    return {**result, "seconds": round(time.monotonic() - started, 3)}


def scores(hypotheses: list[str], references: list[str]) -> dict[str, Any]:
    """BLEU, chrF and TER as plain values."""
    from nmt.evaluation.metrics import evaluate

    return asdict(evaluate(hypotheses, references))


def _evaluate_model(
    translator: "Translator",
    translate: Translate,
    sources: list[str],
    references: list[str],
) -> dict[str, Any]:
    """Scores, the speed of translating, and how well the references are predicted."""
    from nmt.engine.likelihood import likelihood

    started = time.monotonic()
    translations = translate(sources)
    seconds = time.monotonic() - started
    warn(translations, first_line=1)
    model = translator.models[0]
    predicted = likelihood(
        model.model, model.tokenizers, sources, references, notify=translator.notify
    )
    return {
        **scores([translation.text for translation in translations], references),
        "perplexity": predicted.perplexity,
        "token_accuracy": predicted.accuracy,
        "seconds": round(seconds, 3),
        "sentences_per_second": round(len(sources) / max(seconds, 1e-9), 2),
    }


def table(result: dict[str, Any]) -> str:
    """The result for people: a line for each figure, with the signature that tells how."""
    names = {"bleu": "BLEU", "chrf": "chrF", "ter": "TER"}
    lines = [
        f"{name:<12} {result[key]['score']:7.2f}  {result[key]['signature']}"
        for key, name in names.items()
    ]
    lines.append(f"{'sentences':<12} {result['sentences']:7,}")
    if "perplexity" in result:
        lines.append(f"{'perplexity':<12} {result['perplexity']:7.2f}  of a reference token")
        lines.append(f"{'accuracy':<12} {result['token_accuracy']:7.1%}  of reference tokens")
        speed = f"{result['sentences_per_second']:,.0f} sentences per second"
        lines.append(f"{'seconds':<12} {result['seconds']:7.2f}  {speed}")
    return "\n".join(lines)
