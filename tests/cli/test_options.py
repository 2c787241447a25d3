"""Options that several commands share."""

import inspect
import typing

import pytest
import torch

from nmt.cli import options
from nmt.cli.main import COMMANDS

PARAMETERS = [
    (command.__name__, parameter)
    for command in COMMANDS
    for parameter in inspect.signature(command).parameters.values()
]


@pytest.mark.parametrize(("command", "parameter"), PARAMETERS, ids=lambda value: str(value)[:20])
def test_every_option_explains_itself(command: str, parameter: inspect.Parameter) -> None:
    _, info = typing.get_args(parameter.annotation)
    assert info.help and info.help[0].isupper() | info.help.startswith(("text;", "cpu", "float32"))
    assert info.help.endswith(".")


def test_threads_are_those_asked_for() -> None:
    before = torch.get_num_threads()
    try:
        options.use_threads(2)
        assert torch.get_num_threads() == 2
        options.use_threads(None)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
