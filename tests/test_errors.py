"""The errors of a user: one family, apart from a programmer's mistakes."""

import inspect

import pytest

from nmt import errors
from nmt.errors import ConfigError, DataError, ModelError, NmtError

KINDS = [ConfigError, DataError, ModelError]


def test_every_error_is_of_the_family() -> None:
    defined = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    assert set(KINDS) < set(defined)
    assert all(issubclass(kind, NmtError) for kind in defined)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_stands_beside_the_others(kind: type[NmtError]) -> None:
    assert kind.__bases__ == (NmtError,)


def test_no_handler_of_a_programmers_mistakes_catches_them() -> None:
    for builtin in (OSError, ValueError, RuntimeError, LookupError, AssertionError):
        assert not issubclass(NmtError, builtin)


@pytest.mark.parametrize("kind", [NmtError, *KINDS])
def test_the_text_of_an_error_is_its_message(kind: type[NmtError]) -> None:
    assert str(kind("train.de, line 7: what is wrong")) == "train.de, line 7: what is wrong"
