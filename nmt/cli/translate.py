"""`nmt translate`: lines in, translations out."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from nmt.cli import options
from nmt.cli.search import Search, translating

if TYPE_CHECKING:
    from nmt.translator import Translation

SCORE_DIGITS = 4  # sums in another order, as in batches of another size, differ in the sixth
WINDOW_BATCHES = 16  # batches read ahead, so that lines of similar length are translated together

Format = Literal["text", "tsv", "jsonl"]


def translate(
    arguments: options.ModelsAndInput,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write here.")] = None,
    beam_size: options.BeamSize = None,
    n_best: Annotated[int, typer.Option(min=1, help="Translations of each line.")] = 1,
    length_penalty: options.LengthPenalty = None,
    mbr: options.MinimumBayesRisk = None,
    format_: Annotated[
        Format, typer.Option("--format", help="text; tsv (source, translation, score); jsonl.")
    ] = "text",
    tag: options.Tag = None,
    precision: options.Precision = "float32",
    batch_size: options.BatchSize = None,
    device: options.Device = "cpu",
    threads: options.Threads = None,
) -> None:
    """Translate a file, or standard input, line by line.

    \b
    nmt translate models/de-en input.de -o output.en
    echo "Ein Hund läuft." | nmt translate models/de-en
    nmt translate models/a models/b input.de --format jsonl --n-best 5
    """
    models, text = split_arguments(arguments)
    options.use_threads(threads)
    from nmt.cli.streams import read_windows
    from nmt.translator import load

    translator = load(models, device=device, precision=precision)
    translator.notify = lambda message: typer.echo(f"nmt: warning: {message}", err=True)
    translator.tagged([], tag)  # refused before any text is read
    search = Search(beam_size, length_penalty, batch_size, mbr, n_best)
    translate_texts = translating(translator, search)

    def translate_lines(lines: list[str]) -> list["Translation"]:
        found = translate_texts(translator.tagged(lines, tag))
        return [replace(each, source=line) for each, line in zip(found, lines, strict=True)]

    size = (batch_size or translator.search.batch_size) * WINDOW_BATCHES
    windows = map(translate_lines, read_windows(text, size))
    write = {"text": write_text, "tsv": write_tsv, "jsonl": write_jsonl}[format_]
    if output is None:
        write_all(sys.stdout, windows, write, n_best)
    else:
        write_file(output, partial(write_all, windows=windows, write=write, n_best=n_best))


def split_arguments(arguments: list[str]) -> tuple[list[Path], Path | None]:
    """Model directories, and the input: the last argument, when it is no directory.

    Raises:
        ModelError: there is no model directory before the input.
    """
    from nmt.errors import ModelError

    paths = [Path(argument) for argument in arguments]
    text = None
    if len(paths) > 1 and (arguments[-1] == "-" or not paths[-1].is_dir()):
        text = paths.pop()
    for path in paths:
        if path.is_file():
            raise ModelError(f"{path}: a file where a model directory is expected")
    return paths, text


def write_all(
    file: TextIO,
    windows: Iterable[list["Translation"]],
    write: Callable[[TextIO, "Translation", int], None],
    n_best: int,
) -> None:
    """Write translations as they come, and warn of lines that need it."""
    line = 0
    for translations in windows:
        for translation in translations:
            write(file, translation, n_best)
        file.flush()
        warn(translations, first_line=line + 1)
        line += len(translations)


def warn(translations: list["Translation"], *, first_line: int) -> None:
    """Name the lines whose translation needs a look."""
    for line, translation in enumerate(translations, start=first_line):
        if translation.warning:
            typer.echo(f"nmt: warning: line {line:,}: {translation.warning}", err=True)


def write_file(path: Path, write: Callable[[TextIO], None]) -> None:
    """Write a file under a temporary name, and rename it when it is whole."""
    from nmt.atomic import write_atomically

    def fill(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            write(file)

    path = path.resolve()  # write through a link, not over it
    if path.exists() and not path.is_file():  # a pipe or a device
        fill(path)
    else:
        write_atomically(path, fill)


def _best(translation: "Translation", n_best: int) -> Iterator[tuple[str, float]]:
    """The n best texts and scores; when there are fewer, the last ones are empty."""
    found = [(alternative.text, alternative.score) for alternative in translation.alternatives]
    yield from found
    yield from [("", float("-inf"))] * (n_best - len(found))


def write_text(file: TextIO, translation: "Translation", n_best: int) -> None:
    """A line for each translation: `n_best` lines for a line of input."""
    for text, _ in _best(translation, n_best):
        file.write(f"{text}\n")


def write_tsv(file: TextIO, translation: "Translation", n_best: int) -> None:
    """Source, translation and score in columns: `n_best` lines for a line of input."""
    for text, score in _best(translation, n_best):
        source = translation.source.replace("\t", " ")
        file.write(f"{source}\t{text}\t{score:.{SCORE_DIGITS}f}\n")


def write_jsonl(file: TextIO, translation: "Translation", n_best: int) -> None:
    """One JSON object for a line of input."""
    record = {
        "source": translation.source,
        "translation": translation.text,
        "score": round(translation.score, SCORE_DIGITS),
        "n_best": [
            {"text": a.text, "score": round(a.score, SCORE_DIGITS)}
            for a in translation.alternatives
        ],
    }
    if translation.warning:
        record["warning"] = translation.warning
    file.write(json.dumps(record, ensure_ascii=False) + "\n")
