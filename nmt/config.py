"""From a configuration file and overrides to the settings of an experiment.

Every name, type, range and default is in `nmt.settings`.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nmt.errors import ConfigError
from nmt.setting_errors import KnownSettings, describe_error
from nmt.settings import (
    SMALLEST_VOCABULARY,
    CorpusFiles,
    DataSettings,
    ModelSettings,
    SearchSettings,
    Settings,
    TokenizerSettings,
    TrainingSettings,
)

BEFORE = {"lexical": False}  # what a model is whose files do not tell, being older than the setting


class Config(Settings):
    """A whole experiment."""

    name: str = "model"
    source_language: str = "source"
    target_language: str = "target"
    data: DataSettings = DataSettings()
    tokenizer: TokenizerSettings = TokenizerSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    search: SearchSettings = SearchSettings()

    def resolve(self, path: str) -> Path:
        """The file that a path of `[data]` means; see `expanded`."""
        return expanded(self.data.root or ".") / expanded(path)


def expanded(path: str) -> Path:
    """The path, with the home of a user for a ~ or ~name in front.

    Raises:
        ConfigError: there is no such user.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ConfigError(f"{path}: there is no such user; write ./~ for a file's name") from None


def load_config(path: Path | None, overrides: Iterable[str] = ()) -> Config:
    """Read a configuration file, if one is given, and apply `SECTION.KEY=VALUE` overrides.

    Raises:
        ConfigError: the file cannot be read, or a setting is unknown, of the wrong type or out of
            range; the message names the setting and, for an unknown one, the nearest right one.
    """
    values: dict[str, Any] = {}
    if path is not None:
        values = _read_toml(path)
        data = values.setdefault("data", {})
        if isinstance(data, dict) and isinstance(data.setdefault("root", "."), str):
            data["root"] = str(Path(path).parent / expanded(data["root"]))
    for override in overrides:
        apply_override(values, override)
    return make_config(values, origin=str(path) if path else "settings")


def make_config(values: Mapping[str, Any], *, origin: str) -> Config:
    """Check plain values against the catalogue; `origin` names them in an error."""
    try:
        return Config.model_validate(dict(values))
    except ValidationError as error:
        known = KnownSettings(setting_names(), list(CorpusFiles.model_fields), SMALLEST_VOCABULARY)
        raise ConfigError(f"{origin}: {describe_error(error, known)}") from None


def make_saved_config(values: Mapping[str, Any], *, origin: str) -> Config:
    """`make_config` of what nmt wrote, perhaps before it had all settings of today."""
    model = values.get("model", {})
    if isinstance(model, Mapping):
        values = {**values, "model": {**BEFORE, **model}}
    return make_config(values, origin=origin)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such configuration file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None


def apply_override(values: dict[str, Any], override: str) -> None:
    """Put one `SECTION.KEY=VALUE` into nested `values`; VALUE is TOML, or else a plain string."""
    option = f"--set {' '.join(override.split())}"  # on one line
    name, equals, text = override.partition("=")
    *sections, key = name.strip().split(".")
    if not equals or not key:
        raise ConfigError(f"{option}: write it as SECTION.KEY=VALUE")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise ConfigError(f"{option}: {section} is a setting, not a section")
    values[key] = value


def setting_names() -> list[str]:
    """The dotted name of every setting and section, in the order of the catalogue."""
    names = []
    for name, field in Config.model_fields.items():
        names.append(name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, Settings):
            names += [f"{name}.{key}" for key in field.annotation.model_fields]
    return names
