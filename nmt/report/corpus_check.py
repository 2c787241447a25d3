"""The result of `nmt check` as one HTML page: verdict, faults with examples, distributions."""

import io
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nmt.atomic import write_atomically
from nmt.corpus.check.fault import Example, Fault
from nmt.corpus.check.lengths import RATIO_BINS, RATIO_STEP
from nmt.corpus.check.result import CheckReport, CorpusCheck
from nmt.errors import ConfigError

BARS = 60  # of a length distribution
SHOWN_SHARE = 0.995  # of the lines are in the range that is drawn; the rest is told in words
COLORS = ("#2a6fbb", "#e08a1e")  # source, target
WORDS = {"error": "error", "warning": "warning", "note": "note"}

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
.verdict { font-size: 1.15rem; } .figures { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; background: #fff; border: 1px solid var(--line); border-radius: 6px;
  padding: .5rem; } figcaption { color: #444; font-size: .9rem; }
svg { max-width: 100%; height: auto; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .6rem 0;
  padding: .5rem .8rem; }
summary { cursor: pointer; } .tag { border-radius: 4px; padding: .1rem .45rem; font-size: .85rem;
  color: #fff; margin-right: .4rem; } .error { background: #b3261e; }
.warning { background: #9a6700; }
.note { background: #57606a; } table { border-collapse: collapse; width: 100%; font-size: .92rem; }
td, th { border-top: 1px solid var(--line); padding: .3rem .5rem; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; } td:first-child { white-space: nowrap; }
code { background: var(--soft); padding: 0 .25rem; border-radius: 3px; }
"""


def save_report(report: CheckReport, path: Path) -> None:
    """Write the page.

    Raises:
        ConfigError: matplotlib is not installed.
        NmtError: the file cannot be written.
    """
    check_drawing()
    body = "".join(_corpus(corpus) for corpus in report.corpora)
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Corpus check</title><style>{STYLE}</style></head><body>"
        f"<h1>Corpus check</h1><p class=verdict>{escape(verdict(report))}</p>{body}</body></html>\n"
    )
    content = page.encode("utf-8", "backslashreplace")  # names of files may be no UTF-8
    write_atomically(path, lambda temporary: temporary.write_bytes(content))


def check_drawing() -> None:
    """Refuse early what could not be drawn at the end.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise ConfigError("--report draws with matplotlib: pip install 'nmt[plot]'") from None


def verdict(report: CheckReport) -> str:
    """The result in a sentence."""
    counts = {word: sum(f.severity == word for f in report.faults) for word in WORDS}
    found = [
        f"{count} {word}{'s' * (count != 1)}"
        for word, count in counts.items()
        if count and word != "note"
    ]
    if not found:
        return "No faults found."
    ruin = " Mend the errors before you train." if counts["error"] else ""
    return f"Found {' and '.join(found)}.{ruin}"


def _corpus(corpus: CorpusCheck) -> str:
    """The section of one corpus."""
    advice = (
        f"<p>A vocabulary of about <b>{corpus.vocabulary.size:,}</b> tokens suits it "
        f"({corpus.vocabulary.range}).</p>"
        if corpus.vocabulary
        else ""
    )
    faults = "".join(_fault(fault) for fault in corpus.faults) or "<p>Nothing to report.</p>"
    return (
        f"<h2>{escape(corpus.name)}</h2><p>{corpus.role} corpus, {corpus.pairs:,} pairs</p>"
        f"{advice}{faults}<div class=figures>{''.join(_figures(corpus))}</div>"
    )


def _fault(fault: Fault) -> str:
    place = f"{fault.file}, line {fault.line:,}" if fault.line else fault.file
    name = f"<code>{escape(_visible(Path(fault.file).name))}</code>: "
    is_open = " open" if fault.severity == "error" else ""
    rows = "".join(_example(example) for example in fault.examples)
    table = (
        f"<table><tr><th>line</th><th>source</th><th>target</th><th></th></tr>{rows}</table>"
        if rows
        else ""
    )
    first = f"<p>First in <code>{escape(place)}</code>; kind <code>{fault.kind}</code></p>"
    return (
        f"<details{is_open}><summary>"
        f"<span class='tag {fault.severity}'>{WORDS[fault.severity]}</span>"
        f"{'' if fault.names_file else name}{escape(fault.message)}</summary>"
        f"{first}{table}</details>"
    )


def _example(example: Example) -> str:
    cells = (f"{example.line:,}", example.source, example.target, example.detail)
    return f"<tr>{''.join(f'<td>{escape(_visible(cell))}</td>' for cell in cells)}</tr>"


def _visible(text: str) -> str:
    """Text of bounded length without characters that a page would not show."""
    text = text if len(text) <= 300 else f"{text[:299]}…"
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)


def _figures(corpus: CorpusCheck) -> list[str]:
    if not corpus.pairs:
        return []
    sides = (corpus.lengths.source, corpus.lengths.target)
    figures = [
        _figure(_draw_lengths(sides), _long_ones(sides)),
        _figure(_draw_ratios(corpus.lengths.ratio), "target characters to source characters"),
    ]
    if any(corpus.languages):
        figures.append(_figure(_draw_languages(corpus.languages), "languages, of a sample"))
    return figures


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def _limit(sides: Sequence[NDArray[np.int64]]) -> int:
    """The length that almost no line is beyond."""
    cumulated = np.cumsum(sides[0] + sides[1])
    return max(10, int(np.searchsorted(cumulated, SHOWN_SHARE * cumulated[-1])))


def _long_ones(sides: Sequence[NDArray[np.int64]]) -> str:
    limit = _limit(sides)
    beyond = sum(int(side[limit + 1 :].sum()) for side in sides)
    return f"characters a line; {beyond:,} lines are longer than {limit:,}"


def _draw_lengths(sides: Sequence[NDArray[np.int64]]) -> str:
    limit = _limit(sides)
    width = max(1, math.ceil((limit + 1) / BARS))
    starts = np.arange(0, limit + 1, width)
    with _Drawing("lines by length") as drawing:
        for side, name, color in zip(sides, ("source", "target"), COLORS, strict=True):
            counts = np.add.reduceat(side[: limit + 1], starts)
            drawing.axes.stairs(
                counts, [*starts, starts[-1] + width], fill=True, alpha=0.5, color=color, label=name
            )
        drawing.axes.legend(frameon=False)
    return drawing.svg


def _draw_ratios(counts: NDArray[np.int64]) -> str:
    edges = 2.0 ** ((np.arange(RATIO_BINS + 1) - RATIO_BINS // 2 - 0.5) / RATIO_STEP)
    with _Drawing("pairs by ratio of lengths") as drawing:
        drawing.axes.stairs(np.maximum(counts, 0.5), edges, fill=True, color=COLORS[0])
        drawing.axes.set_xscale("log", base=2)
        drawing.axes.set_yscale("log")
        drawing.axes.set_ylim(bottom=0.5)
        drawing.axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    return drawing.svg


def _draw_languages(sides: Sequence[dict[str, float]]) -> str:
    names = sorted({name for side in sides for name in list(side)[:6]}, reverse=True)
    places = np.arange(len(names))
    with _Drawing("share of lines by language") as drawing:
        for offset, side, color in zip((0.2, -0.2), sides, COLORS, strict=True):
            shares = [100 * side.get(name, 0.0) for name in names]
            drawing.axes.barh(places + offset, shares, height=0.38, color=color)
        drawing.axes.set_yticks(places, ["unknown" if n == "und" else n for n in names])
        drawing.axes.set_xlabel("%")
    return drawing.svg


class _Drawing:
    """A small figure that becomes SVG text when its block ends."""

    def __init__(self, title: str) -> None:
        from matplotlib.figure import Figure

        self._figure = Figure(figsize=(4.6, 2.8), layout="constrained")
        self.axes = self._figure.add_subplot()
        self.axes.set_title(title, fontsize=10)
        self.axes.tick_params(labelsize=8)
        for edge in ("top", "right"):
            self.axes.spines[edge].set_visible(False)
        self.svg = ""

    def __enter__(self) -> "_Drawing":
        return self

    def __exit__(self, *_: object) -> None:
        buffer = io.StringIO()
        self._figure.savefig(buffer, format="svg")
        text = buffer.getvalue()
        self.svg = text[text.index("<svg") :]
