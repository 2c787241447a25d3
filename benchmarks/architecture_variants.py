"""The variants of benchmarks/architectures.toml."""

import tomllib
from functools import cache
from pathlib import Path

BASE = "base"
FILE = Path(__file__).with_name("architectures.toml")


@cache
def variant_groups() -> dict[str, dict[str, list[str]]]:
    """By group and name, in the order of the file: the settings that differ from the base."""
    groups = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: group for name, group in groups.items() if isinstance(group, dict)}


@cache
def find_variants() -> dict[str, list[str]]:
    """All settings of each variant by its name, those of the base first."""
    base: list[str] = tomllib.loads(FILE.read_text(encoding="utf-8"))["base"]
    groups = variant_groups().values()
    variants = {name: base + changes for group in groups for name, changes in group.items()}
    assert len(variants) == sum(map(len, groups)), "a name is there twice"
    return variants
