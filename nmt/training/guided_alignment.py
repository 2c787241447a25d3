"""Guided alignment: attention learns from given word alignments (Chen et al. 2016).

For the attention weights a_ts of a model, those A_ts that an alignment asks for, and a weight w:

    loss = L + w * sum_t sum_s -A_ts log a_ts

L is the likelihood. For a target token t that is aligned, A_ts is shared evenly by the source
tokens s that it is aligned to; for any other it is 0. Of several heads, and of the layers of
a decoder of blocks, a_ts is the mean: together they are asked for the alignment.

B sentences, T target length, S source length, V vocabulary.
"""

import torch
from torch import Tensor, nn

from nmt.corpus.batches import Batch
from nmt.model.seq2seq import Seq2Seq

SMALLEST = 1e-30  # weights below count as this, whose log and gradient are finite


def alignment_loss(attention: Tensor, given: Tensor) -> Tensor:
    """The cross-entropy of attention weights (B, T, S) and given ones, over all target tokens: ().

    Where nothing is given, or there is padding, `given` is 0.
    """
    return -(given * attention.float().clamp_min(SMALLEST).log()).sum()


def logits_and_alignment_loss(
    model: nn.Module, batch: Batch, weight: float
) -> tuple[Tensor, Tensor]:
    """Run the model forward: logits (B, T, V), and what guided alignment adds to the loss: ()."""
    if not weight or batch.alignment is None:
        logits = model(batch.source, batch.source_lengths, batch.target_input)
        return logits, torch.zeros((), device=logits.device)
    assert isinstance(model, Seq2Seq)
    logits, attention = model.forward_with_attention(
        batch.source, batch.source_lengths, batch.target_input
    )
    return logits, weight * alignment_loss(attention, batch.alignment)
