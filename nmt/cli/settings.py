"""From the options of a command to a configuration."""

import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from nmt.config import Config, apply_override, load_config, make_config
from nmt.errors import ConfigError
from nmt.recipes import COUNTED_AT_MOST, Choice, choose_recipe, with_recipe


def read_config(path: Path | None, overrides: list[str] | None, base: Config | None) -> Config:
    """A configuration file with overrides, or else `base` with overrides.

    Raises:
        ConfigError: the file or a setting is wrong.
    """
    if path is None and base is not None:
        values = base.model_dump(mode="json")
        for override in overrides or []:
            apply_override(values, override)
        return make_config(values, origin="--set")
    return load_config(path, overrides or [])


def with_corpora(
    config: Config,
    *,
    train: tuple[Path | None, Path | None],
    valid: tuple[Path | None, Path | None],
    corpora: list[Path] | None,
    languages: str | None,
) -> Config:
    """The configuration with the corpora and languages that options name, in place of its own.

    Raises:
        ConfigError: one side of a pair of files is missing, or the languages are not two; or
            standard input would be read twice.
    """
    check_streams([*train, *valid, *(corpora or [])])
    values: dict[str, Any] = config.model_dump(mode="json", exclude_unset=True)
    values.setdefault("data", {})
    entries = entries_of(
        [absolute(path, config) for path in corpora or []], _absolutes(train, config)
    )
    if entries:
        values["data"]["train"] = entries
    held_out = entries_of([], _absolutes(valid, config), "valid-")
    if held_out:
        values["data"]["valid"] = held_out[0]
    return make_config(values | language_values(languages), origin="options")


def with_recipe_for_corpus(config: Config, device: str) -> tuple[Config, Choice]:
    """The configuration over the recipe that suits its corpora and a device.

    Raises:
        NmtError: a corpus cannot be read.
    """
    import torch

    from nmt.corpus.prepare import training_corpora

    if any(entry.streaming for entry in config.data.train):  # not read twice over a network
        pairs = None
    else:
        corpora = chain.from_iterable(training_corpora(config))
        pairs = sum(1 for _ in islice(corpora, COUNTED_AT_MOST))
    idle_gpu = device == "cpu" and torch.cuda.is_available()
    choice = choose_recipe(pairs, device, idle_gpu=idle_gpu)
    values = with_recipe(config.model_dump(mode="json", exclude_unset=True), choice.recipe)
    return make_config(values, origin="options"), choice


def language_values(languages: str | None) -> dict[str, str]:
    """The settings that an option such as `--languages de-en` stands for.

    Raises:
        ConfigError: it does not name two languages.
    """
    if not languages:
        return {}
    from nmt.text.languages import SOURCE_TARGET, split_languages

    tags = split_languages(languages)
    if tags is None:
        raise ConfigError(f"--languages {languages}: {SOURCE_TARGET}")
    return dict(zip(("source_language", "target_language"), tags, strict=True))


def entries_of(
    corpora: Sequence[Path], pair: tuple[Path | None, Path | None], prefix: str = ""
) -> list[dict[str, str]]:
    """Entries of `[data]` for what options name: a pair of files, and files with both sides.

    Raises:
        ConfigError: only one file of the pair is given.
    """
    entries = [{"path": str(path)} for path in corpora]
    source, target = pair
    if source is None and target is None:
        return entries
    names = (f"--{prefix}source", f"--{prefix}target")
    if source is None or target is None:
        missing = names[0] if source is None else names[1]
        raise ConfigError(f"{missing} is missing: a corpus needs both {' and '.join(names)}")
    return [{"source": str(source), "target": str(target)}, *entries]


def absolute(path: Path, config: Config) -> Path:
    """A path that means the same from every folder and as often as it is read.

    What comes through standard input or a pipe is kept beside the encoded corpora.
    """
    if not _is_stream(path):
        return path.absolute()
    from nmt.corpus.prepare import cache_folder
    from nmt.corpus.readers.standard_input import keep_stream

    with _open_stream(path) as stream:
        return keep_stream(stream, cache_folder(config).absolute(), _stream_name(path))


def kept(path: Path, folder: Path) -> Path:
    """The path; of standard input or a pipe that of a copy in this temporary folder."""
    if not _is_stream(path):
        return path
    from nmt.corpus.readers.standard_input import copy_stream

    copy = Path(tempfile.mkdtemp(dir=folder)) / _stream_name(path)
    with _open_stream(path) as stream:
        copy_stream(stream, copy)
    return copy


def check_streams(paths: Iterable[Path | None]) -> None:
    """Refuse to read standard input twice.

    Raises:
        ConfigError: several of the paths are "-".
    """
    if sum(str(path) == "-" for path in paths) > 1:
        raise ConfigError("-: standard input can be read once only; name a file for the others")


def _is_stream(path: Path) -> bool:
    return str(path) == "-" or path.is_fifo()


def _stream_name(path: Path) -> str:
    return "standard-input" if str(path) == "-" else f"pipe-{path.name}"


def _open_stream(path: Path) -> AbstractContextManager[BinaryIO]:
    if str(path) != "-":
        return path.open("rb")
    if sys.stdin is None:
        raise ConfigError("-: standard input is closed; name the file to read")
    return nullcontext(sys.stdin.buffer)


def _absolutes(
    pair: tuple[Path | None, Path | None], config: Config
) -> tuple[Path | None, Path | None]:
    return (pair[0] and absolute(pair[0], config), pair[1] and absolute(pair[1], config))
