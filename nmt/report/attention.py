"""Attention heat maps: which source pieces each target piece was translated from."""

from pathlib import Path

from nmt.errors import ConfigError
from nmt.translator import Translation

INCHES_PER_PIECE = 0.34
SMALLEST_INCHES = 3.0


def save_heat_map(translation: Translation, path: Path) -> None:
    """Draw a translation's attention weights; the ending of `path` chooses PNG, SVG or PDF.

    Raises:
        ConfigError: matplotlib is not installed, or the translation has no attention weights.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError("drawing needs matplotlib: pip install 'nmt[plot]'") from None
    if translation.attention is None:
        raise ConfigError("this translation has no attention weights to draw")
    columns = [*_readable(translation.source_pieces), "END"]
    rows = [*_readable(translation.target_pieces), "END"]
    size = (
        max(SMALLEST_INCHES, 1.6 + INCHES_PER_PIECE * len(columns)),
        max(SMALLEST_INCHES, 1.4 + INCHES_PER_PIECE * len(rows)),
    )
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    image = axes.imshow(translation.attention, cmap="Blues", vmin=0.0, vmax=1.0, aspect="equal")
    axes.set_xticks(range(len(columns)), columns, rotation=60, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(rows)), rows)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_xlabel("source")
    axes.xaxis.set_label_position("bottom")
    axes.set_ylabel("translation")
    figure.colorbar(image, ax=axes, label="attention weight", shrink=0.6)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def _readable(pieces: tuple[str, ...]) -> list[str]:
    """Pieces for the eye: a space before a word is left out, a continuation begins with "-"."""
    return [piece[1:] or "▁" if piece.startswith("▁") else f"-{piece}" for piece in pieces]
