"""Beam search. A sentences still active, W beam width of a step, K beam size, V vocabulary.

At each step every hypothesis is extended by every token; of a sentence's extensions the best 2 K
are looked at, of which at least K do not end in EOS and go on. An extension by EOS that is among
the best K is finished. Finished hypotheses are ranked by

    score = log P(tokens, EOS) / length^length_penalty        (length with EOS)

and a sentence leaves the batch once it has K of them and no active one scores better as it stands.
Greedy search is beam size 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from nmt.search.scorer import Scorer, StateT
from nmt.text.vocabulary import BOS, EOS, PAD

Rule = Callable[[Tensor, Tensor], Tensor]  # prefixes (N, t), log_probs (N, V) -> log_probs (N, V)


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search."""

    beam_size: int = 5
    n_best: int = 1  # at most beam_size
    length_penalty: float = 0.8


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One translation of a sentence."""

    tokens: tuple[int, ...]  # without BOS and EOS
    log_prob: float  # natural logarithm, EOS included
    score: float  # log_prob normalized by length; the best is the highest


@dataclass(slots=True)
class _Sentence:
    """A sentence of the batch while it is searched."""

    number: int
    max_length: int  # tokens, without EOS
    finished: list[Hypothesis] = field(default_factory=list)

    def is_done(self, best_active: float, options: SearchOptions) -> bool:
        """Whether K are finished and an active score cannot enter among the best K."""
        if not best_active > float("-inf"):  # nothing is left, or nothing but NaN
            return True
        if len(self.finished) < options.beam_size:
            return False
        scores = sorted((h.score for h in self.finished), reverse=True)
        return best_active <= scores[options.beam_size - 1]


def beam_search(
    scorer: Scorer[StateT],
    state: StateT,
    max_lengths: Sequence[int],
    options: SearchOptions,
    rules: Sequence[Rule] = (),
) -> list[list[Hypothesis]]:
    """The `n_best` best hypotheses of each sentence, best first.

    Args:
        state: the scorer's state before the first token, one row a sentence.
        max_lengths: of each sentence, the most tokens of its translation; then EOS is forced.
        rules: each may change the log-probabilities of the next tokens, given the prefixes.
    """
    sentences = [_Sentence(number, length) for number, length in enumerate(max_lengths)]
    results: list[list[Hypothesis]] = [[] for _ in sentences]
    tokens = torch.full((len(sentences),), BOS)  # (A W,)
    prefixes = torch.zeros((len(sentences), 0), dtype=torch.long)  # (A W, t)
    totals = torch.zeros(len(sentences), 1)  # (A, W) log-probability of each prefix
    while sentences:
        log_probs, state = scorer.step(tokens, state)
        log_probs = _allowed(log_probs.cpu(), prefixes, sentences, rules)
        tops, beams, tokens = _best_extensions(totals, log_probs, options.beam_size)
        _collect_finished(sentences, tops, beams, tokens, prefixes, options)
        totals, beams, tokens = _best_active(tops, beams, tokens, options.beam_size)
        kept = _active_rows(sentences, totals, prefixes.shape[1] + 1, options)
        for row, sentence in enumerate(sentences):
            if row not in kept:
                ranked = sorted(sentence.finished, key=lambda h: -h.score)
                results[sentence.number] = ranked[: options.n_best]
        sentences = [sentences[row] for row in kept]
        index = beams[kept].flatten()  # (A K,) rows of the step before
        totals, tokens = totals[kept], tokens[kept].flatten()
        prefixes = torch.cat((prefixes[index], tokens[:, None]), dim=1)
        if sentences and not _is_identity(index, len(log_probs)):
            state = scorer.reorder(state, index)
    return results


def _allowed(
    log_probs: Tensor, prefixes: Tensor, sentences: Sequence[_Sentence], rules: Sequence[Rule]
) -> Tensor:
    """Log-probabilities (A W, V) after the rules: no PAD, no BOS, EOS alone at the length limit."""
    log_probs = log_probs.clone()
    log_probs[:, [PAD, BOS]] = float("-inf")
    width = len(log_probs) // len(sentences)
    for row, sentence in enumerate(sentences):
        if prefixes.shape[1] >= sentence.max_length:
            rows = log_probs[row * width : (row + 1) * width]
            end = rows[:, EOS].clone()
            rows[:] = float("-inf")
            rows[:, EOS] = end
    for rule in rules:
        log_probs = rule(prefixes, log_probs)
    return log_probs


def _best_extensions(
    totals: Tensor, log_probs: Tensor, beam_size: int
) -> tuple[Tensor, Tensor, Tensor]:
    """The best 2 K extensions of each sentence: log-probabilities, rows, tokens; all (A, 2 K)."""
    count, width = totals.shape
    vocabulary = log_probs.shape[1]
    extended = totals[:, :, None] + log_probs.view(count, width, vocabulary)  # (A, W, V)
    tops, flat = extended.flatten(1).topk(min(2 * beam_size, width * vocabulary), dim=1)
    first_rows = torch.arange(count)[:, None] * width
    return tops, first_rows + flat // vocabulary, flat % vocabulary


def _collect_finished(
    sentences: Sequence[_Sentence],
    tops: Tensor,
    beams: Tensor,
    tokens: Tensor,
    prefixes: Tensor,
    options: SearchOptions,
) -> None:
    """Give each sentence its hypotheses that end here, if they are among its best K extensions."""
    best = slice(0, options.beam_size)
    ends = (tokens[:, best] == EOS) & tops[:, best].isfinite()
    length = prefixes.shape[1] + 1
    for row, rank in ends.nonzero().tolist():
        log_prob = float(tops[row, rank])
        prefix = tuple(prefixes[beams[row, rank]].tolist())
        score = log_prob / length**options.length_penalty
        sentences[row].finished.append(Hypothesis(prefix, log_prob, score))


def _best_active(
    tops: Tensor, beams: Tensor, tokens: Tensor, beam_size: int
) -> tuple[Tensor, Tensor, Tensor]:
    """The best K extensions that go on, in order: log-probabilities, rows, tokens; all (A, K)."""
    tops = tops.masked_fill(tokens == EOS, float("-inf"))
    order = tops.argsort(dim=1, descending=True, stable=True)[:, :beam_size]
    return tops.gather(1, order), beams.gather(1, order), tokens.gather(1, order)


def _active_rows(
    sentences: Sequence[_Sentence], totals: Tensor, length: int, options: SearchOptions
) -> list[int]:
    """The rows of `sentences` that are not done; `totals` (A, K) are of prefixes of `length`."""
    best = (totals[:, 0] / length**options.length_penalty).tolist()
    return [row for row, s in enumerate(sentences) if not s.is_done(best[row], options)]


def _is_identity(index: Tensor, rows: int) -> bool:
    return len(index) == rows and torch.equal(index, torch.arange(rows))
