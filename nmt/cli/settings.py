"""From the options of a command to a configuration."""

from pathlib import Path
from typing import Any

from nmt.config import Config, apply_override, load_config, make_config
from nmt.errors import ConfigError


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
        ConfigError: one side of a pair of files is missing, or the languages are not two.
    """
    values: dict[str, Any] = config.model_dump(mode="json", exclude_unset=True)
    values.setdefault("data", {})
    entries = [{"path": str(path.absolute())} for path in corpora or []]
    entries = [*_files(train, "--source", "--target"), *entries]
    if entries:
        values["data"]["train"] = entries
    held_out = _files(valid, "--valid-source", "--valid-target")
    if held_out:
        values["data"]["valid"] = held_out[0]
    if languages:
        source, separator, target = languages.partition("-")
        if not separator or not source or not target or "-" in target:
            raise ConfigError(f"--languages {languages}: write it as SOURCE-TARGET, such as de-en")
        values |= {"source_language": source, "target_language": target}
    return make_config(values, origin="options")


def _files(pair: tuple[Path | None, Path | None], source: str, target: str) -> list[dict[str, str]]:
    if pair == (None, None):
        return []
    if pair[0] is None or pair[1] is None:
        missing = source if pair[0] is None else target
        raise ConfigError(f"{missing} is missing: a corpus needs both {source} and {target}")
    return [{"source": str(pair[0].absolute()), "target": str(pair[1].absolute())}]
