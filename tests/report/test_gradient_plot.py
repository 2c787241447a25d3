"""Drawings of gradients are real pictures and pages that run nothing."""

from pathlib import Path

import numpy as np
import pytest

from nmt.report.clipping import Clipping
from nmt.report.gradient_plot import draw, save_gradients
from nmt.report.gradient_summary import summarize
from nmt.report.gradients import Reach

NORMS = 0.5 ** np.arange(12.0) * np.array([[1.0], [2.0], [3.0]])
CURVES = summarize(
    [
        Reach("decoder 1", "state", True, NORMS),
        Reach("decoder 1", "h", True, NORMS / 2),
        Reach("encoder 1 ahead", "state", True, NORMS),
        Reach("encoder 1 ahead", "state", False, NORMS * 0),
    ]
)
CLIPPING = Clipping(1.0, 5, (5, 10, 15), (0.5, 40.0, 2.0))
EVIL = "<script>alert('x')</script>"
STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF", "html": b"<!doctype html>"}


@pytest.mark.parametrize("ending", STARTS)
def test_the_ending_chooses_the_format(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"gradients.{ending}"
    save_gradients(path, "title", "text", CURVES, CLIPPING)
    assert path.read_bytes().startswith(STARTS[ending])


def test_a_page_has_the_drawing_and_the_text_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    save_gradients(path, EVIL, f"text & {EVIL}", CURVES, None)
    text = path.read_text(encoding="utf-8")
    assert text.count("<svg") == 1 and "text &amp; &lt;script&gt;" in text
    assert "<script" not in text


def test_every_layer_is_drawn_and_training_where_it_is_known() -> None:
    decoder, encoder = draw("title", CURVES, None).axes
    assert len(decoder.lines) == 2 and len(encoder.lines) == 2
    assert decoder.get_ylim() == encoder.get_ylim()
    assert decoder.lines[0].get_ydata().tolist() == CURVES[0].median.tolist()
    training = draw("title", CURVES, CLIPPING).axes[2]
    assert training.lines[0].get_ydata().tolist() == list(CLIPPING.norms)


def test_curves_of_nothing_can_be_drawn() -> None:
    draw("title", summarize([Reach("decoder 1", "state", True, NORMS * np.nan)]), None)
