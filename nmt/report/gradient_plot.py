"""Drawings of gradient norms over distance, as a picture or as an HTML page."""

import io
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nmt.atomic import write_atomically
from nmt.errors import ConfigError
from nmt.report.clipping import Clipping
from nmt.report.corpus_check import STYLE
from nmt.report.gradient_summary import WHOLE, Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS = (".html", ".png", ".svg", ".pdf")
# Distinct to colour-blind eyes, and in print (Okabe & Ito 2008).
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
PARTS = {"state": "-", "input": "-", "h": ":", "c": "-."}
SMALLEST = 1e-10  # of the scale; smaller than what a float32 can add to 1
WIDE = 20.0  # a range of so many times needs a logarithmic scale


def check_drawing(path: Path) -> None:
    """Refuse early what could not be drawn at the end.

    Raises:
        ConfigError: matplotlib is not installed, or the ending is not one that can be drawn.
    """
    if path.suffix.lower() not in ENDINGS:
        raise ConfigError(f"{path}: name a file that ends in {', '.join(ENDINGS)}")
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise ConfigError("-o draws with matplotlib: pip install 'nmt[plot]'") from None


def save_gradients(
    path: Path, title: str, text: str, curves: Sequence[Curve], clipping: Clipping | None
) -> None:
    """Draw the curves; a page has the text too, which is the report for the terminal.

    Raises:
        ConfigError: see `check_drawing`.
        NmtError: the file cannot be written.
    """
    check_drawing(path)
    kind = path.suffix.lower().removeprefix(".")
    content = io.BytesIO()
    figure = draw(title, curves, clipping)
    figure.savefig(content, format="svg" if kind == "html" else kind, dpi=150)
    data = _page(title, text, content.getvalue().decode()) if kind == "html" else content.getvalue()
    write_atomically(path, lambda temporary: temporary.write_bytes(data))


def draw(title: str, curves: Sequence[Curve], clipping: Clipping | None) -> "Figure":
    """A panel for the decoder, one for the encoder, and one for training where it is known."""
    from matplotlib.figure import Figure

    panels = 3 if clipping else 2
    figure = Figure(figsize=(4.4 * panels, 3.9), layout="constrained")
    figure.suptitle(title, fontsize=11)
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


def style_axes(axes: "Axes") -> None:
    """Light lines that can be read off, and no frame."""
    axes.grid(True, linewidth=0.4, alpha=0.5)
    axes.tick_params(labelsize=8)
    for edge in ("top", "right"):
        axes.spines[edge].set_visible(False)


def _page(title: str, text: str, svg: str) -> bytes:
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}pre {{ overflow-x: auto; }}</style></head>"
        f"<body><h1>{escape(title)}</h1><figure>{svg[svg.index('<svg') :]}</figure>"
        f"<pre>{escape(text)}</pre></body></html>\n"
    )
    return page.encode("utf-8", "backslashreplace")
