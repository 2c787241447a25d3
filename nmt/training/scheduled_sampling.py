"""Scheduled sampling (Bengio et al. 2015): training on some of the model's own predictions.

In translating, a model goes on from what it has predicted itself; in training, from the reference.
Here each input token is, with a probability that grows over the run, one that the model predicts in
its place. Over whole sequences that takes two passes (Mihaylova & Martins 2019): the first, without
a gradient, reads the reference and predicts every token; the second is trained on the mixture.

A prediction is drawn from the model's distribution, as in Bengio et al.: argmax_v z_v - log E_v,
with E_v ~ Exp(1), is a draw from softmax(z) (the Gumbel trick). PAD, BOS and EOS are never drawn,
for what search goes on from has none of them.

B sentences, T target length, N drawn tokens, V vocabulary.
"""

from dataclasses import replace

import torch
from torch import nn

from nmt.corpus.batches import Batch
from nmt.settings import TrainingSettings
from nmt.text.vocabulary import BOS, EOS, PAD


def sampling_rate(settings: TrainingSettings, progress: float) -> float:
    """The share of drawn tokens: from 0, linearly, to what is set for the end of the run."""
    return settings.scheduled_sampling * min(1.0, progress)


@torch.no_grad()
def with_own_predictions(model: nn.Module, batch: Batch, probability: float) -> Batch:
    """The batch, with a share of its input tokens, but for BOS and PAD, drawn from the model."""
    chosen = torch.rand(batch.target_input.shape, device=batch.target_input.device) < probability
    chosen &= batch.target_input != PAD
    chosen[:, 0] = False  # BOS
    if not chosen.any():
        return batch
    logits = model(batch.source, batch.source_lengths, batch.target_input)  # (B, T, V)
    # autocast keeps the weights it has cast, and these have no gradient: older releases of torch
    # take them for the second pass too, whose weights would then learn nothing
    torch.clear_autocast_cache()
    z = logits[:, :-1][chosen[:, 1:]].float()  # (N, V), each predicted from the tokens before it
    z[:, [PAD, BOS, EOS]] = float("-inf")
    drawn = (z - torch.empty_like(z).exponential_().log()).argmax(dim=1)
    target_input = batch.target_input.clone()
    target_input[chosen] = drawn
    return replace(batch, target_input=target_input)
