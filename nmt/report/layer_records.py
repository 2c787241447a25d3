"""A copy of a model whose layers keep what they enter each step with.

Torch's recurrent layers run over a whole sequence in one call, whose inner states no one can
differentiate by. A cell gives the same results step by step; here it does, and each state between
two steps is a tensor of its own. B sentences, T time steps, D input size, H hidden size.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from nmt.layers.cell import Cell, State
from nmt.layers.direction import BackLayer
from nmt.layers.self_attention import SelfAttentionCell, SelfAttentionLayer
from nmt.model.seq2seq import Seq2Seq


@dataclass(frozen=True, slots=True)
class Record:
    """What a layer entered each step with."""

    parts: tuple[str, ...]  # the names of the tensors
    steps: list[State]


class SteppedCell(nn.Module):
    """A cell that is called step by step, and keeps the state before each step."""

    def __init__(self, cell: Cell, steps: list[State]) -> None:
        super().__init__()
        self.cell = cell
        self.hidden_size = cell.hidden_size
        self.steps = steps

    def start(self, like: Tensor) -> State:
        """The state of the cell itself."""
        return self.cell.start(like)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, D), state -> (B, T, H), state."""
        outputs = []
        for t in range(x.shape[1]):
            state = tuple(_node(part) for part in state)
            self.steps.append(state)
            y, state = self.cell(x[:, t : t + 1], state)
            outputs.append(y)
        return torch.cat(outputs, dim=1), state


def _node(x: Tensor) -> Tensor:
    """The same values as a tensor of its own, by which one can differentiate."""
    return x.clone() if x.requires_grad else x.detach().clone().requires_grad_()


def _keep_input(steps: list[State]) -> Callable[[nn.Module, tuple[Any, ...]], tuple[Any, ...]]:
    """A hook that keeps what a layer of self-attention reads, position by position."""

    def hook(module: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        positions = [_node(x) for x in arguments[0].unbind(dim=1)]  # (B, H) each
        steps.extend((x,) for x in positions)
        return (torch.stack(positions, dim=1), *arguments[1:])

    return hook


def recorded(model: Seq2Seq) -> tuple[Seq2Seq, dict[str, Record]]:
    """A copy of the model whose layers keep a record, in evaluation mode and with fixed weights."""
    model = copy.deepcopy(model).eval().requires_grad_(False)
    records: dict[str, Record] = {}
    for path, layer in _layers(model):
        steps: list[State] = []
        if isinstance(layer, SelfAttentionCell | SelfAttentionLayer):
            layer.register_forward_pre_hook(_keep_input(steps))
            parts: tuple[str, ...] = ("input",)
        else:
            cell: Cell = layer  # type: ignore[assignment]
            parts = ("state",) if len(cell.start(torch.zeros(1, 1))) == 1 else ("h", "c")
            model.set_submodule(path, SteppedCell(cell, steps))
        records[_name(model, path)] = Record(parts, steps)
    return model, records


def _layers(model: Seq2Seq) -> list[tuple[str, nn.Module]]:
    """The recurrent cells and self-attentions by their paths, from bottom to top.

    The second cell of the conditional layer is not among them: its state is one of mid-step.
    """
    return [
        (path, module)
        for path, module in model.named_modules()
        if path.startswith(("encoder.layers.", "decoder.cells."))
        and (
            (hasattr(module, "start") and hasattr(module, "hidden_size"))
            or isinstance(module, SelfAttentionLayer)
        )
    ]


def _name(model: Seq2Seq, path: str) -> str:
    """What people call a layer: encoder.layers.0.ahead is "encoder 1 ahead"."""
    side, _, number, *inner = path.split(".")
    back = isinstance(model.get_submodule(path.rpartition(".")[0]), BackLayer)
    direction = "back" if back else "".join(inner).removeprefix("cell")
    return f"{side} {int(number) + 1} {direction}".rstrip()
