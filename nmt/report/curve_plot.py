"""Learning curves of one run or several, over steps or minutes, as a picture or a page."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from nmt.report.curves import Run, Series
from nmt.report.drawing import COLORS, check_drawing, printable, save_drawing, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Over = Literal["steps", "minutes"]


class Panel(NamedTuple):
    """What is drawn over the steps, in a panel of its own."""

    title: str
    line: str | None = None  # a series of each run
    marks: str | None = None  # another, of its validations
    begins_high: bool = False  # the first steps would leave no room for the others
    log: bool = False  # a logarithmic scale


PANELS = (
    Panel("validation BLEU (greedy)", marks="valid bleu"),
    Panel(
        "perplexity: training (pale), validation",
        "train perplexity",
        "valid perplexity",
        True,
        True,
    ),
    Panel("training loss per token", "train loss", begins_high=True),
    Panel("gradient norm before clipping", "train gradient_norm", begins_high=True),
    Panel("learning rate", "train learning_rate"),
    Panel("target tokens a second in training", "train tokens_per_second"),
)
COLUMNS = 3
ROOM = 1.05  # above the largest value and below the smallest
STYLES = ("-", "--", ":", "-.")  # a round of colours each
SPARED = 0.1  # of the run, at the beginning: the scale of what begins high is chosen without it


def save_curves(paths: Sequence[Path], text: str, runs: Sequence[Run], over: Over) -> None:
    """Draw the curves into each of the files; a page has the text too.

    Raises:
        ConfigError: see `nmt.report.drawing.check_drawing`.
        NmtError: a file cannot be written.
    """
    for path in paths:
        check_drawing(path)
    if not paths:
        return
    title = "Learning curves" + (f": {runs[0].name}" if len(runs) == 1 else "")
    figure = draw_curves(title, runs, over)
    for path in paths:
        save_drawing(path, title, text, figure)


def draw_curves(title: str, runs: Sequence[Run], over: Over) -> "Figure":
    """A panel for each number, with a colour for each run."""
    from matplotlib.figure import Figure

    rows = -(-len(PANELS) // COLUMNS)
    figure = Figure(figsize=(4.4 * COLUMNS, 3.2 * rows), layout="constrained")
    figure.suptitle(printable(title), fontsize=11, parse_math=False)
    for place, panel in enumerate(PANELS, start=1):
        axes = figure.add_subplot(rows, COLUMNS, place)
        axes.set_title(panel.title, fontsize=10)
        for number, run in enumerate(runs):
            _draw_run(axes, run, number, panel, over)
        keys = [key for key in (panel.line, panel.marks) if key]
        _choose_scale(axes, panel, [run.series[key] for run in runs for key in keys])
        style_axes(axes)
        axes.set_xlim(left=0)
        axes.set_xlabel("minutes" if over == "minutes" else "training step", fontsize=9)
    if len(runs) > 1:
        handles = figure.axes[2].lines  # the loss, of which every run has one
        names = [printable(run.name) for run in runs]
        legend = figure.legend(handles, names, loc="outside lower center", ncols=3, fontsize=8)
        for text in legend.get_texts():
            text.set_parse_math(False)
    return figure


def _draw_run(axes: "Axes", run: Run, number: int, panel: Panel, over: Over) -> None:
    color = COLORS[number % len(COLORS)]
    style = STYLES[number // len(COLORS) % len(STYLES)]
    if panel.line:
        series, pale = run.series[panel.line], 0.45 if panel.marks else 1.0
        places = _places(series, over)
        axes.plot(places, series.values, style, color=color, alpha=pale, lw=1.2)
    if panel.marks:
        series = run.series[panel.marks]
        places = _places(series, over)
        axes.plot(places, series.values, style, color=color, marker="o", markersize=3.5, lw=1.2)


def _places(series: Series, over: Over) -> list[float]:
    """Where the values of a series stand."""
    return [s / 60 for s in series.seconds] if over == "minutes" else [*map(float, series.steps)]


def _choose_scale(axes: "Axes", panel: Panel, drawn: Sequence[Series]) -> None:
    """A scale that is filled: of what begins high, by what follows the first steps."""
    from matplotlib.ticker import LogLocator

    later = [v for series in drawn for v in series.values[int(SPARED * len(series.values)) :]]
    later = [value for value in later if 0 < value < math.inf]
    if later and panel.log:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 4, 5, 6, 8)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("")
    if later and panel.begins_high:
        axes.set_ylim(min(later) / ROOM, max(later) * ROOM)
