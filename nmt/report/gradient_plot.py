"""Drawings of gradient norms over distance, as a picture or as an HTML page."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nmt.report.clipping import Clipping
from nmt.report.drawing import COLORS, check_drawing, printable, save_drawing, style_axes
from nmt.report.gradient_summary import WHOLE, Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PARTS = {"state": "-", "input": "-", "h": ":", "c": "-."}
SMALLEST = 1e-10  # of the scale; smaller than what a float32 can add to 1
WIDE = 20.0  # a range of so many times needs a logarithmic scale


def save_gradients(
    path: Path, title: str, text: str, curves: Sequence[Curve], clipping: Clipping | None
) -> None:
    """Draw the curves; a page has the text too, which is the report for the terminal.

    Raises:
        ConfigError: see `check_drawing`.
        NmtError: the file cannot be written.
    """
    check_drawing(path)
    save_drawing(path, title, text, draw(title, curves, clipping))


def draw(title: str, curves: Sequence[Curve], clipping: Clipping | None) -> "Figure":
    """A panel for the decoder, one for the encoder, and one for training where it is known."""
    from matplotlib.figure import Figure

    panels = 3 if clipping else 2
    figure = Figure(figsize=(4.4 * panels, 3.9), layout="constrained")
    figure.suptitle(printable(title), fontsize=11, parse_math=False)
    decoder, encoder, *others = (figure.add_subplot(1, panels, n + 1) for n in range(panels))
    for side, panel in (("decoder", decoder), ("encoder", encoder)):
        draw_curves(panel, [curve for curve in curves if curve.layer.startswith(side)])
        panel.set_title(side, fontsize=10)
    share_scale([decoder, encoder], curves)
    decoder.set_ylabel("gradient norm, relative to the\ndecoder's at distance 0", fontsize=9)
    if clipping:
        draw_clipping(others[0], clipping)
        others[0].set_title("training", fontsize=10)
    return figure


def draw_curves(axes: "Axes", curves: Sequence[Curve]) -> None:
    """The medians, with a band between the quartiles; a colour for each layer."""
    layers = list(dict.fromkeys(curve.layer for curve in curves))
    for curve in curves:
        if curve.part not in WHOLE and not curve.attention:
            continue
        color = COLORS[layers.index(curve.layer) % len(COLORS)]
        draw_curve(axes, curve, color, PARTS[curve.part] if curve.attention else "--", curve.name)
    style_axes(axes)
    axes.set_xlabel("distance (steps back)", fontsize=9)
    if curves:
        axes.legend(frameon=False, fontsize=8)


def draw_curve(axes: "Axes", curve: Curve, color: str, style: str, label: str) -> None:
    """One median; the band is left out for a part of a state."""
    visible = np.where(curve.median >= SMALLEST, curve.median, np.nan)
    distances = np.arange(len(visible))
    axes.plot(distances, visible, style, color=color, linewidth=1.6, label=label)
    if curve.part in WHOLE:
        axes.fill_between(distances, curve.lower, curve.upper, color=color, alpha=0.15, lw=0)


def share_scale(panels: Sequence["Axes"], curves: Sequence[Curve]) -> None:
    """One logarithmic scale for all panels, which holds the medians of all curves."""
    values = np.concatenate([curve.median for curve in curves])
    values = values[values >= SMALLEST]
    for panel in panels:
        if any(np.isfinite(np.asarray(line.get_ydata())).any() for line in panel.lines):
            panel.set_yscale("log")
            panel.set_ylim(values.min() / 3, values.max() * 3)


def draw_clipping(axes: "Axes", clipping: Clipping) -> None:
    """The norms of training by step, and where they are clipped."""
    axes.plot(clipping.steps, clipping.norms, color=COLORS[0], linewidth=1.0)
    if clipping.clip_norm < WIDE * max(clipping.norms):  # else it is as good as off
        label = f"clip_norm = {clipping.clip_norm:g}"
        axes.axhline(clipping.clip_norm, color=COLORS[1], linestyle="--", lw=1.2, label=label)
        axes.legend(fontsize=8, framealpha=0.9, edgecolor="none")
    style_axes(axes)
    if max(clipping.norms) > WIDE * min(clipping.norms):
        axes.set_yscale("log")
    axes.set_xlabel("training step", fontsize=9)
    axes.set_ylabel("gradient norm before clipping", fontsize=9)
