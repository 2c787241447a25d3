"""Source token ids to hypotheses, in batches, by one model or an ensemble."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from nmt.engine.memory import is_out_of_memory
from nmt.engine.scorer import ModelScorer
from nmt.errors import NmtError
from nmt.model.seq2seq import Seq2Seq
from nmt.search.beam import Hypothesis, SearchOptions, beam_search
from nmt.search.scorer import EnsembleScorer
from nmt.text.vocabulary import BOS

FULL_BATCH_LENGTH = 64  # source tokens; of longer sentences a batch holds fewer
LENGTH_MARGIN = 10  # tokens that a translation may have on top of max_length_ratio

Sources = tuple[list[int], ...]  # one sentence: its token ids for each model of an ensemble


def decode(
    models: Sequence[Seq2Seq],
    sentences: Sequence[Sources],
    options: SearchOptions,
    *,
    max_length_ratio: float,
    batch_size: int,
    notify: Callable[[str], None] = lambda message: None,
) -> list[list[Hypothesis]]:
    """The n best hypotheses of each sentence.

    Sentences of similar length are searched together, `batch_size` at a time, long ones fewer, so
    that memory stays bounded; when it runs out, half as many, and `notify` is told.

    Raises:
        NmtError: memory runs out on a single sentence.
    """
    found: list[list[Hypothesis]] = [[] for _ in sentences]
    for rows in _batches([len(sources[0]) for sources in sentences], batch_size):
        batch = [sentences[row] for row in rows]
        results = _decode_batch(models, batch, options, max_length_ratio, notify)
        for row, hypotheses in zip(rows, results, strict=True):
            found[row] = hypotheses
    return found


def _batches(lengths: Sequence[int], batch_size: int) -> Iterator[list[int]]:
    """Rows in batches, the longest first: at most `batch_size` of them, or of their tokens."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    start = 0
    while start < len(order):
        fitting = batch_size * FULL_BATCH_LENGTH // max(1, lengths[order[start]])
        end = start + max(1, min(batch_size, fitting))
        yield order[start:end]
        start = end


def _decode_batch(
    models: Sequence[Seq2Seq],
    sentences: Sequence[Sources],
    options: SearchOptions,
    max_length_ratio: float,
    notify: Callable[[str], None],
) -> list[list[Hypothesis]]:
    found = _try_to_decode(models, sentences, options, max_length_ratio)
    if found is not None:
        return found
    if len(sentences) == 1:
        size = len(sentences[0][0])
        raise NmtError(f"out of memory on one sentence of {size:,} tokens; try a smaller beam size")
    notify(f"out of memory on a batch of {len(sentences)} sentences: going on with its halves")
    half = len(sentences) // 2
    return [
        hypotheses
        for part in (sentences[:half], sentences[half:])
        for hypotheses in _decode_batch(models, part, options, max_length_ratio, notify)
    ]


def _try_to_decode(
    models: Sequence[Seq2Seq],
    sentences: Sequence[Sources],
    options: SearchOptions,
    max_length_ratio: float,
) -> list[list[Hypothesis]] | None:
    """The hypotheses of a batch; None when memory runs out, and then nothing of it is kept."""
    limits = [int(max_length_ratio * len(sources[0])) + LENGTH_MARGIN for sources in sentences]
    scorers = [ModelScorer(model) for model in models]
    try:
        states = tuple(
            scorer.start([sources[number] for sources in sentences])
            for number, scorer in enumerate(scorers)
        )
        if len(scorers) == 1:
            return beam_search(scorers[0], states[0], limits, options)
        return beam_search(EnsembleScorer(scorers), states, limits, options)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return None


@torch.inference_mode()
def attention(
    models: Sequence[Seq2Seq], sources: Sources, target: Sequence[int]
) -> np.ndarray | None:
    """The attention weights of a given translation: (target + EOS, source + EOS).

    The mean of the models; None where their tokenizers cut the source differently.
    """
    sizes = {len(ids) for ids in sources}
    if len(sizes) > 1:
        return None
    size = sizes.pop() + 1
    total = np.zeros((len(target) + 1, size), dtype=np.float32)
    for model, ids in zip(models, sources, strict=True):
        scorer = ModelScorer(model)
        tokens = torch.tensor([[BOS, *target]], device=scorer.device)
        _, weights, _ = model.decode(tokens, scorer.start([ids]))
        rows = weights[0, :, :size].float()
        rows = rows / rows.sum(dim=1, keepdim=True)  # in bfloat16 they do not add up to 1
        total += rows.cpu().numpy() / len(models)
    return total
