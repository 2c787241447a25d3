"""How probable a model finds given translations."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from nmt.corpus.batches import collate
from nmt.engine.memory import is_out_of_memory
from nmt.errors import NmtError
from nmt.model.seq2seq import Seq2Seq
from nmt.text.tokenizers import Tokenizers
from nmt.text.vocabulary import PAD

BATCH_SENTENCES = 64

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
    model: Seq2Seq, tokenizers: Tokenizers, sources: Sequence[str], targets: Sequence[str]
) -> Likelihood:
    """Score each target given its source, teacher-forced; an empty side is scored as it is.

    Raises:
        NmtError: memory runs out on a single pair.
    """
    pairs = list(
        zip(tokenizers.source.encode(sources), tokenizers.target.encode(targets), strict=True)
    )
    order = sorted(range(len(pairs)), key=lambda row: (len(pairs[row][0]), len(pairs[row][1])))
    log_probs, correct = [0.0] * len(pairs), 0
    for start in range(0, len(order), BATCH_SENTENCES):
        rows = order[start : start + BATCH_SENTENCES]
        for row, (value, hits) in zip(rows, _score(model, [pairs[r] for r in rows]), strict=True):
            log_probs[row] = value
            correct += hits
    tokens = sum(len(target) + 1 for _, target in pairs)
    return Likelihood(tuple(log_probs), tokens, correct)


def _score(model: Seq2Seq, pairs: list[Pair]) -> list[tuple[float, int]]:
    """Log-probability and right predictions of each pair; without memory, half at a time."""
    try:
        batch = collate([source for source, _ in pairs], [target for _, target in pairs])
        batch = batch.to(model.output.weight.device)
        logits = model(batch.source, batch.source_lengths, batch.target_input)
        predicted = logits.float().log_softmax(dim=2)  # (B, T, V)
        chosen = predicted.gather(2, batch.target_output[:, :, None])[:, :, 0]  # (B, T)
        real = batch.target_output != PAD
        hits = ((predicted.argmax(dim=2) == batch.target_output) & real).sum(dim=1)
        return list(zip((chosen * real).sum(dim=1).tolist(), hits.tolist(), strict=True))
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        if len(pairs) == 1:
            size = len(pairs[0][1])
            raise NmtError(f"out of memory on one pair of {size:,} target tokens") from None
    half = len(pairs) // 2
    return _score(model, pairs[:half]) + _score(model, pairs[half:])
