"""The loss of a batch, by the settings: likelihood, and what is added to it."""

from torch import nn

from nmt.corpus.batches import Batch
from nmt.settings import TrainingSettings
from nmt.training.loss import Loss, cross_entropy
from nmt.training.r_drop import divergence


def batch_loss(model: nn.Module, batch: Batch, settings: TrainingSettings) -> Loss:
    """Sums over the target tokens of a batch; runs the model forward."""
    if not settings.r_drop:
        logits = model(batch.source, batch.source_lengths, batch.target_input)
        return cross_entropy(logits, batch.target_output, settings.label_smoothing)
    targets, batch = batch.target_output, batch.twice()
    logits = model(batch.source, batch.source_lengths, batch.target_input)
    apart = divergence(logits, targets)  # first: the cross-entropy overwrites the logits
    both = cross_entropy(logits, batch.target_output, settings.label_smoothing)
    total = both.total / 2 + settings.r_drop / 4 * apart
    return Loss(total, both.negative_log_likelihood / 2)
