"""The runs and the plots of docs/recurrence.md: small models of each cell, on the phrasebook.

    python benchmarks/gradients.py [FOLDER] [--plots docs/recurrence]

Generates the corpus and trains the models in FOLDER (default: data/prepared/gradients), but for
those that are there already: under half an hour on one core. Then it prints the factors of
each step and draws the plots.

The run `xavier` shows what a start does: its `rnn_relu` draws W as the other cells do.
"""

import argparse
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

import nmt
from nmt.config import Config, make_config
from nmt.corpus.batches import collate
from nmt.corpus.readers.text import read_text_pair
from nmt.layers import recurrence
from nmt.model.seq2seq import Seq2Seq
from nmt.model_directory import TrainedModel, build_model, load_model
from nmt.report.clipping import read_clipping
from nmt.report.gradient_plot import COLORS, draw_curve, share_scale, style_axes
from nmt.report.gradient_summary import Curve, left_out, summarize
from nmt.report.gradients import Pair, gradient_reach
from nmt.text.vocabulary import PAD
from nmt.training.metric_log import read_metrics
from nmt.training.run import RunOptions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOT = Path(__file__).resolve().parents[1]
SEED = 1
SENTENCES = 100  # the longest of the test set, so that all reach about as far
CELLS = ("rnn", "rnn_relu", "gru", "lstm", "ssru")
MODEL = {
    "encoder": "one_way", "decoder": "luong", "attention": "general", "embedding_size": 128,
    "hidden_size": 128, "decoder_layers": 1, "lexical": False, "dropout": 0.1,
    "embedding_dropout": 0.1,
}  # fmt: skip
TRAINING = {
    "batch_tokens": 1024, "learning_rate": 4e-3, "schedule": "cosine", "warmup_steps": 100,
    "max_steps": 800,
    "log_interval": 1, "validation_interval": 800, "checkpoint_interval": 800,
    "precision": "float32", "seed": SEED,
}  # fmt: skip
RUNS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    **{cell: ({"cell": cell}, {}) for cell in CELLS},
    "unclipped": ({"cell": "rnn_relu"}, {"clip_norm": 1e9}),
    "xavier": ({"cell": "rnn_relu"}, {}),
    "gru_deep": ({"cell": "gru", "decoder_layers": 4}, {}),
}
SCALES = {"rnn": (0.5, 1, 1.5, 2, 3, 5), "rnn_relu": (0.8, 0.9, 1, 1.05, 1.1)}
STATES = ("untrained", "trained")
Measured = dict[tuple[str, str], list[Curve]]  # by run, and "untrained" or "trained"


def config_of(name: str, corpus: Path) -> Config:
    """The settings of a run."""
    model, training = RUNS[name]
    files = {
        part: {"source": str(corpus / f"{part}.de"), "target": str(corpus / f"{part}.en")}
        for part in ("train", "valid")
    }
    values = {
        "name": name,
        "source_language": "de",
        "target_language": "en",
        "data": {"train": [files["train"]], "valid": files["valid"]},
        "tokenizer": {"vocabulary_size": 300},
        "model": {**MODEL, **model},
        "training": {**TRAINING, **training},
    }
    return make_config(values, origin=name)


def xavier_start(input_size: int, hidden_size: int) -> nn.Module:
    """`rnn_relu` with an input matrix like that of the other cells."""
    cell = recurrence.RNN(input_size, hidden_size, relu=True)
    nn.init.xavier_uniform_(cell.layer.weight_ih_l0)
    return cell


def start_of(name: str) -> AbstractContextManager[object]:
    """What has to be entered before a model of this run is built."""
    return patch.dict(recurrence.CELLS, {"rnn_relu": xavier_start} if name == "xavier" else {})


def train(folder: Path, corpus: Path) -> None:
    """Train the models that are not there yet."""
    for name in RUNS:
        if any(event["event"] == "end" for event in read_metrics(folder / name)):
            continue
        print(f"training {name}", flush=True)
        with start_of(name):
            nmt.train(config_of(name, corpus), folder / name, RunOptions(overwrite=True))


def measure(folder: Path, corpus: Path) -> Measured:
    """The curves of every run before and after its training."""
    curves: Measured = {}
    for name in RUNS:
        model = load_model(folder / name)
        pairs = longest(model, corpus)
        for state, network in zip(STATES, (untrained(model), model.model), strict=True):
            curves[name, state] = summarize(gradient_reach(network, pairs))
    return curves


def untrained(model: TrainedModel) -> Seq2Seq:
    """The model as its training began."""
    torch.manual_seed(SEED)
    with start_of(model.config.name):
        return build_model(model.config, model.tokenizers)


