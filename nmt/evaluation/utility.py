"""What translations are worth to one another: sentence-level BLEU or chrF of each with each.

As sacreBLEU computes them for a hypothesis and its reference, for all K x K pairs of K texts at
once; the n-grams of each text are counted once.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from sacrebleu.metrics.bleu import BLEU

Utility = Callable[[Sequence[str]], np.ndarray]  # K texts -> (K hypotheses, K references), 0 to 100

BLEU_ORDER, CHRF_ORDER = 4, 6  # the longest n-grams, of words and of characters
BETA = 2  # chrF: how much more recall weighs than precision


def utility_of(metric: str, words: str = BLEU.TOKENIZER_DEFAULT) -> Utility:
    """The utility that "bleu" or "chrf" names; `words` is the sacreBLEU tokenizer for BLEU."""
    tokenize = BLEU(tokenize=words).tokenizer
    utilities: dict[str, Utility] = {
        "bleu": lambda texts: pairwise_bleu([tokenize(text).split() for text in texts]),
        "chrf": lambda texts: pairwise_chrf(["".join(text.split()) for text in texts]),
    }
    return utilities[metric]


def pairwise_bleu(hypotheses: Sequence[Sequence[str]]) -> np.ndarray:
    """BLEU of each of K texts, in words, with each as reference (K, K).

    Smoothed as in Lin and Och (2004): 1 is added to the counts of all n-grams of n > 1.
    """
    logs = np.zeros((len(hypotheses), len(hypotheses)))
    lengths = np.array([len(words) for words in hypotheses], dtype=float)
    with np.errstate(divide="ignore"):  # no common word: -inf, which is a BLEU of 0
        for order, (common, counts) in enumerate(_common_ngrams(hypotheses, BLEU_ORDER)):
            added = min(order, 1)
            precision = (common + added) / np.maximum(counts + added, 1)[:, None]
            logs += np.log(precision) / BLEU_ORDER
    brevity = 1 - lengths[None, :] / np.maximum(lengths, 1)[:, None]
    return np.asarray(100 * np.exp(logs + np.minimum(0, brevity)))


def pairwise_chrf(hypotheses: Sequence[str]) -> np.ndarray:
    """chrF of each of K texts, without white space, with each as reference (K, K).

    Popovic (2015): the F-score of the mean precision and the mean recall of character n-grams, over
    the n of which both texts have some.
    """
    shape = (len(hypotheses), len(hypotheses))
    precision, recall, orders = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for common, counts in _common_ngrams(hypotheses, CHRF_ORDER):
        own = np.maximum(counts, 1)
        precision += common / own[:, None]
        recall += common / own[None, :]
        orders += (counts[:, None] > 0) & (counts[None, :] > 0)
    precision, recall = precision / np.maximum(orders, 1), recall / np.maximum(orders, 1)
    weighted = BETA**2 * precision + recall
    return 100 * (1 + BETA**2) * precision * recall / np.where(weighted > 0, weighted, 1)


def _common_ngrams(
    texts: Sequence[Sequence[str]], longest: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For n = 1 to `longest`: the n-grams that two texts share (K, K), and those of each (K,)."""
    for n in range(1, longest + 1):
        bags = [Counter(tuple(text[i : i + n]) for i in range(len(text) - n + 1)) for text in texts]
        column = {ngram: number for number, ngram in enumerate(set[object]().union(*bags))}
        counts = np.zeros((len(texts), len(column)))
        for row, bag in enumerate(bags):
            counts[row, [column[ngram] for ngram in bag]] = list(bag.values())
        common = np.stack([np.minimum(row, counts).sum(axis=1) for row in counts])
        yield common, counts.sum(axis=1)
