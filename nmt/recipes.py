"""The recipes: settings for corpora of a size.

`nmt train` without a configuration takes one of them; `configs/tiny.toml` and so on are the same as
files, and say how their settings were chosen. What a recipe does not say is the default of
`nmt.settings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nmt.errors import ConfigError

Values = Mapping[str, Mapping[str, Any]]  # section, setting, value

ENDS = {"max_steps", "max_epochs", "time_budget"}  # of a run; a user gives all of them or none
COUNTED_AT_MOST = 3_000_000  # pairs; more of them choose no other recipe


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings for corpora of up to a number of pairs."""

    name: str
    pairs: int  # at most
    settings: Values
    on_cpu: Values = field(default_factory=dict)  # in place of some of them, on a CPU


@dataclass(frozen=True, slots=True)
class Choice:
    """A recipe, and why it was chosen."""

    recipe: Recipe
    reason: str


RECIPES = (
    Recipe(
        "tiny",
        12_000,
        {
            "model": {"hidden_size": 256, "dropout": 0.2, "embedding_dropout": 0.2},
            "training": {"max_epochs": 100, "r_drop": 4.0},
        },
    ),
    Recipe(
        "small",
        80_000,
        {
            "model": {"hidden_size": 256, "dropout": 0.15, "embedding_dropout": 0.15},
            "training": {"max_epochs": 60},
        },
    ),
    Recipe(
        "medium",
        1_500_000,
        {
            "model": {"hidden_size": 384, "dropout": 0.2, "embedding_dropout": 0.2},
            "training": {"max_epochs": 20},
        },
    ),
    Recipe(
        "large",
        COUNTED_AT_MOST,
        {
            "model": {"hidden_size": 512, "dropout": 0.1, "embedding_dropout": 0.1},
            "training": {"max_epochs": 6},
        },
        on_cpu={"model": {"hidden_size": 384}},
    ),
)


def choose_recipe(pairs: int | None, device: str, *, idle_gpu: bool = False) -> Choice:
    """The recipe for a corpus of so many pairs, on a device.

    Args:
        pairs: counted up to `COUNTED_AT_MOST`; None of a stream, which is taken to be as large.
        idle_gpu: whether there is a GPU beside the device, of which the reason then tells.
    """
    if pairs is None:
        count, pairs = "a stream, whose pairs are not counted", COUNTED_AT_MOST
    else:
        count = f"{pairs:,} pairs" + " or more" * (pairs == COUNTED_AT_MOST)
    hint = "; there is a GPU, which --device cuda uses" if idle_gpu else ""
    recipe = next((recipe for recipe in RECIPES if pairs <= recipe.pairs), RECIPES[-1])
    smallest = max((r.pairs for r in RECIPES if r.pairs < recipe.pairs), default=0)
    if recipe is RECIPES[-1]:
        sizes = f"more than {smallest:,}"
    else:
        sizes = f"{smallest:,} to {recipe.pairs:,}" if smallest else f"up to {recipe.pairs:,}"
    reason = f"{count}; it is for {sizes} of them"
    if device == "cpu" and recipe.on_cpu:
        changes = [f"{s}.{key}={v}" for s, part in recipe.on_cpu.items() for key, v in part.items()]
        reason += f", and has {', '.join(changes)} on a CPU"
        hint = hint or "; a GPU (--device cuda) is advised"
        settings = {s: {**part, **recipe.on_cpu.get(s, {})} for s, part in recipe.settings.items()}
        recipe = replace(recipe, settings=settings)
    return Choice(recipe, reason + hint)


def with_recipe(values: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    """The values of a configuration over those of a recipe, which give way to them."""
    merged = dict(values)
    for section, settings in recipe.settings.items():
        given = values.get(section, {})
        if not isinstance(given, Mapping):
            raise ConfigError(f"{section}: is a section, not a setting")
        ends = ENDS if ENDS & set(given) else set()
        kept = {key: value for key, value in settings.items() if key not in ends}
        merged[section] = {**kept, **given}
    return merged
