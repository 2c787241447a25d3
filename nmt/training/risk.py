"""Minimum risk training (Shen et al. 2016; Edunov et al. 2018): the expected cost of translations.

For a source x with reference y, and its candidates u, of which each has a cost c(u, y):

    Q(u) = P(u | x)^a / sum_u' P(u' | x)^a        R = sum_u Q(u) c(u, y)        (Shen, eq. 8 to 10)

The candidates are found as Edunov et al. do: the n-best list of a beam search without dropout, and
the reference is none of them. (Shen et al. sample them, and add the reference.) A list has no
translation twice. With a = 1, Q is what the model itself gives the candidates of a list; Shen et
al. flatten it by an a of 5e-3, Edunov et al. by the length of a candidate, which `a` here does not
do. P is that of the model without dropout: the masks of single rows would change the probabilities
of the same translation more than candidates differ. Each sentence counts as often as it has tokens,
as in BLEU of a whole corpus, so that the sums over the parts of a batch add up to those of the
batch.

B sentences, K candidates of each, N candidates in all, T target length, V vocabulary.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from nmt.corpus.batches import Batch, collate
from nmt.engine.decoding import decode
from nmt.layers.dropout import without_dropout
from nmt.model.seq2seq import Seq2Seq
from nmt.search.beam import SearchOptions
from nmt.text.vocabulary import PAD
from nmt.training.sentence_cost import Cost

CANDIDATES = 8  # K
SHARPNESS = 1.0  # a
LONGEST = 1.5  # tokens of a candidate for each of its source, plus LENGTH_MARGIN of decoding

Translations = list[tuple[int, ...]]  # token ids without EOS


def find_candidates(
    model: Seq2Seq, batch: Batch, notify: Callable[[str], None] = lambda message: None
) -> list[Translations]:
    """The K best translations of each source, or fewer; the model is left in the mode it was in.

    When memory runs out, the batch is halved, and `notify` is told.
    """
    options = SearchOptions(beam_size=CANDIDATES, n_best=CANDIDATES)
    sources, training = [(source,) for source in _sources(batch)], model.training
    model.eval()
    try:
        found = decode(
            [model], sources, options,
            max_length_ratio=LONGEST, batch_size=len(batch), notify=notify,
        )  # fmt: skip
    finally:
        model.train(training)
    return [[h.tokens for h in hypotheses] or [()] for hypotheses in found]


def expected_cost(
    model: Seq2Seq, batch: Batch, candidates: Sequence[Translations], cost: Cost
) -> Tensor:
    """The sum of R over the sentences of a batch, each times its target tokens: ()."""
    owners = [row for row, found in enumerate(candidates) for _ in found]  # (N,)
    ranks = [rank for found in candidates for rank in range(len(found))]
    translations = [translation for found in candidates for translation in found]
    references, device = _references(batch), batch.source.device
    targets = collate([[] for _ in owners], translations).to(device)
    with without_dropout(model):
        state = model.start(model.encode(batch.source, batch.source_lengths))
        rows = state.reorder(torch.tensor(owners, device=device))
        logits, _, _ = model.decode(targets.target_input, rows)  # (N, T, V)
    log_p = _log_probs(logits, targets.target_output)  # (N,)
    shape = (len(candidates), max(ranks) + 1)
    scores = log_p.new_full(shape, float("-inf")).index_put(_index(owners, ranks, device), log_p)
    costs = torch.zeros(shape, device=device)
    costs[owners, ranks] = torch.tensor(
        cost(translations, [references[row] for row in owners]), device=device
    )
    q = F.softmax(SHARPNESS * scores, dim=1)  # (B, K)
    tokens = (batch.target_output != PAD).sum(dim=1)
    return ((q * costs).sum(dim=1) * tokens).sum()


def _index(owners: list[int], ranks: list[int], device: torch.device) -> tuple[Tensor, Tensor]:
    return torch.tensor(owners, device=device), torch.tensor(ranks, device=device)


def _log_probs(logits: Tensor, targets: Tensor) -> Tensor:
    """log P of each row: logits (N, T, V), targets (N, T) ending in EOS -> (N,)."""
    losses = F.cross_entropy(
        logits.flatten(0, 1).float(), targets.flatten(), ignore_index=PAD, reduction="none"
    )
    return -losses.view(targets.shape).sum(dim=1)


def _sources(batch: Batch) -> list[list[int]]:
    """The source tokens of each sentence, without EOS."""
    lengths = batch.source_lengths.tolist()
    return [row[: n - 1] for row, n in zip(batch.source.tolist(), lengths, strict=True)]


def _references(batch: Batch) -> list[list[int]]:
    """The target tokens of each sentence, without EOS."""
    lengths = (batch.target_output != PAD).sum(dim=1).tolist()
    return [row[: n - 1] for row, n in zip(batch.target_output.tolist(), lengths, strict=True)]
