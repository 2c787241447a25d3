"""What all drawings share: kinds of files, colours, and a page that needs nothing else."""

import io
import warnings
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from nmt.atomic import write_atomically
from nmt.errors import ConfigError
from nmt.report.corpus_check import STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS = (".html", ".png", ".svg", ".pdf")
# Distinct to colour-blind eyes, and in print (Okabe & Ito 2008).
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")


def check_drawing(path: Path) -> None:
    """Refuse early what could not be drawn at the end.

    Raises:
        ConfigError: matplotlib is not installed, or the ending is not one that can be drawn.
    """
    if path.suffix.lower() not in ENDINGS:
        raise ConfigError(f"{path}: name a file that ends in {', '.join(ENDINGS)}")
    if not can_draw():
        raise ConfigError("-o draws with matplotlib: pip install 'nmt[plot]'")


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        return False
    return True


def save_drawing(path: Path, title: str, text: str, figure: "Figure") -> None:
    """Write a figure; a page has the text too, which is the report for the terminal.

    Raises:
        ConfigError: see `check_drawing`.
        NmtError: the file cannot be written.
    """
    check_drawing(path)
    kind = path.suffix.lower().removeprefix(".")
    content = io.BytesIO()
    with warnings.catch_warnings():  # of letters that no font here has: they are drawn as boxes
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(content, format="svg" if kind == "html" else kind, dpi=150)
    data = _page(title, text, content.getvalue().decode()) if kind == "html" else content.getvalue()
    write_atomically(path, lambda temporary: temporary.write_bytes(data))


def printable(name: str) -> str:
    """A name for a drawing, also where it is no UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode()


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
