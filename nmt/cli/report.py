"""`nmt report`: the learning curves of runs, and what goes on inside a model."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nmt.cli import options
from nmt.errors import ConfigError, DataError, NmtError

if TYPE_CHECKING:
    from nmt.model_directory import TrainedModel
    from nmt.report.clipping import Clipping
    from nmt.report.curve_plot import Over
    from nmt.report.gradient_summary import Curve
    from nmt.report.gradients import Pair

ModelDirectories = Annotated[
    list[Path],
    typer.Argument(metavar="MODEL_DIR...", help="Model directories; of several, one plot."),
]
Gradients = Annotated[
    bool, typer.Option("--gradients", help="How far back in time gradients reach.")
]
OVER = typer.Option(help="What the curves are drawn over; default: steps.")
Source = Annotated[
    Path | None, typer.Option(help="Text in the source language; default: random tokens.")
]
Target = Annotated[Path | None, typer.Option(help="Its translation, line by line.")]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        help="Draw it: .html, .png, .svg or .pdf; default for the curves of one model: "
        "curves.html and curves.png in its directory.",
    ),
]
Sentences = Annotated[
    int | None, typer.Option(min=1, help="Sentence pairs to take at most; default: 64.")
]
SENTENCES = 64
DISTANCES = (0, 1, 2, 4, 8, 16, 32, 64)  # that a terminal has room for
NAME_WIDTH = 32


def report(
    model_dirs: ModelDirectories,
    gradients: Gradients = False,
    over: Annotated[Literal["steps", "minutes"] | None, OVER] = None,
    source: Source = None,
    target: Target = None,
    output: Output = None,
    json_: options.Json = False,
    sentences: Sentences = None,
    tag: options.Tag = None,
    device: options.Device = "cpu",
    threads: options.Threads = None,
) -> None:
    """Draw how models have learned; or look inside one: does the gradient vanish through time?

    \b
    nmt report models/de-en
    nmt report models/a models/b --over minutes -o curves.html
    nmt report models/de-en --gradients --source valid.de --target valid.en -o gradients.html
    """
    if not gradients:
        others = {"source": source, "target": target, "tag": tag, "sentences": sentences}
        others |= {"threads": threads, "device": None if device == "cpu" else device}
        if given := [f"--{name}" for name, value in others.items() if value is not None]:
            raise ConfigError(f"{', '.join(given)}: only with --gradients")
        return _report_curves(model_dirs, over or "steps", output, json_=json_)
    if len(model_dirs) > 1 or over:
        raise ConfigError("--gradients looks into one model, and not over steps: name one alone")
    if (source is None) != (target is None):
        raise ConfigError(f"--{'target' if target is None else 'source'} is missing: give both")
    from nmt.report.drawing import check_drawing

    if output:
        check_drawing(output)
    options.use_threads(threads)
    from nmt.model_directory import load_model
    from nmt.translator import check_device

    model = load_model(model_dirs[0], check_device(device))
    files = (source, target) if source and target else None
    pairs = _take_pairs(model, files, tag, sentences or SENTENCES)
    _report_gradients(model, pairs, output, random=files is None, json_=json_)


def _report_curves(
    model_dirs: Sequence[Path], over: "Over", output: Path | None, *, json_: bool
) -> None:
    """The learning curves of runs, drawn into a file, or into the directory of the one run."""
    from nmt.report.curve_plot import save_curves
    from nmt.report.curves import read_runs, runs_table
    from nmt.report.drawing import can_draw, check_drawing
    from nmt.training.output import CURVE_FILES

    paths = [output] if output else []
    if output:
        check_drawing(output)
    elif len(model_dirs) == 1 and can_draw():
        paths = [model_dirs[0] / name for name in CURVE_FILES]
    runs = read_runs(model_dirs)
    text = runs_table(runs)
    typer.echo(json.dumps({"runs": [asdict(run) for run in runs]}) if json_ else text)
    try:
        save_curves(paths, text, runs, over)
    except NmtError as error:
        raise error if output else NmtError(f"{error}; -o FILE draws elsewhere") from None
    for path in paths:
        typer.echo(f"nmt: wrote {path}", err=True)
    if not paths:
        how = "-o FILE draws the curves" if can_draw() else "to draw: pip install 'nmt[plot]'"
        typer.echo(f"nmt: {how}", err=True)


def _report_gradients(
    model: "TrainedModel", pairs: "list[Pair]", output: Path | None, *, random: bool, json_: bool
) -> None:
    """How far back in time the gradients of a model reach on these pairs."""
    from nmt.report.clipping import read_clipping
    from nmt.report.gradient_plot import save_gradients
    from nmt.report.gradient_summary import left_out, summarize
    from nmt.report.gradients import gradient_reach

    reaches = gradient_reach(model.model, pairs)
    curves, clipping = summarize(reaches), read_clipping(model.folder)
    about = {"sentences": len(pairs), "random": random, "left_out": left_out(reaches)}
    text = table(about, curves, clipping)
    if output:
        title = f"Gradients through time: {model.folder.resolve().name}"
        save_gradients(output, title, text, curves, clipping)
    typer.echo(json.dumps(_values(about, curves, clipping)) if json_ else text)


def _take_pairs(
    model: "TrainedModel", files: tuple[Path, Path] | None, tag: str | None, count: int
) -> "list[Pair]":
    """The token ids of the first pairs that the model was made for; without files, random ones."""
    from nmt.corpus.readers.text import read_text_pair
    from nmt.report.gradients import random_pairs
    from nmt.text.tags import tagged

    if files is None and tag:
        raise ConfigError("--tag goes with --source and --target")
    if files is None:
        return random_pairs(model.model, count)
    lines = list(read_text_pair(*files))
    form = model.config.tokenizer.normalization
    sources = tagged([pair.source for pair in lines], tag, model.tags, form)
    pairs: list[Pair] = []
    for first in range(0, len(lines), count):
        rows = slice(first, first + count)
        targets = [pair.target for pair in lines[rows]]
        encoded = zip(
            model.tokenizers.source.encode(sources[rows]),
            model.tokenizers.target.encode(targets),
            strict=True,
        )
        pairs += [(s, t) for s, t in encoded if t and max(len(s), len(t)) <= model.max_length]
        if len(pairs) >= count:
            break
    if not pairs:
        raise DataError(
            f"{files[1]}: no pair with text of at most {model.max_length:,} tokens, for which the "
            "model was trained"
        )
    return pairs[:count]


def table(about: dict[str, Any], curves: "Sequence[Curve]", clipping: "Clipping | None") -> str:
    """The report for people."""
    from nmt.report.gradient_summary import WHOLE

    whole = [curve for curve in curves if curve.part in WHOLE]
    furthest = max(len(curve.median) for curve in whole) - 1
    distances = [distance for distance in DISTANCES if distance <= furthest]
    kind = (
        "of random tokens, which is no language (--source and --target give real ones)"
        if about["random"]
        else "from the files, teacher-forced"
    )
    lines = [
        f"The gradient of the loss of the last token, {about['sentences']:,} sentences {kind}.",
        "Median norm by the distance in steps back, relative to the decoder's at distance 0:",
        "",
        f"{'distance':<{NAME_WIDTH}}" + "".join(f"{d:>8}" for d in distances),
    ]
    for curve in whole:
        cells = [f"{curve.median[d]:>8.2g}" for d in distances if d < len(curve.median)]
        lines.append(f"{curve.name:<{NAME_WIDTH}}" + "".join(cells))
    lines += ["", f"{'':<{NAME_WIDTH}}  a step"]
    for curve in curves:
        if curve.part not in WHOLE and (curve.direct or not curve.attention):
            continue  # a drawing and --json have it
        factor = "-" if curve.factor is None else f"{curve.factor:.3f}"
        lines.append(f"{curve.name:<{NAME_WIDTH}}{factor:>8}  {curve.verdict}")
    if about["left_out"]:
        lines += ["", f"{about['left_out']:,} sentences left out: no finite gradient above zero."]
    if about["left_out"] == about["sentences"]:
        lines.append("Most often the states have grown so large that the output is saturated.")
    if clipping:
        lines += ["", clipping.sentence]
    return "\n".join(lines)


def _values(
    about: dict[str, Any], curves: "Sequence[Curve]", clipping: "Clipping | None"
) -> dict[str, Any]:
    """The report for programs."""
    layers = [
        {
            "layer": curve.layer,
            "part": curve.part,
            "attention": curve.attention,
            "direct": curve.direct,
            "factor": curve.factor,
            "verdict": curve.verdict,
            "norms": curve.median.tolist(),
            "lower_quartiles": curve.lower.tolist(),
            "upper_quartiles": curve.upper.tolist(),
            "sentences": curve.sentences.tolist(),
        }
        for curve in curves
    ]
    training = None
    if clipping:
        training = {
            "clip_norm": clipping.clip_norm,
            "steps_a_line": clipping.interval,
            "lines": len(clipping.norms),
            "clipped": clipping.clipped,
            "steps": clipping.steps,
            "gradient_norms": clipping.norms,
        }
    return {**about, "layers": layers, "training": training}
