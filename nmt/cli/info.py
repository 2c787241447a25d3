"""`nmt info`: what a model directory holds."""

import json

import typer

from nmt.cli import options


def info(model_dir: options.ModelDirectory, json_: options.Json = False) -> None:
    """Describe a model: languages, architecture, size, settings, best validation score.

    \b
    nmt info models/de-en
    """
    from nmt.model_directory import WEIGHTS_FILE, load_model
    from nmt.training.metric_log import read_metrics

    model = load_model(model_dir)
    settings, tokenizers = model.config, model.tokenizers
    best = [event for event in read_metrics(model_dir) if event.get("best")]
    values = {
        "name": settings.name,
        "source_language": settings.source_language,
        "target_language": settings.target_language,
        "parameters": sum(parameter.numel() for parameter in model.model.parameters()),
        "bytes": (model_dir / WEIGHTS_FILE).stat().st_size,
        "vocabulary": {
            "source": tokenizers.source.vocabulary_size,
            "target": tokenizers.target.vocabulary_size,
            "joint": tokenizers.joint,
        },
        "max_length": model.max_length,
        "tags": list(model.tags),
        "validation_bleu": best[-1]["bleu"] if best else None,
        "step": best[-1]["step"] if best else None,
        "tokenizer": settings.tokenizer.model_dump(mode="json"),
        "model": settings.model.model_dump(mode="json"),
        "search": settings.search.model_dump(mode="json"),
    }
    if json_:
        typer.echo(json.dumps(values))
        return
    for key, value in values.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} {setting}" for name, setting in value.items())
        elif isinstance(value, list):
            value = ", ".join(value) or "none"
        elif isinstance(value, int):
            value = f"{value:,}"
        elif isinstance(value, float):
            value = f"{value:.2f}"
        typer.echo(f"{key.replace('_', ' '):<16} {value if value is not None else 'unknown'}")
