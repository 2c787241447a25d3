"""The command itself: help that is quick, versions, completion, one way to fail."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nmt import __version__
from nmt.cli.main import COMMANDS
from tests.cli.conftest import Command, Finished

ROOT = Path(__file__).resolve().parents[2]
NAMES = [command.__name__ for command in COMMANDS]
RunNmt = Callable[..., Finished]

HEAVY = ["torch", "datasets", "pyarrow", "sentencepiece", "sacrebleu", "numpy"]


def help_of(*command: str, missing: list[str]) -> str:
    """What `nmt COMMAND --help` prints where importing one of these libraries fails."""
    program = f"""
import sys
sys.modules.update(dict.fromkeys({missing}))
from nmt.cli.main import run
run()
"""
    line = [sys.executable, "-c", program, *command, "--help"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_help_lists_the_commands_and_needs_no_library() -> None:
    text = help_of(missing=[*HEAVY, "pydantic"])
    assert [name for name in NAMES if not re.search(rf"^  {name} ", text, re.MULTILINE)] == []
    assert "nmt train --source" in text


@pytest.mark.parametrize("name", NAMES)
def test_help_of_a_command_has_an_example_and_needs_no_library(name: str) -> None:
    text = help_of(name, missing=HEAVY)  # typer reads the options of a command with pydantic
    assert re.search(rf"^ +nmt {name} \S", text, re.MULTILINE)
    assert "--help" in text


def test_version(run_nmt: RunNmt) -> None:
    done = run_nmt("--version")
    assert (done.returncode, done.stdout) == (0, f"nmt {__version__}\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_can_be_shown(shell: str, run_nmt: RunNmt) -> None:
    # or else typer takes the shell that runs the tests, which may be the plain sh of make
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = run_nmt("--show-completion", shell, env=named)
    assert (done.returncode, done.stderr) == (0, "")
    assert "complet" in done.stdout and "nmt" in done.stdout


def test_completion_knows_the_commands(run_nmt: RunNmt) -> None:
    environment = {"COMP_WORDS": "nmt tr", "COMP_CWORD": "1", "_NMT_COMPLETE": "complete_bash"}
    program = "import sys; sys.argv[0] = 'nmt'; from nmt.cli.main import run; run()"
    line = [sys.executable, "-c", program]
    done = subprocess.run(
        line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["train", "translate"]


@pytest.mark.parametrize("line", ["", *NAMES])
def test_a_bare_command_shows_its_help(line: str, nmt: Command) -> None:
    done = nmt(line)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: ") and "Options:" in done.stdout
    assert done.stderr == ""


def test_a_mistake_in_the_command_line_points_to_the_help(nmt: Command) -> None:
    done = nmt("score model --sauce x")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--source" in done.stderr and "score --help" in done.stderr
