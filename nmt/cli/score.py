"""`nmt score`: how probable a model finds given translations."""

from pathlib import Path
from typing import Annotated

import typer

from nmt.cli import options


def score(
    model_dir: options.ModelDirectory,
    source: Annotated[Path, typer.Option(help="Text in the source language.")],
    target: Annotated[Path, typer.Option(help="Its translation, line by line.")],
    tag: options.Tag = None,
    device: options.Device = "cpu",
    threads: options.Threads = None,
) -> None:
    """Print the log-probability of each translation, one a line.

    It is the natural logarithm of P(target | source), the end of the sentence included.

    \b
    nmt score models/de-en --source test.de --target test.en
    """
    options.use_threads(threads)
    from nmt.corpus.readers.text import read_text_pair
    from nmt.engine.likelihood import likelihood
    from nmt.model_directory import load_model
    from nmt.text.tags import tagged
    from nmt.translator import check_device

    model = load_model(model_dir, check_device(device))
    pairs = list(read_text_pair(source, target))
    form = model.config.tokenizer.normalization
    sources = tagged([pair.source for pair in pairs], tag, model.tags, form)
    targets = [pair.target for pair in pairs]
    scores = likelihood(model.model, model.tokenizers, sources, targets)
    for value in scores.log_probs:
        typer.echo(f"{value:.6f}")
