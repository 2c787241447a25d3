"""`nmt diversify`: a corpus, and what models of both directions make of it."""

from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nmt.cli import options

if TYPE_CHECKING:
    from nmt.config import Config
    from nmt.translator import Translator

UNNAMED = ("source", "target")  # the languages of a model where nobody has said them


def diversify(
    model_dirs: Annotated[
        list[Path], typer.Argument(metavar="MODEL_DIR...", help="Models of the corpus.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Write here, as JSON lines.")],
    back: Annotated[
        list[Path] | None,
        typer.Option(metavar="MODEL_DIR", help="A model of the other direction; repeatable."),
    ] = None,
    source: options.Source = None,
    target: options.Target = None,
    corpus: options.Corpus = None,
    beam_size: options.BeamSize = None,
    precision: options.Precision = "float32",
    batch_size: options.BatchSize = None,
    device: options.Device = "cpu",
    threads: options.Threads = None,
) -> None:
    """Write a larger training corpus: what models make of the one that they learned from.

    For each pair, the pair itself, its source with the translation of each model, and the
    translation back of each model of the other direction with its target. Train on all of it, in
    either direction (data diversification, Nguyen et al. 2020).

    \b
    nmt diversify models/de-en --back models/en-de -o data/diversified.jsonl
    nmt train --corpus data/diversified.jsonl --languages de-en -o models/better \\
              --valid-source valid.de --valid-target valid.en
    """
    options.use_threads(threads)
    from nmt.corpus.prepare import training_corpora
    from nmt.diversification import Diversifier
    from nmt.diversification import diversify as write
    from nmt.translator import load

    load_model = partial(load, device=device, precision=precision)
    forward = [load_model(folder) for folder in model_dirs]
    backward = [load_model(folder) for folder in back or []]
    languages = check_directions(forward, backward)
    config = config_of(forward[0], (source, target), corpus)
    check_tags(config, forward + backward)
    corpora = training_corpora(config)
    translate = partial(texts_of, beam_size=beam_size, batch_size=batch_size)
    makers = [[partial(translate, model) for model in side] for side in (forward, backward)]
    hashes = [[model_hash(model) for model in side] for side in (forward, backward)]
    key = {"models": hashes, "corpora": [each.contents_hash() for each in corpora]}
    key |= {"beam_size": beam_size, "precision": precision}
    counts = write(chain.from_iterable(corpora), Diversifier(languages, *makers), output, key, tell)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    typer.echo(f"{sum(counts.values()):,} pairs ({kinds}): {output}")


def config_of(
    model: "Translator", files: tuple[Path | None, Path | None], corpora: list[Path] | None
) -> "Config":
    """A configuration with the corpora that options name, or with those that the model is of.

    Raises:
        ModelError: nobody says of which.
    """
    from nmt.cli.settings import with_corpora
    from nmt.errors import ModelError
    from nmt.training.output import EXPERIMENT_FILE, experiment_config

    first = model.models[0]
    named = corpora or any(files)
    if not named and not (first.folder / EXPERIMENT_FILE).exists():
        raise ModelError(
            f"{first.folder}: has no {EXPERIMENT_FILE}, which names its corpus; give --source and "
            "--target, or --corpus"
        )
    return with_corpora(
        first.config if named else experiment_config(first.folder),
        train=files,
        valid=(None, None),
        corpora=corpora,
        languages=None,
    )


def check_directions(forward: list["Translator"], backward: list["Translator"]) -> tuple[str, str]:
    """The languages of the corpus: those of all models, of `backward` the other way round.

    A model whose languages nobody has said is taken as it is given.

    Raises:
        ModelError: a model is of another direction.
    """
    from nmt.errors import ModelError
    from nmt.text.languages import same_language

    directions = [(model, _languages(model), False) for model in forward]
    directions += [(model, _languages(model), True) for model in backward]
    named = [each for each in directions if each[1] != UNNAMED]
    source, target = UNNAMED
    for number, (model, languages, turned) in enumerate(named):
        if number == 0:
            source, target = reversed(languages) if turned else languages
        expected = (target, source) if turned else (source, target)
        if not all(map(same_language, languages, expected)):
            raise ModelError(
                f"{model.models[0].folder}: translates {' to '.join(languages)}, where a model of "
                f"{' to '.join(expected)} is expected; models of the other direction go with --back"
            )
    return UNNAMED if same_language(source, target) else (source, target)


def _languages(model: "Translator") -> tuple[str, str]:
    config = model.models[0].config
    return config.source_language, config.target_language


def check_tags(config: "Config", models: list["Translator"]) -> None:
    """Refuse corpora whose pairs cannot be told apart in the output.

    Raises:
        ConfigError: a corpus, or a model, has tags.
    """
    from nmt.errors import ConfigError

    tags = sorted({*config.data.tags, *(tag for model in models for tag in model.tags)})
    if tags:
        raise ConfigError(
            f"tags ({', '.join(tags)}): a corpus with tags cannot be diversified as a whole; "
            "translate each part of it with nmt translate --tag"
        )


def model_hash(model: "Translator") -> str:
    """Changes when what a model makes of a text may do."""
    from nmt.corpus.pairs import file_hash
    from nmt.model_directory import CONFIG_FILE, WEIGHTS_FILE

    folder = model.models[0].folder
    return file_hash(folder / WEIGHTS_FILE) + file_hash(folder / CONFIG_FILE)


def texts_of(
    model: "Translator", texts: list[str], *, beam_size: int | None, batch_size: int | None
) -> list[str]:
    """The best translation of each text."""
    found = model.translate(texts, beam_size=beam_size, batch_size=batch_size, attention=False)
    return [translation.text for translation in found]


def tell(done: int) -> None:
    """Say how far it is."""
    typer.echo(f"nmt: {done:,} pairs", err=True)
