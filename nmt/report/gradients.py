"""How far back the gradient of a loss reaches (Hochreiter 1991; Bengio et al. 1994).

A recurrent layer is s_t = f(x_t, s_{t-1}), where s is all that it hands on from step to step: h, or
h and c. L is the loss of the last token of a sentence, which is predicted at step T. Then

    dL/ds_t = dL/ds_{T-1} J_{T-1} ... J_{t+1}        J_k = ds_k / ds_{k-1}

and what is measured is the norm of dL/ds_{T-1-d} against the distance d: at 0 it is the state that
the step of the loss reads, and each step back is one more factor J. The layers above add the paths
that go up first and then ahead; whatever the steps before t do to the loss, they do through the
states that all the layers hand on at t, but for attention and input feeding.

In the encoder, distance is counted in its own steps, back from the last token that the layer reads.
Attention gives L a way to each source position that is one step long, whatever the distance; the
same is measured without it, when only the first state of the decoder leads to the encoder: to its
last state, or to all positions at once, if the decoder starts from their mean.
Self-attention hands on no state: there it is the gradient of the layer's input at each position.

B sentences, S source length, T target length, H hidden size, D distances.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from nmt.corpus.batches import pad_sources
from nmt.model.decoder import Bridge
from nmt.model.seq2seq import Seq2Seq
from nmt.report.layer_records import Record, recorded
from nmt.text.vocabulary import BOS, PAD, SPECIAL_TOKENS

BATCH_SENTENCES = 32
RANDOM_LENGTH = 30  # tokens of a random sentence

Pair = tuple[Sequence[int], Sequence[int]]  # token ids of source and target, without BOS and EOS


@dataclass(frozen=True, slots=True)
class Reach:
    """The gradient norms of one layer, or of a part of its state."""

    layer: str  # such as "decoder 1", or "encoder 1 back"
    part: str  # "state" is all of it; "h" and "c" where there are both; "input" of self-attention
    attention: bool  # whether the gradient went through the attention, too
    norms: NDArray[np.float64]  # (B, D), in units of the decoder's at distance 0; NaN = no token
    mean: bool = False  # whether the decoder starts from the mean of all source positions


def random_pairs(model: Seq2Seq, count: int) -> list[Pair]:
    """Pairs of random tokens, always the same ones."""
    random = np.random.default_rng(1)
    first = len(SPECIAL_TOKENS)
    sizes = (model.encoder.embedding.table.num_embeddings, model.output.out_features)
    return [
        (source.tolist(), target.tolist())
        for source, target in zip(
            *(random.integers(first, size, (count, RANDOM_LENGTH)) for size in sizes), strict=True
        )
    ]


def gradient_reach(model: Seq2Seq, pairs: Sequence[Pair]) -> list[Reach]:
    """The gradient of the loss of each sentence's last token, teacher-forced, by the distance.

    The decoder's layers come first, then the encoder's, with the attention and without it; the way
    back through the decoder is the same in both.
    Sentences whose gradient is zero or not finite are left out: their rows are NaN throughout.

    Args:
        pairs: at least one, and no target is empty.
    """
    assert pairs and all(target for _, target in pairs)
    model, records = recorded(model)
    batches = [
        pairs[first : first + BATCH_SENTENCES] for first in range(0, len(pairs), BATCH_SENTENCES)
    ]
    found: list[Reach] = []
    for attention in (True, False):
        parts = [_measure(model, records, batch, attention=attention) for batch in batches]
        joined = [_join(list(same)) for same in zip(*parts, strict=True)]
        found += [r for r in joined if attention or r.layer.startswith("encoder")]
    return sorted(found, key=_order)  # stable: the parts of a layer stay as they are


def _order(reach: Reach) -> tuple[str, int, list[str], bool]:
    side, number, *direction = reach.layer.split()
    return side, int(number), direction, not reach.attention


def _measure(
    model: Seq2Seq, records: dict[str, Record], pairs: Sequence[Pair], *, attention: bool
) -> list[Reach]:
    """The norms of one batch."""
    for record in records.values():
        record.steps.clear()
    loss = _last_token_loss(model, pairs, attention=attention)
    states = [part for r in records.values() for state in r.steps for part in state]
    gradients = iter(torch.autograd.grad(loss, states, allow_unused=True, materialize_grads=True))
    lengths = {
        "encoder": np.array([len(source) + 1 for source, _ in pairs]),
        "decoder": np.array([len(target) for _, target in pairs]),
    }
    mean = any(part.mean for part in model.modules() if isinstance(part, Bridge))
    found, unit = [], np.zeros(len(pairs))
    for layer, record in records.items():
        squares = np.array(  # (T, parts, B), where a float32 would underflow
            [
                [next(gradients).double().square().sum(dim=1).tolist() for _ in record.parts]
                for _ in record.steps
            ]
        )
        squares = _by_distance(squares, lengths[layer.split()[0]])  # (D, parts, B)
        if layer.startswith("decoder"):
            unit += squares[0].sum(axis=0)
        whole = record.parts[0] if len(record.parts) == 1 else "state"
        found.append(Reach(layer, whole, attention, np.sqrt(squares.sum(axis=1)).T, mean))
        if len(record.parts) > 1:
            for number, part in enumerate(record.parts):
                norms = np.sqrt(squares[:, number]).T
                found.append(Reach(layer, part, attention, norms, mean))
    unit = np.where(np.isfinite(unit) & (unit > 0), np.sqrt(unit), np.nan)
    return [replace(reach, norms=reach.norms / unit[:, None]) for reach in found]


def _last_token_loss(model: Seq2Seq, pairs: Sequence[Pair], *, attention: bool) -> Tensor:
    """The sum over the sentences of -log P(last token | source, tokens before)."""
    device = model.output.weight.device
    source, source_lengths = pad_sources([source for source, _ in pairs])
    targets = [target for _, target in pairs]
    given = torch.full((len(targets), max(map(len, targets))), PAD)  # (B, T)
    for row, target in enumerate(targets):
        given[row, : len(target)] = torch.tensor([BOS, *target[:-1]])
    state = model.start(model.encode(source.to(device), source_lengths.to(device)))
    if not attention:
        sources = (
            replace(s, keys=s.keys.detach(), values=s.values.detach()) for s in state.sources
        )
        state = replace(state, sources=tuple(sources))
    readouts, _, _ = model.read(given.to(device), state)  # (B, T, E)
    steps = torch.tensor([len(target) - 1 for target in targets], device=device)
    logits = model.output(readouts[torch.arange(len(targets), device=device), steps])  # (B, V)
    last = torch.tensor([target[-1] for target in targets], device=device)
    return F.cross_entropy(logits.float(), last, reduction="sum")


def _by_distance(values: NDArray[np.float64], lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Steps counted back from the last of each sentence: (T, parts, B), (B,) -> (D, parts, B)."""
    distances = np.arange(lengths.max())[:, None]
    steps = lengths - 1 - distances  # (D, B)
    turned = np.moveaxis(values, 1, 2)[np.maximum(steps, 0), np.arange(len(lengths))]
    turned[steps < 0] = np.nan  # (D, B, parts)
    return np.moveaxis(turned, 2, 1)


def _join(parts: list[Reach]) -> Reach:
    """The batches of one layer as one."""
    width = max(part.norms.shape[1] for part in parts)
    rows = [
        np.pad(p.norms, ((0, 0), (0, width - p.norms.shape[1])), constant_values=np.nan)
        for p in parts
    ]
    return replace(parts[0], norms=np.concatenate(rows))
