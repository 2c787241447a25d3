"""Drawings: kinds of files, pages that run nothing, and what is refused before any work is done."""

import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from nmt.errors import ConfigError, NmtError
from nmt.report.drawing import can_draw, check_drawing, save_drawing, style_axes

STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF", "html": b"<!doctype html>"}
EVIL = "<script>alert('x')</script>"


def make_figure() -> Figure:
    """A line in a panel."""
    figure = Figure()
    axes = figure.add_subplot()
    axes.plot([1, 2, 3])
    style_axes(axes)
    return figure


@pytest.mark.parametrize("ending", [*STARTS, *map(str.upper, STARTS)])
def test_the_ending_chooses_the_format(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"drawing.{ending}"
    save_drawing(path, "title", "text", make_figure())
    assert path.read_bytes().startswith(STARTS[ending.lower()])


def test_a_page_runs_nothing_and_loads_nothing(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    save_drawing(path, EVIL, f"a & b {EVIL} \udcff", make_figure())
    page = path.read_text(encoding="utf-8")
    assert "<script" not in page and "a &amp; b &lt;script&gt;" in page
    assert page.count("<svg") == 1 and "src=" not in page


def test_what_cannot_be_drawn_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"page\.txt: name a file that ends in \.html"):
        check_drawing(tmp_path / "page.txt")
    (tmp_path / "file").touch()
    with pytest.raises(NmtError):
        save_drawing(tmp_path / "file" / "page.png", "", "", make_figure())
    assert can_draw()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert not can_draw()
    with pytest.raises(ConfigError, match=r"nmt\[plot\]"):
        check_drawing(tmp_path / "page.png")
