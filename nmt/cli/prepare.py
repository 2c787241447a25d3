"""`nmt prepare`: tokenize and encode a corpus ahead of training."""

import json

import typer

from nmt.cli import options


def prepare(
    config: options.ConfigFile = None,
    set_: options.Set = None,
    source: options.Source = None,
    target: options.Target = None,
    corpus: options.Corpus = None,
    languages: options.Languages = None,
    json_: options.Json = False,
) -> None:
    """Tokenize and encode a training corpus; `nmt train` does so itself where it is not done yet.

    \b
    nmt prepare configs/multi30k-de-en.toml
    nmt prepare --source train.de --target train.en --set tokenizer.vocabulary_size=8000
    """
    from dataclasses import asdict

    from nmt.cli.settings import read_config, with_corpora
    from nmt.corpus.prepare import prepare

    settings = with_corpora(
        read_config(config, set_, None),
        train=(source, target),
        valid=(None, None),
        corpora=corpus,
        languages=languages,
    )
    prepared = prepare(settings, log=lambda message: typer.echo(f"nmt: {message}", err=True))
    report = prepared.report
    if json_:
        values = asdict(report) | {"folder": str(prepared.folder), "reused": prepared.reused}
        values["vocabulary"] = [
            prepared.tokenizers.source.vocabulary_size,
            prepared.tokenizers.target.vocabulary_size,
        ]
        typer.echo(json.dumps(values))
        return
    reasons = ", ".join(report.reasons)
    left_out = f" (left out: {reasons}; see rejected.jsonl)" if reasons else ""
    typer.echo(
        f"{report.kept:,} sentence pairs of {report.read:,}{left_out}; "
        f"{report.source_tokens:,} source and {report.target_tokens:,} target tokens "
        f"{'were there already' if prepared.reused else 'written'}: {prepared.folder}"
    )
