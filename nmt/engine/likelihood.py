"""How probable a model finds given translations."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from nmt.corpus.batches import collate
from nmt.model.seq2seq import Seq2Seq
from nmt.text.tokenizers import Tokenizers
from nmt.text.vocabulary import PAD

BATCH_SENTENCES = 64


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
    """Score each target given its source, teacher-forced; an empty side is scored as it is."""
    pairs = list(
        zip(tokenizers.source.encode(sources), tokenizers.target.encode(targets), strict=True)
    )
    order = sorted(range(len(pairs)), key=lambda row: (len(pairs[row][0]), len(pairs[row][1])))
    device = model.output.weight.device
    log_probs, tokens, correct = [0.0] * len(pairs), 0, 0
    for start in range(0, len(order), BATCH_SENTENCES):
        rows = order[start : start + BATCH_SENTENCES]
        batch = collate([pairs[row][0] for row in rows], [pairs[row][1] for row in rows]).to(device)
        logits = model(batch.source, batch.source_lengths, batch.target_input)
        predicted = logits.float().log_softmax(dim=2)  # (B, T, V)
        chosen = predicted.gather(2, batch.target_output[:, :, None])[:, :, 0]  # (B, T)
        real = batch.target_output != PAD
        for row, value in zip(rows, (chosen * real).sum(dim=1).tolist(), strict=True):
            log_probs[row] = value
        tokens += int(real.sum())
        correct += int(((predicted.argmax(dim=2) == batch.target_output) & real).sum())
    return Likelihood(tuple(log_probs), tokens, correct)
