"""The moving average of the weights, and the mean of saved ones."""

from pathlib import Path

import pytest
import torch
from torch import nn

from nmt.errors import ModelError
from nmt.model_directory import load_model, save_weights
from nmt.training.averaging import average_weight, mean_model, update_average


def layer(value: float) -> nn.Linear:
    """A layer whose weights all have one value."""
    made = nn.Linear(3, 2)
    for parameter in made.parameters():
        nn.init.constant_(parameter, value)
    return made


def test_little_is_kept_at_first_and_at_last_the_decay() -> None:
    weights = [average_weight(0.99, step) for step in range(1, 3000)]
    assert weights[0] < 0.1
    assert weights == sorted(weights)
    assert max(weights) == weights[-1] == 0.99


@pytest.mark.parametrize("step", [1, 30, 5000])
def test_the_average_moves_by_its_law(step: int) -> None:
    average, model = layer(2.0), layer(5.0)
    update_average(average, model, 0.9, step)
    keep = average_weight(0.9, step)
    for parameter in average.parameters():
        expected = torch.full_like(parameter, keep * 2.0 + (1 - keep) * 5.0)
        torch.testing.assert_close(parameter, expected)
    assert all((parameter == 5.0).all() for parameter in model.parameters())


def test_the_average_of_one_value_is_that_value() -> None:
    average, model = layer(1.5), layer(1.5)
    for step in range(1, 50):
        update_average(average, model, 0.9, step)
    for parameter in average.parameters():
        torch.testing.assert_close(parameter, torch.full_like(parameter, 1.5))


def test_the_average_comes_near_to_weights_that_stay() -> None:
    average, model = layer(0.0), layer(1.0)
    distances = []
    for step in range(1, 200):
        update_average(average, model, 0.9, step)
        distances.append(float((average.weight - model.weight).abs().max().detach()))
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 1e-3


def test_the_average_learns_no_gradient() -> None:
    average, model = layer(0.0), layer(1.0)
    update_average(average, model, 0.9, 1)
    assert all(p.grad is None and p.grad_fn is None for p in average.parameters())


def test_the_mean_is_of_all_files_and_leaves_the_model_alone(trained: Path, tmp_path: Path) -> None:
    model = load_model(trained)
    before = [parameter.clone() for parameter in model.model.parameters()]
    paths = [tmp_path / f"{number}.safetensors" for number in range(3)]
    other = load_model(trained).model
    for number, path in enumerate(paths):
        with torch.no_grad():
            for parameter in other.parameters():
                parameter.add_(number)  # 0, 1, 3 more than the model has
        save_weights(path, other)
    mean = mean_model(model, paths)
    for parameter, value in zip(mean.model.parameters(), before, strict=True):
        torch.testing.assert_close(parameter.detach(), value + 4 / 3)
    assert all(map(torch.equal, model.model.parameters(), before))
    assert not mean.model.training


def test_a_missing_file_is_named(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nothing\.safetensors: no such file"):
        mean_model(load_model(trained), [tmp_path / "nothing.safetensors"])
