"""The loss of a batch, by the settings: likelihood, what is added to it, expected cost.

In minimum risk training, expected cost R and likelihood L are mixed (Edunov et al. 2018):

    loss = w * L + (1 - w) * R
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from torch import nn

from nmt.corpus.batches import Batch
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import TrainingSettings
from nmt.text.tokenizer import Tokenizer
from nmt.training.guided_alignment import logits_and_alignment_loss
from nmt.training.loss import Loss, cross_entropy
from nmt.training.r_drop import divergence
from nmt.training.risk import CANDIDATES, Translations, expected_cost, find_candidates
from nmt.training.scheduled_sampling import with_own_predictions
from nmt.training.sentence_cost import Cost, sentence_cost
from nmt.training.weight_drop import dropped_weights

LIKELIHOOD_SHARE = 0.3  # w


@dataclass(frozen=True, slots=True)
class Part:
    """Sentence pairs that go through the model at once, with the candidates of each source."""

    batch: Batch
    candidates: Sequence[Translations] = ()  # where expected cost counts

    def rows(self, rows: slice) -> "Part":
        """A part of the sentences."""
        return Part(self.batch.rows(rows), self.candidates[rows])


@dataclass(frozen=True, slots=True)
class Objective:
    """What a run minimizes."""

    settings: TrainingSettings
    cost: Cost | None = None  # of translations; without one, the likelihood counts alone

    def at(self, share: float) -> "Objective":
        """When a share of training is over: until `risk_after` the likelihood counts alone."""
        return self if share >= self.settings.risk_after else replace(self, cost=None)

    def parts(self, model: nn.Module, batch: Batch, warn: Callable[[str], None]) -> list[Part]:
        """The batch, or parts of it that, with the candidates of each source, are as large."""
        if self.cost is None:
            return [Part(batch)]
        assert isinstance(model, Seq2Seq)
        whole = Part(batch, find_candidates(model, batch, warn))
        size = -(-len(batch) // CANDIDATES)
        return [whole.rows(slice(i, i + size)) for i in range(0, len(batch), size)]


def make_objective(settings: TrainingSettings, target: Tokenizer, language: str = "") -> Objective:
    """The objective that the settings name; a cost is of the text that `target` decodes."""
    if settings.objective == "likelihood":
        return Objective(settings, None)
    return Objective(settings, sentence_cost(settings.objective, target, language))


def batch_loss(
    model: nn.Module,
    batch: Batch,
    objective: Objective,
    sampled: float = 0.0,
    candidates: Sequence[Translations] = (),
) -> Loss:
    """Sums over the target tokens of a batch; runs the model forward.

    Args:
        sampled: the share of input tokens that are the model's own, in scheduled sampling.
        candidates: of each source, in minimum risk training.
    """
    settings, cost = objective.settings, objective.cost
    with dropped_weights(model, settings.weight_dropout):
        loss = _likelihood(model, batch, settings, sampled)
    if cost is None:
        return loss
    assert isinstance(model, Seq2Seq)
    risk = expected_cost(model, batch, candidates, cost)  # of the model without any dropout
    total = LIKELIHOOD_SHARE * loss.total + (1 - LIKELIHOOD_SHARE) * risk
    return Loss(total, loss.negative_log_likelihood, expected_cost=risk.detach())


def _likelihood(model: nn.Module, batch: Batch, settings: TrainingSettings, sampled: float) -> Loss:
    """The negative log-likelihood, smoothed, and what guided alignment and R-Drop add to it."""
    if sampled:
        batch = with_own_predictions(model, batch, sampled)
    passes, targets = 1, batch.target_output
    if settings.r_drop:
        passes, batch = 2, batch.twice()
    logits, guidance = logits_and_alignment_loss(model, batch, settings.guided_alignment)
    apart = divergence(logits, targets) if settings.r_drop else 0.0  # first: logits are overwritten
    loss = cross_entropy(logits, batch.target_output, settings.label_smoothing)
    total = (loss.total + guidance) / passes + settings.r_drop / 4 * apart
    return Loss(total, loss.negative_log_likelihood / passes)