def longest(model: TrainedModel, corpus: Path) -> list[Pair]:
    """The token ids of the pairs with the most target tokens."""
    lines = list(read_text_pair(corpus / "test.de", corpus / "test.en"))
    sources = model.tokenizers.source.encode([line.source for line in lines])
    targets = model.tokenizers.target.encode([line.target for line in lines])
    pairs = zip(sources, targets, strict=True)
    return sorted(pairs, key=lambda pair: len(pair[1]), reverse=True)[:SENTENCES]


def print_factors(folder: Path, curves: Measured) -> None:
    """What the page tells in numbers."""
    for name in RUNS:
        valid = [event for event in read_metrics(folder / name) if event["event"] == "valid"]
        clipping = read_clipping(folder / name)
        assert clipping
        print(f"\n{name}: perplexity {valid[-1]['perplexity']:.1f}; {clipping.sentence}")
        for state in STATES:
            for curve in curves[name, state]:
                start, end = curve.median[0], curve.median[min(20, len(curve.median) - 1)]
                print(
                    f"  {state:<10} {curve.name:<26} {curve.factor or 0:6.3f}  {curve.verdict:<46}"
                    f" {start:8.1e} at 0, {end:8.1e} at 20"
                )


def decoder_states(model: Seq2Seq, pairs: list[Pair]) -> tuple[Tensor, Tensor, Tensor]:
    """States (B, T, H) and readouts (B, T, E) of the decoder, and where a target is: (B, T)."""
    batch = collate([source for source, _ in pairs], [target for _, target in pairs])
    seen: dict[str, Tensor] = {}
    model.decoder.cells[0].register_forward_hook(lambda *call: seen.update(states=call[2][0]))
    with torch.no_grad():
        memory = model.encode(batch.source, batch.source_lengths)
        readouts, _, _ = model.decoder(batch.target_input, model.start(memory))
    return seen["states"].double(), readouts, batch.target_output != PAD


def print_states(folder: Path, corpus: Path) -> None:
    """What becomes of the weights and states of `rnn_relu`, and of the readout above them."""
    for name in ("rnn_relu", "xavier"):
        trained = load_model(folder / name)
        for when, model in zip(STATES, (untrained(trained).eval(), trained.model), strict=True):
            states, readouts, real = decoder_states(model, longest(trained, corpus))
            lengths = [f"{states[:, t].norm(dim=1).median():.3g}" for t in (0, 5, 20)]
            layer = model.decoder.cells[0].layer
            eigenvalues = torch.linalg.eigvals(layer.weight_hh_l0.detach()).abs()
            print(
                f"\n{name}, {when}: states of length {', '.join(lengths)} at the steps 1, 6 and 21;"
                f" {(states[real] > 0).double().mean():.0%} of the units on;"
                f" {(readouts[real].abs() == 1).double().mean():.0%} of the readout at -1 or 1;"
                f" largest eigenvalue of U {eigenvalues.max():.2f};"
                f" root mean square of W {layer.weight_ih_l0.detach().square().mean().sqrt():.2g}"
            )


def find(curves: list[Curve], layer: str, part: str = "state", *, attention: bool = True) -> Curve:
    """One of the curves of a model."""
    return next(c for c in curves if (c.layer, c.part, c.attention) == (layer, part, attention))


def panels(*titles: str) -> tuple[Figure, list["Axes"]]:
    """A figure of panels, two in a row."""
    rows = len(titles) // 2
    figure = Figure(figsize=(7.6, 0.4 + 3.0 * rows), layout="constrained")
    axes = [figure.add_subplot(rows, 2, number) for number in range(1, len(titles) + 1)]
    for panel, title in zip(axes, titles, strict=True):
        panel.set_title(title, fontsize=10)
        style_axes(panel)
    return figure, axes


def save(figure: Figure, axes: list["Axes"], curves: list[Curve], path: Path) -> None:
    """Label, scale and write a figure of curves over distance."""
    share_scale(axes, curves)
    for panel in axes[::2]:
        panel.set_ylabel("gradient norm, relative to the\ndecoder's at distance 0", fontsize=9)
    for panel in axes[-2:]:
        panel.set_xlabel("distance (steps back)", fontsize=9)
    axes[-1].legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=110)


def draw_scale(folder: Path, corpus: Path, path: Path) -> None:
    """Untrained decoders whose recurrent matrix is multiplied by a number."""
    figure, axes = panels("rnn: tanh, U = a Q, Q orthogonal", "rnn_relu: max(0, .), U = a I")
    shown = []
    for panel, (cell, scales) in zip(axes, SCALES.items(), strict=True):
        model = load_model(folder / cell)
        for color, a in zip(COLORS, scales, strict=False):
            network = untrained(model)
            with torch.no_grad():
                network.decoder.cells[0].layer.weight_hh_l0.mul_(a)
            reaches = gradient_reach(network, longest(model, corpus))
            shown.append(summarize(reaches)[0])
            print(
                f"{cell}, a = {a}: factor {shown[-1].factor:.3f}, {shown[-1].median[20]:.2g} at 20,"
                f" {left_out(reaches)} left out"
            )
            draw_curve(panel, shown[-1], color, "-", f"a = {a:g}")
    axes[0].legend(frameon=False, fontsize=8, loc="upper left", ncols=2)
    save(figure, axes, shown, path)


