"""Learning curves: what is drawn is what was logged, over steps or over minutes."""

import math
from pathlib import Path

import pytest

from nmt.errors import ConfigError
from nmt.report.curve_plot import PANELS, Over, draw_curves, save_curves
from nmt.report.curves import Run, Series

LINES = [panel.line for panel in PANELS if panel.line]


def make_run(name: str, values: tuple[float, ...], bleus: tuple[float, ...] = (1.0, 2.0)) -> Run:
    """A run that logs the same number under each name."""
    steps = tuple(range(10, 10 * len(values) + 1, 10))
    log = Series(steps, tuple(step * 6.0 for step in steps), values)
    validations = Series((10, 20)[: len(bleus)], (60.0, 120.0)[: len(bleus)], bleus)
    marks = {panel.marks: validations for panel in PANELS if panel.marks}
    series = {**dict.fromkeys(LINES, log), **marks}
    return Run(name, "finished", steps[-1], 60.0, 1, 0, 2.0, 20, series)


@pytest.mark.parametrize("over", ["steps", "minutes"])
def test_every_number_of_every_run_is_drawn(over: Over) -> None:
    runs = [make_run("a", (4.0, 3.0, 2.0)), make_run("b", (5.0, 4.0, 3.0))]
    figure = draw_curves("title", runs, over)
    places = [10, 20, 30] if over == "steps" else [1, 2, 3]
    assert len(figure.axes) == len(PANELS)
    for panel, axes in zip(PANELS, figure.axes, strict=True):
        drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines]
        expected = []
        for run in runs:
            if panel.line:
                expected.append((places, list(run.series[panel.line].values)))
            if panel.marks:
                expected.append((places[:2], list(run.series[panel.marks].values)))
        assert drawn == expected
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]
    colors = {line.get_color() for line in figure.axes[0].lines}
    assert len(colors) == 2


def test_the_first_steps_do_not_choose_the_scale() -> None:
    figure = draw_curves("title", [make_run("a", (1e6, *(3.0,) * 10, 2.0))], "steps")
    for panel, axes in zip(PANELS, figure.axes, strict=True):
        if panel.line:
            assert (axes.get_ylim()[1] < 4) == panel.begins_high
    assert not figure.legends


@pytest.mark.parametrize("values", [(math.nan, math.inf, math.nan), (0.0,), (3.0,)])
def test_numbers_that_have_no_place_are_left_out(values: tuple[float, ...], tmp_path: Path) -> None:
    runs = [make_run("a", values, ()), make_run("b", (3.0, 2.0))]
    save_curves([tmp_path / "curves.png"], "text", runs, "steps")
    for panel, axes in zip(PANELS, draw_curves("title", runs, "steps").axes, strict=True):
        if panel.begins_high:
            assert 0 < axes.get_ylim()[0] <= 2 and 3 <= axes.get_ylim()[1] < 4


@pytest.mark.parametrize("name", ["cost$_$", r"x$\q$", "_old", "\udcff", "日本語"])
@pytest.mark.parametrize("count", [1, 2])
def test_any_name_of_a_folder_is_drawn_as_it_is(name: str, count: int, tmp_path: Path) -> None:
    runs = [make_run(name, (3.0, 2.0)), make_run("other", (3.0, 2.0))][:count]
    save_curves([tmp_path / "curves.svg", tmp_path / "curves.html"], name, runs, "steps")
    drawn = [
        text.get_text()
        for legend in draw_curves("", runs, "steps").legends
        for text in legend.get_texts()
    ]
    expected = [name.encode("utf-8", "backslashreplace").decode(), "other"]
    assert drawn == (expected if count > 1 else [])


def test_many_runs_are_told_apart() -> None:
    runs = [make_run(f"run {number}", (3.0, 2.0)) for number in range(20)]
    lines = draw_curves("title", runs, "steps").axes[2].lines
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 20


def test_all_files_are_written_or_one_is_refused_before_any(tmp_path: Path) -> None:
    paths = [tmp_path / "curves.html", tmp_path / "curves.png"]
    save_curves(paths, "a table", [make_run("<run>", (3.0, 2.0))], "steps")
    assert "a table" in paths[0].read_text(encoding="utf-8")
    assert "Learning curves: &lt;run&gt;" in paths[0].read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match=r"curves\.doc"):
        save_curves([tmp_path / "new.png", tmp_path / "curves.doc"], "", [], "steps")
    assert not (tmp_path / "new.png").exists()
