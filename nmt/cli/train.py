"""`nmt train`: from corpora to a model directory."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import typer

from nmt.cli import options

if TYPE_CHECKING:
    from nmt.cli.display import TrainingDisplay
    from nmt.config import Config
    from nmt.training.run import RunOptions


def train(
    config: options.ConfigFile = None,
    set_: options.Set = None,
    source: options.Source = None,
    target: options.Target = None,
    corpus: options.Corpus = None,
    valid_source: options.ValidSource = None,
    valid_target: options.ValidTarget = None,
    languages: options.Languages = None,
    output: options.OutputDirectory = None,
    from_: options.StartFrom = None,
    resume: options.Resume = False,
    overwrite: options.Overwrite = False,
    time_budget: options.TimeBudget = None,
    seed: options.Seed = None,
    device: options.TrainingDevice = None,
    threads: options.Threads = None,
    dry_run: options.DryRun = False,
) -> int:
    """Train a model on a parallel corpus. Without CONFIG a recipe for its size is taken.

    \b
    nmt train --source train.de --target train.en --valid-source valid.de \\
              --valid-target valid.en --languages de-en --time-budget 20m -o models/de-en
    nmt train configs/multi30k-de-en.toml --set model.hidden_size=384
    nmt train --resume -o models/de-en
    """
    from nmt.cli.settings import with_corpora

    overrides = list(set_ or [])
    overrides += [f'training.time_budget="{time_budget}"'] if time_budget else []
    overrides += [f"training.seed={seed}"] if seed is not None else []
    settings = with_corpora(
        _settings(config, overrides, output, resume=resume),
        train=(source, target),
        valid=(valid_source, valid_target),
        corpora=corpus,
        languages=languages,
    )
    from nmt.training.run import RunOptions

    folder = output or Path("models") / settings.name
    begun = _begun_with(folder) if resume else {}
    _prepare_arithmetic(threads or begun.get("threads"))
    device = device or begun.get("device", "cpu")
    by_recipe, recipe = config is None and from_ is None and not resume, None
    if by_recipe:
        settings, recipe = _over_recipe(settings, device)
    run = RunOptions(resume, overwrite, start_from=from_, device=device, predict=by_recipe)
    return (_show_plan if dry_run else _run)(settings, folder, run, recipe)


def _prepare_arithmetic(threads: int | None) -> None:
    from nmt.engine.backend import keep_primitives

    keep_primitives()  # before the first product, which use_threads makes
    options.use_threads(threads)


def _over_recipe(settings: "Config", device: str) -> tuple["Config", str]:
    """The settings over the recipe that suits the corpus, and a line on it."""
    from nmt.cli.settings import with_recipe_for_corpus

    settings, choice = with_recipe_for_corpus(settings, device)
    return settings, f"{choice.recipe.name}: {choice.reason} (--set changes single settings)"


def _begun_with(folder: Path) -> dict[str, Any]:
    """The device and the threads of the run to resume, for the same bits."""
    from nmt.training.output import load_experiment

    environment: dict[str, Any] = load_experiment(folder)["environment"]
    return environment


def _settings(
    config: Path | None, overrides: list[str], output: Path | None, *, resume: bool
) -> "Config":
    """The configuration; a resumed run without a file goes on with the one it began with."""
    from nmt.cli.settings import read_config

    base = None
    if resume and config is None:
        from nmt.errors import ConfigError
        from nmt.training.output import experiment_config

        if output is None:
            raise ConfigError("--resume: say which run, by -o DIR or by its configuration file")
        base = experiment_config(output)
    return read_config(config, overrides, base)


def _show_plan(config: "Config", output: Path, run: "RunOptions", recipe: str | None) -> int:
    from nmt.training.run import describe

    lines = describe(config, output, run)
    for line in [f"recipe       {recipe}", *lines] if recipe else lines:
        typer.echo(line)
    return 0


def _run(config: "Config", output: Path, run: "RunOptions", recipe: str | None) -> int:
    from nmt.cli.display import TrainingDisplay
    from nmt.training.run import train

    introduction = f"recipe {recipe}" if recipe else None
    with TrainingDisplay(output, introduction) as display, _graceful_stop(display) as stop:
        reason = train(config, output, run, listener=display.show, stop_requested=stop.is_requested)
    if reason == "interrupted":
        typer.echo(f"nmt: interrupted; saved. Go on with: nmt train --resume -o {output}", err=True)
        return options.INTERRUPTED
    return 0


class _Stop:
    """Whether the user wants training to end."""

    def __init__(self) -> None:
        self.requested = False

    def is_requested(self) -> bool:
        """Asked by the trainer before each step."""
        return self.requested


@contextmanager
def _graceful_stop(display: "TrainingDisplay") -> Iterator[_Stop]:
    """Let Ctrl-C and SIGTERM end training after the step; a second one ends it at once."""
    stop = _Stop()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.requested or not display.training:
            raise KeyboardInterrupt
        stop.requested = True
        display.note("stopping after this step, and saving; once more to stop at once")

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
