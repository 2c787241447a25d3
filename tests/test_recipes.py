"""Recipes: every corpus has one, and what a user says is above it."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.config import load_config, make_config
from nmt.errors import ConfigError
from nmt.recipes import COUNTED_AT_MOST, ENDS, RECIPES, Recipe, choose_recipe, with_recipe

CONFIGS = Path(__file__).resolve().parents[1] / "configs"


@given(st.integers(0, COUNTED_AT_MOST), st.sampled_from(["cpu", "cuda", "cuda:1", "mps"]))
def test_every_corpus_has_a_recipe_and_a_reason(pairs: int, device: str) -> None:
    choice = choose_recipe(pairs, device)
    assert choice.recipe.pairs >= pairs
    assert f"{pairs:,} pairs" in choice.reason
    if device != "cpu":
        assert choice.recipe in RECIPES


def test_more_pairs_never_choose_the_recipe_of_fewer() -> None:
    order = [recipe.name for recipe in RECIPES]
    assert order == ["tiny", "small", "medium", "large"]
    sizes = [recipe.pairs for recipe in RECIPES]
    assert sizes == sorted(sizes)
    for recipe, following in itertools.pairwise(RECIPES):
        assert choose_recipe(recipe.pairs, "cuda").recipe is recipe
        assert choose_recipe(recipe.pairs + 1, "cuda").recipe is following


@pytest.mark.parametrize("pairs", [10, COUNTED_AT_MOST])
def test_a_gpu_that_is_not_used_is_told_of(pairs: int) -> None:
    assert "there is a GPU" in choose_recipe(pairs, "cpu", idle_gpu=True).reason
    assert "there is a GPU" not in choose_recipe(pairs, "cpu").reason


def test_the_reason_says_for_how_many_pairs_it_is() -> None:
    reasons = {pairs: choose_recipe(pairs, "cuda").reason for pairs in (5, 20_000, COUNTED_AT_MOST)}
    assert "is for up to 12,000 of them" in reasons[5]
    assert "is for 12,000 to 80,000 of them" in reasons[20_000]
    assert "is for more than 1,500,000 of them" in reasons[COUNTED_AT_MOST]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_on_a_cpu_settings_that_ask_for_a_gpu_give_way_and_it_says_so(recipe: Recipe) -> None:
    choice = choose_recipe(recipe.pairs, "cpu")
    assert choice.recipe.name == recipe.name
    assert set(recipe.on_cpu) <= set(recipe.settings)
    for section, settings in recipe.settings.items():
        changes = recipe.on_cpu.get(section, {})
        assert choice.recipe.settings[section] == {**settings, **changes}
        assert all(f"{section}.{key}={value}" in choice.reason for key, value in changes.items())
    assert ("GPU" in choice.reason) == bool(recipe.on_cpu)


def test_the_large_recipe_is_smaller_on_a_cpu() -> None:
    sizes = [choose_recipe(COUNTED_AT_MOST, device).recipe.settings for device in ("cpu", "cuda")]
    assert sizes[0]["model"]["hidden_size"] < sizes[1]["model"]["hidden_size"]
    assert sizes[0]["training"] == sizes[1]["training"]


def test_a_stream_is_taken_to_be_large_and_no_number_is_made_up() -> None:
    choice = choose_recipe(None, "cuda")
    assert choice.recipe.name == "large"
    assert "stream, whose pairs are not counted" in choice.reason
    assert f"{COUNTED_AT_MOST:,} pairs or more" not in choice.reason


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_the_file_in_configs_is_the_recipe(recipe: object) -> None:
    name = recipe.name  # type: ignore[attr-defined]
    from_file = load_config(CONFIGS / f"{name}.toml")
    values = {section: dict(settings) for section, settings in recipe.settings.items()}  # type: ignore[attr-defined]
    expected = make_config({"name": name} | values, origin="test")
    assert from_file.model_copy(update={"data": expected.data}) == expected


def test_what_a_user_says_is_above_the_recipe() -> None:
    recipe = RECIPES[0]
    (section, (key, value)) = next(
        (section, next(iter(settings.items()))) for section, settings in recipe.settings.items()
    )
    merged = with_recipe({"name": "mine", section: {key: "given", "other": 1}}, recipe)
    assert merged["name"] == "mine"
    assert merged[section][key] == "given" and merged[section]["other"] == 1
    assert with_recipe({}, recipe)[section][key] == value


def test_values_are_not_changed_in_place() -> None:
    values = {"training": {"seed": 3}}
    with_recipe(values, RECIPES[0])
    assert values == {"training": {"seed": 3}}


def test_a_setting_in_place_of_a_section_is_refused() -> None:
    with pytest.raises(ConfigError, match="training: is a section"):
        with_recipe({"training": 3}, RECIPES[0])


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_nothing_else_ends_a_run_of_a_recipe(recipe: Recipe) -> None:
    training = make_config(with_recipe({}, recipe), origin="test").training
    assert training.max_epochs and training.steps_at_most == float("inf")


@pytest.mark.parametrize("end", [{"max_steps": 5}, {"time_budget": "20m"}, {"max_epochs": 2}])
def test_a_user_who_says_when_a_run_ends_says_it_alone(end: dict[str, object]) -> None:
    for recipe in RECIPES:
        training = with_recipe({"training": end}, recipe)["training"]
        assert {key: training[key] for key in ENDS & set(training)} == end
