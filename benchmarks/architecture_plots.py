"""The plots of benchmarks/architectures.py."""

import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from architecture_results import BINS, Result
from architecture_variants import BASE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

TITLES = {
    "cells": "Cells (of both sides)",
    "encoders": "Encoders",
    "decoders": "Decoders, with and without input feeding",
    "attentions": "Attentions",
    "starts": "The first state of the decoder",
    "depth": "Residual connections and norms, three layers on both sides",
    "combinations": "Combinations",
    "regularization": "Regularization, objectives and averages",
    "schedules": "Learning-rate schedules",
}
PLOTTED = ("cells", "encoders", "decoders", "attentions", "combinations")
ENOUGH = 50  # sentences of a length, or its BLEU says little


def plot(
    groups: dict[str, list[str]], runs: dict[str, list[Result]], folder: Path
) -> dict[str, str]:
    """Write the plots; returns what each file shows."""
    import matplotlib

    matplotlib.use("Agg")
    plot_lengths(groups, runs, folder / "architectures-length.png")
    pictures = {"architectures-length.png": "Test BLEU by source length"}
    if any(result.tokens_per_second for of in runs.values() for result in of):
        plot_speeds(groups, runs, folder / "architectures-speed.png")
        pictures["architectures-speed.png"] = "Test BLEU against training speed"
    return pictures


def plot_lengths(groups: dict[str, list[str]], runs: dict[str, list[Result]], path: Path) -> None:
    """Test BLEU by source length, where there are enough sentences."""
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(PLOTTED), figsize=(22, 4.5), sharey=True, squeeze=False)
    plotted = {name: runs[name] for group in PLOTTED for name in groups[group] if name in runs}
    shown = [b for b in BINS if any(_has_enough(of, b) for of in plotted.values())]
    for axis, group in zip(axes[0], PLOTTED, strict=True):
        for name in (name for name in groups[group] if name in runs):
            of = runs[name]
            known = [b for b in shown if _has_enough(of, b)]
            scores = [statistics.fmean(r.bleu_by_length[b] for r in of) for b in known]
            axis.plot([shown.index(b) for b in known], scores, marker="o", label=name)
        axis.set(title=TITLES[group], xlabel="source tokens", xticks=range(len(shown)))
        axis.set_xticklabels(shown)
        if axis.lines:
            axis.legend(fontsize=8, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.15))
    axes[0][0].set_ylabel("test BLEU")
    figure.savefig(path, dpi=120, bbox_inches="tight")
    plt.close(figure)


def _has_enough(of: list[Result], length: str) -> bool:
    """Whether there are enough sentences of a length for a score."""
    return all(r.sentences_by_length.get(length, 0) >= ENOUGH for r in of)


def plot_speeds(groups: dict[str, list[str]], runs: dict[str, list[Result]], path: Path) -> None:
    """Test BLEU against training speed, of all groups that change the model itself."""
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(11, 8))
    points: list[tuple[str, float, float]] = []
    for group, names in groups.items():
        if group in ("regularization", "schedules"):
            continue
        chosen = [n for n in names if n in runs and (n != BASE or group == next(iter(groups)))]
        timed = [n for n in chosen if all(r.tokens_per_second for r in runs[n])]
        speeds = [statistics.fmean(r.tokens_per_second or 0 for r in runs[n]) for n in timed]
        scores = [statistics.fmean(r.test_bleu for r in runs[n]) for n in timed]
        if timed:
            axis.scatter(speeds, scores, label=TITLES[group])
        points += zip(timed, speeds, scores, strict=True)
    axis.set(xlabel="target tokens a second in training", ylabel="test BLEU", xscale="log")
    for set_formatter in (axis.xaxis.set_major_formatter, axis.xaxis.set_minor_formatter):
        set_formatter("{x:,.0f}")  # of a narrow logarithmic axis, without powers of ten
    label_points(axis, points)
    axis.legend(fontsize=8, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.1))
    figure.savefig(path, dpi=120, bbox_inches="tight")
    plt.close(figure)


def label_points(axis: "Axes", points: list[tuple[str, float, float]]) -> None:
    """Write a name beside each point, where it covers no other name and no other point if it can.

    Args:
        points: name, x, y; of an axis whose limits are final.
    """
    from matplotlib.text import Text

    renderer = axis.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    dots = [axis.transData.transform(point[1:]) for point in points]
    taken: list[Bbox] = []
    heights = sorted(range(-48, 49, 6), key=abs)  # points above the middle
    for (name, *place), dot in zip(points, dots, strict=True):
        others = [other for other in dots if other is not dot]
        found = []
        for height in heights:
            for side, shift in (("left", 5), ("right", -5)):
                text = axis.annotate(
                    name, place, (shift, height), textcoords="offset points",
                    size=7, ha=side, va="center", arrowprops={"arrowstyle": "-", "lw": 0.3},
                )  # fmt: skip
                text.update_positions(renderer)
                box = Text.get_window_extent(text, renderer)  # without its line
                overlaps = sum(box.overlaps(o) for o in taken)
                overlaps += sum(box.contains(*other) for other in others)
                found.append((overlaps, len(found), box, text))
        _, _, box, chosen = min(found, key=lambda each: each[:2])
        taken.append(box)
        for *_, text in found:
            if text is not chosen:
                text.remove()
