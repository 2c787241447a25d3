"""What a training run shows: one live panel on a terminal, plain lines elsewhere."""

import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from nmt.settings import format_duration

Event = dict[str, Any]


class TrainingDisplay:
    """Shows the events of a run on standard error."""

    def __init__(self, output: Path, introduction: str | None = None) -> None:
        self.output = output
        self.introduction = introduction  # of a run that has begun, after all that may be wrong
        self.training = False  # whether there is something to save yet
        self.console = Console(file=sys.stderr, highlight=False, emoji=False, soft_wrap=True)
        self.live: Live | None = None
        if self.console.is_terminal:
            self.live = Live(console=self.console, refresh_per_second=4, transient=True)

    def __enter__(self) -> "TrainingDisplay":
        if self.live:
            self.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.live:
            self.live.stop()

    def note(self, text: str) -> None:
        """Print one line above the live panel."""
        self.console.print(f"nmt: {text}", markup=False)

    def show(self, event: Event) -> None:
        """Show one event of the run."""
        kind = event["event"]
        if kind == "preparing":
            self.note(event["message"])
        elif kind == "prediction":
            self.note(prediction_line(event))
        elif kind == "start":
            self.training = True
            if self.introduction:
                self.note(self.introduction)
            for line in start_lines(event):
                self.note(line)
        elif kind == "train":
            self._show_progress(event)
        elif kind == "valid":
            self._show_validation(event)
        elif kind == "average":
            self.note(average_line(event))
        elif kind == "hurry":
            self.note(hurry_line(event))
        elif kind == "warning":
            self.note(f"warning: {event['message']}")
        elif kind == "end":
            self.note(end_line(event, self.output))

    def _show_progress(self, event: Event) -> None:
        if self.live:
            self.live.update(progress_panel(event))
        else:
            self.note(progress_line(event))

    def _show_validation(self, event: Event) -> None:
        self.note(
            f"validation at step {event['step']:,}: BLEU {event['bleu']:.2f}"
            f"{' (best)' if event['best'] else ''}, perplexity {event['perplexity']:.2f}, "
            f"accuracy {event['accuracy']:.1%} in {format_duration(event['validation_seconds'])}"
            + (f"; {event['in_parts']} longer than data.max_length" if event["in_parts"] else "")
        )
        for name, text in zip(
            ("source", "reference", "translation"), event["example"], strict=True
        ):
            self.note(f"    {name:<11} {text}")


def prediction_line(event: Event) -> str:
    """What a run will cost at most."""
    return (
        f"predicted: {format_duration(event['seconds'])} for {event['steps']:,} steps of "
        f"{event['seconds_per_step']:.2g} s, validations not counted; "
        f"{event['memory'] / 2**30:.1f} GiB of memory"
    )


def start_lines(event: Event) -> list[str]:
    """What a run is about to do."""
    pairs = event["pairs"]
    left_out = event["left_out"]
    source, target = event["vocabulary"]
    lines = [
        f"{pairs['kept']:,} sentence pairs of {pairs['read']:,}"
        + (f"; left out: {', '.join(left_out)} (rejected.jsonl)" if left_out else ""),
        f"encoded corpus {'reused from' if event['reused'] else 'kept in'} {event['prepared']}",
        f"vocabulary {source:,} source, {target:,} target; {event['parameters']:,} parameters",
        f"{event['batches_per_epoch']:,} batches an epoch, {event['real_tokens']:.1%} real tokens; "
        f"{event['precision']} on {event['threads']} threads",
    ]
    if len(event["mixture"]) > 1:
        lines += mixture_lines(event["mixture"])
    if event["step"]:
        lines.append(f"going on after step {event['step']:,}")
    if not event["validation_sentences"]:
        lines.append("warning: no validation corpus, so no BLEU; the last weights are kept")
    return lines


def mixture_lines(mixture: list[Event]) -> list[str]:
    """How often the pairs of each corpus are seen."""
    seen = sum(share["pairs"] * share["copies"] for share in mixture)
    return ["mixture of an epoch:"] + [
        f"  {share['pairs'] * share['copies'] / seen:6.1%}  {share['pairs']:,} pairs, each "
        f"{share['copies']:.3g} times  {share['name']}"
        for share in mixture
    ]


def progress_line(event: Event) -> str:
    """The state of a run as one plain line."""
    return (
        f"step {event['step']:,} epoch {event['epoch']} {event['fraction']:.0%} "
        f"loss {event['loss']:.3f} perplexity {event['perplexity']:.2f} "
        f"gradient {event['gradient_norm']:.2f} rate {event['learning_rate']:.2e} "
        f"tokens/s {event['source_tokens_per_second']:,.0f} + {event['tokens_per_second']:,.0f} "
        f"ETA {format_duration(event['remaining_seconds'])} best BLEU {_best(event) or 'none yet'}"
    )


def _best(event: Event) -> str:
    """The best validation so far; nothing when there is none."""
    if event["best_bleu"] < 0:
        return ""
    return f"{event['best_bleu']:.2f} at step {event['best_step']:,}"


def progress_panel(event: Event) -> Table:
    """The state of a run as a live panel."""
    table = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=1.0, completed=event["fraction"], width=40)
    table.add_row(
        "progress",
        bar,
        f"{event['fraction']:.1%}",
        f"ETA {format_duration(event['remaining_seconds'])}",
    )
    table.add_row("step", f"{event['step']:,}", "epoch", str(event["epoch"]))
    table.add_row("loss", f"{event['loss']:.3f}", "perplexity", f"{event['perplexity']:.2f}")
    table.add_row(
        "gradient norm",
        f"{event['gradient_norm']:.2f}",
        "learning rate",
        f"{event['learning_rate']:.2e}",
    )
    table.add_row(
        "source tokens/s",
        f"{event['source_tokens_per_second']:,.0f}",
        "target tokens/s",
        f"{event['tokens_per_second']:,.0f}",
    )
    table.add_row("best BLEU", _best(event) or "none yet", "skipped steps", str(event["skipped"]))
    return table


def average_line(event: Event) -> str:
    """What came of the mean of the last validated weights."""
    return (
        f"mean of the last {len(event['steps'])} validated weights: BLEU {event['bleu']:.2f}"
        f"{' (best), which is the model' if event['best'] else ', not better than the best'}"
    )


def hurry_line(event: Event) -> str:
    """That a run begins its next phase before its time."""
    return (
        f"no better BLEU in {event['validations']} validations (training.patience): going on at "
        f"{event['fraction']:.0%} of the run, where its next phase begins"
    )


def end_line(event: Event, output: Path) -> str:
    """How a run ended."""
    why = {
        "finished": "finished",
        "patience": "stopped early: no better BLEU for training.patience validations",
        "interrupted": "interrupted",
    }[event["reason"]]
    best = f"; best BLEU {_best(event)}" if _best(event) else ""
    cost = f"{event['step']:,} steps and {format_duration(event['seconds'])}"
    return f"{why} after {cost}{best}: {output}"
