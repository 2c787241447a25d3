"""The command `nmt`: one file for each subcommand in this folder, and one way to report errors."""

import errno
import io
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from typer.exceptions import TyperException

from nmt import __version__
from nmt.atomic import write_error
from nmt.cli import options
from nmt.cli.check import check
from nmt.cli.diversify import diversify
from nmt.cli.evaluate import evaluate
from nmt.cli.info import info
from nmt.cli.prepare import prepare
from nmt.cli.report import report
from nmt.cli.score import score
from nmt.cli.train import train
from nmt.cli.translate import translate
from nmt.errors import NmtError

COMMANDS = (check, train, translate, evaluate, score, prepare, diversify, info, report)

# Plain help: boxes would more than double the time until it appears.
app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
for command in COMMANDS:
    app.command(no_args_is_help=True)(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nmt {__version__}")
        raise typer.Exit


@app.callback()
def describe(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    """Train recurrent translation models on your own text, translate, and evaluate.

    \b
    nmt train --source train.de --target train.en --valid-source valid.de \\
              --valid-target valid.en --languages de-en -o models/de-en
    nmt translate models/de-en input.de -o output.en
    nmt evaluate models/de-en --source test.de --reference test.en
    """


def run() -> None:
    """Run the command of this process; a user's mistake is one line and exit status 2."""
    _write_utf8()
    signal.signal(signal.SIGTERM, _interrupt)  # so that no half-written file stays behind
    try:
        status = app(standalone_mode=False)
        sys.stdout.flush()
    except (NmtError, TyperException) as error:
        status = _report(error)
    except KeyboardInterrupt:
        status = options.INTERRUPTED
    except (BrokenPipeError, SystemExit):  # the reader of our output, such as head, has left
        _drop_output()  # (which is all that typer exits for by itself)
        status = 0
    except (OSError, MemoryError, RuntimeError) as error:
        status = _report(_user_error(error))
    sys.exit(status if isinstance(status, int) else 0)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _write_utf8() -> None:
    """Text in and out is UTF-8 wherever it goes, whatever the locale; so are lines ended by \\n.

    What no UTF-8 can hold is in names of files only, and is escaped.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _user_error(error: OSError | MemoryError | RuntimeError) -> NmtError:
    """What the user can do about an error that no module expected; another one is raised again."""
    if isinstance(error, OSError):  # of some file, or of standard output
        _drop_output()
        if error.errno in (errno.ENOSPC, errno.EDQUOT) or error.filename is None:
            return write_error(Path(error.filename or "the output"), error)
        return NmtError(f"{error.filename}: {error.strerror or error}")  # reading or writing
    from nmt.engine.memory import is_out_of_memory

    if not is_out_of_memory(error):
        raise error
    return NmtError("out of memory; try a smaller batch size, or shorter lines")


def _drop_output() -> None:
    """Let what standard output still holds go nowhere, so that it fails no second time."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report(error: NmtError | TyperException) -> int:
    """Print an error on one line of standard error; a bare command prints its help instead."""
    text = error.format_message() if isinstance(error, TyperException) else str(error)
    if text.startswith("Usage:"):
        typer.echo(text)
        return 0
    context = getattr(error, "ctx", None)
    hint = f" (see {context.command_path} --help)" if context else ""
    typer.echo(f"nmt: error: {' '.join(text.split())}{hint}", err=True)
    return options.USER_MISTAKE
