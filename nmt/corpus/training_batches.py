"""The batches of a training run: epoch, part and number name each of them, and nothing else does.

So a run that was interrupted finds its place by three numbers, wherever and however often.
"""

from dataclasses import dataclass, replace

import numpy as np

from nmt.config import Config
from nmt.corpus.batches import Batch, BatchPlan, collate, make_batch, plan_batches
from nmt.corpus.encoded import EncodedCorpus
from nmt.corpus.mixture import EpochRows, mix
from nmt.corpus.preparation import keeps_text
from nmt.corpus.prepare import PreparedCorpus
from nmt.corpus.rewriting import EACH, EpochRewriter, case_growth, each_growth
from nmt.errors import ConfigError
from nmt.text.augmentation import Augmenter
from nmt.text.subword_sampling import SubwordSampler


@dataclass(frozen=True, slots=True)
class TrainingBatches:
    """Plans and makes batches."""

    corpus: EncodedCorpus
    epoch_rows: EpochRows
    batch_tokens: int  # about as many, where a rewriter changes the pairs
    seed: int
    rewriter: EpochRewriter | None = None

    @property
    def parts(self) -> int:
        """The number of parts of an epoch."""
        return self.epoch_rows.parts

    def plan(self, epoch: int, part: int) -> BatchPlan:
        """The batches of one part of an epoch, as rows of the corpus numbered by `EpochRows`."""
        numbers = self.epoch_rows.rows(seed=self.seed, epoch=epoch, part=part)
        rows = numbers % max(1, len(self.corpus))
        lengths = (self.corpus.source.lengths(rows), self.corpus.target.lengths(rows))
        if self.rewriter is not None:
            lengths = self.rewriter.lengths(lengths, numbers, epoch)
        plan = plan_batches(lengths, self.batch_tokens, seed=self.seed, epoch=epoch, part=part)
        return BatchPlan(tuple(numbers[batch] for batch in plan.batches), plan.real_tokens)

    def make(self, numbers: np.ndarray, epoch: int) -> Batch:
        """The tensors of some rows as this epoch sees them."""
        if self.rewriter is None:
            return make_batch(self.corpus, numbers % len(self.corpus))
        return collate(*self.rewriter(numbers, epoch))


def training_batches(config: Config, prepared: PreparedCorpus) -> TrainingBatches:
    """The batches of a run over a prepared corpus, mixed and changed as the settings say.

    Raises:
        ConfigError: the settings of sampling or augmentation do not go together.
    """
    corpora = prepared.report.corpora
    pairs = [corpus.kept for corpus in corpora]
    shares = mix(
        [corpus.name for corpus in corpora],
        pairs,
        [entry.weight for entry in config.data.train],
        config.data.temperature,
    )
    if sum(share.pairs * share.copies for share in shares) < 1:
        raise ConfigError("data.train: the weights leave no pair in an epoch; raise them")
    rewriter = _rewriter(config, prepared, pairs) if keeps_text(config) else None
    settings = config.training
    return TrainingBatches(
        prepared.train, EpochRows(shares), settings.batch_tokens, settings.seed, rewriter
    )


def _rewriter(config: Config, prepared: PreparedCorpus, pairs: list[int]) -> EpochRewriter:
    """What changes pairs from epoch to epoch; source and target draw from seeds of their own."""
    tokenizers, seed, rate = prepared.tokenizers, config.training.seed, config.tokenizer.sampling
    rates = {str(kind): rate for kind, rate in config.data.augment.items()}
    tags = tuple(entry.tag for entry in config.data.train)
    symbols = [*config.tokenizer.symbols, *config.data.tags]
    samplers = None
    if rate:
        source = SubwordSampler(tokenizers.source, rate, 2 * seed)
        samplers = (source, SubwordSampler(tokenizers.target, rate, 2 * seed + 1))
    rewriter = EpochRewriter(
        prepared.train,
        tokenizers,
        Augmenter(rates, seed, prepared.word_pairs(), symbols),
        samplers,
        tags,
        np.cumsum([0, *pairs[:-1]]),
        config.data.max_length,
        case_growth(prepared.train, tokenizers, rates),
    )
    if samplers is None and not rates.get("typos"):
        return rewriter
    return replace(rewriter, growth={**rewriter.growth, EACH: each_growth(rewriter)})
