"""How probable a model finds given translations."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from nmt.corpus.batches import collate, padded_length
from nmt.engine.memory import is_out_of_memory
from nmt.errors import NmtError
from nmt.model.seq2seq import Seq2Seq
from nmt.text.tokenizers import Tokenizers
from nmt.text.vocabulary import PAD

BATCH_SENTENCES = 64
BATCH_ELEMENTS = 1 << 26  # logits (B, T, V) of a batch: 256 MiB in float32

Pair = tuple[list[int], list[int]]  # token ids of source and target


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The scores of a list of sentence pairs."""

    log_probs: tuple[float, ...]  # of each target given its source; natural logarithm, with EOS
    tokens: int  # predicted, EOS included
    correct: int  # of them, those whose probability was the highest

    @property
    def perplexity(self) -> float:
        """exp of the mean negative log-probability of a token."""
        return math.exp(min(100.0, -sum(self.log_probs) / max(1, self.tokens)))

    @property
    def accuracy(self) -> float:
        """Share of tokens predicted right, given the true ones before."""
        return self.correct / max(1, self.tokens)


@torch.inference_mode()
def likelihood(
    model: Seq2Seq,
    tokenizers: Tokenizers,
    sources: Sequence[str],
    targets: Sequence[str],
    *,
    notify: Callable[[str], None] = lambda message: None,
) -> Likelihood:
    """Score each target given its source, teacher-forced; an empty side is scored as it is.

    When memory runs out, a batch is halved, and `notify` is told.

    Raises:
        NmtError: memory runs out on a single pair.
    """
    pairs = list(
        zip(tokenizers.source.encode(sources), tokenizers.target.encode(targets), strict=True)
    )
    log_probs, correct = [0.0] * len(pairs), 0
    for rows in _batches(pairs, model.output.out_features):
        scores = _score(model, [pairs[row] for row in rows], notify)
        for row, (value, hits) in zip(rows, scores, strict=True):
            log_probs[row] = value
            correct += hits
    tokens = sum(len(target) + 1 for _, target in pairs)
    return Likelihood(tuple(log_probs), tokens, correct)


def _batches(pairs: list[Pair], vocabulary: int) -> Iterator[list[int]]:
    """Rows of similar lengths, in batches whose logits stay below a bound."""
    order = sorted(range(len(pairs)), key=lambda row: (len(pairs[row][1]), len(pairs[row][0])))
    batch: list[int] = []
    for row in order:
        elements = (len(batch) + 1) * padded_length(len(pairs[row][1]) + 1) * vocabulary
        if batch and (len(batch) == BATCH_SENTENCES or elements > BATCH_ELEMENTS):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _score(
    model: Seq2Seq, pairs: list[Pair], notify: Callable[[str], None]
) -> list[tuple[float, int]]:
    """Log-probability and right predictions of each pair; without memory, half at a time."""
    scores = _try_to_score(model, pairs)
    if scores is not None:
        return scores
    if len(pairs) == 1:
        source, target = (len(side) for side in pairs[0])
        raise NmtError(
            f"out of memory on one pair of {source:,} source and {target:,} target tokens; "
            "split it into sentences"
        )
    notify(f"out of memory on a batch of {len(pairs)} pairs: going on with its halves")
    half = len(pairs) // 2
    return _score(model, pairs[:half], notify) + _score(model, pairs[half:], notify)


def _try_to_score(model: Seq2Seq, pairs: list[Pair]) -> list[tuple[float, int]] | None:
    """The scores of a batch; None when memory runs out, and then nothing of it is kept."""
    try:
        batch = collate([source for source, _ in pairs], [target for _, target in pairs])
        batch = batch.to(model.output.weight.device)
        logits = model(batch.source, batch.source_lengths, batch.target_input).float()  # (B, T, V)
        chosen = logits.gather(2, batch.target_output[:, :, None])[:, :, 0]  # (B, T)
        chosen = chosen - logits.logsumexp(dim=2)
        real = batch.target_output != PAD
        hits = ((logits.argmax(dim=2) == batch.target_output) & real).sum(dim=1)
        return list(zip((chosen * real).sum(dim=1).tolist(), hits.tolist(), strict=True))
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return None