def draw_cells(curves: Measured, path: Path) -> None:
    """The decoder of every cell."""
    figure, axes = panels("decoder, untrained", "decoder, trained")
    shown = []
    for panel, state in zip(axes, STATES, strict=True):
        for color, cell in zip(COLORS, CELLS, strict=False):
            curve = find(curves[cell, state], "decoder 1")
            draw_curve(panel, curve, color, "-", cell if curve.median.any() else f"{cell}: zero")
            shown.append(curve)
    save(figure, axes, shown, path)


def draw_attention(curves: Measured, path: Path) -> None:
    """The encoder of every cell, with the attention and without it."""
    ways = [(state, attention) for state in STATES for attention in (True, False)]
    titles = [f"encoder, {state}, attention {'on' if on else 'cut'}" for state, on in ways]
    figure, axes = panels(*titles)
    shown = []
    for panel, (state, attention) in zip(axes, ways, strict=True):
        for color, cell in zip(COLORS, CELLS, strict=False):
            shown.append(find(curves[cell, state], "encoder 1", attention=attention))
            draw_curve(panel, shown[-1], color, "-", cell)
    save(figure, axes, shown, path)


def draw_parts(curves: Measured, path: Path) -> None:
    """What goes through h and what through c in an LSTM."""
    figure, axes = panels("LSTM decoder, untrained", "LSTM decoder, trained")
    shown = []
    for panel, state in zip(axes, STATES, strict=True):
        for color, part in zip(COLORS, ("c", "h"), strict=False):
            shown.append(find(curves["lstm", state], "decoder 1", part))
            draw_curve(panel, shown[-1], color, "-", f"dL/d{part}")
    save(figure, axes, shown, path)


def draw_depth(curves: Measured, path: Path) -> None:
    """The layers of a deep decoder."""
    figure, axes = panels("4 GRU layers, untrained", "4 GRU layers, trained")
    shown = []
    for panel, state in zip(axes, STATES, strict=True):
        for number, color in zip(range(1, 5), COLORS, strict=False):
            shown.append(find(curves["gru_deep", state], f"decoder {number}"))
            draw_curve(panel, shown[-1], color, "-", f"layer {number}")
    save(figure, axes, shown, path)


def draw_training(folder: Path, path: Path) -> None:
    """The norms that training of `rnn_relu` met, and its loss, by start and clipping."""
    figure, (norms, loss) = panels("gradient norm before clipping", "training loss")
    labels = {
        "xavier": "Xavier, clipped to norm 1",
        "unclipped": "0.001, not clipped",
        "rnn_relu": "0.001, clipped to norm 1",
    }
    for color, (name, label) in zip(COLORS, labels.items(), strict=False):
        events = [event for event in read_metrics(folder / name) if event["event"] == "train"]
        steps = np.array([event["step"] for event in events])
        values = [event["gradient_norm"] for event in events]
        norms.plot(steps, values, color=color, linewidth=0.7, alpha=0.85)
        means = np.convolve([event["loss"] for event in events], np.full(10, 0.1), "valid")
        loss.plot(steps[9:], means, color=color, linewidth=1.3, label=label)
    norms.axhline(1.0, color="black", linestyle="--", linewidth=1.0)
    norms.set_yscale("log")
    loss.set_ylabel("nats a target token, mean of 10 steps", fontsize=9)
    loss.legend(frameon=False, fontsize=8, title="W starts as", title_fontsize=8)
    for panel in (norms, loss):
        panel.set_xlabel("training step", fontsize=9)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Train, measure, print and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    default = ROOT / "data" / "prepared" / "gradients"
    parser.add_argument("folder", type=Path, nargs="?", default=default)
    parser.add_argument("--plots", type=Path, default=ROOT / "docs" / "recurrence")
    arguments = parser.parse_args()
    corpus = arguments.folder / "phrasebook"
    if not corpus.exists():
        generator = ROOT / "data" / "phrasebook" / "generate.py"
        subprocess.run([sys.executable, generator, corpus], check=True)
    torch.set_num_threads(1)
    train(arguments.folder, corpus)
    curves = measure(arguments.folder, corpus)
    print_factors(arguments.folder, curves)
    print_states(arguments.folder, corpus)
    arguments.plots.mkdir(parents=True, exist_ok=True)
    draw_scale(arguments.folder, corpus, arguments.plots / "scale.png")
    draw_cells(curves, arguments.plots / "cells.png")
    draw_attention(curves, arguments.plots / "attention.png")
    draw_parts(curves, arguments.plots / "lstm.png")
    draw_depth(curves, arguments.plots / "depth.png")
    draw_training(arguments.folder, arguments.plots / "clipping.png")


if __name__ == "__main__":
    main()
