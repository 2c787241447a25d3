"""Minimum Bayes risk: of the translations found, the one most like what the model believes in.

Kumar and Byrne 2004. Of the n best translations y of a source x, which a beam search found:

    choose  argmax_h  sum_y Q(y) u(h, y)        Q(y) = exp(a s(y)) / sum_y' exp(a s(y'))

u(h, y) is the sentence-level BLEU or chrF of h when y is the reference, s the score of the search.
A translation that is right in what all of them share wins over one that is probable as a whole, but
odd. With log P in place of a s, as Kumar and Byrne have it, short translations would be believed
more than a search believes them that normalizes by length; for a sentence of ten tokens a s is
about twice log P.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from nmt.evaluation.utility import Utility
from nmt.translator import Alternative, Translation

SHARPNESS = 12.0  # a; less gives more chrF, and mostly less BLEU (benchmarks/RESULTS.md)


def minimum_bayes_risk(translations: Iterable[Translation], utility: Utility) -> list[Translation]:
    """The translations with their n best in the order of their expected utility.

    Args:
        translations: with several alternatives each, such as all that a beam holds; the more, the
            better they stand for what the model believes.
        utility: `nmt.evaluation.utility.utility_of("bleu")` or of "chrf".

    Returns:
        Scores are the expected utility, 0 to 100. Pieces and attention, which are of the most
        probable translation, are left out.
    """
    return [_most_useful(translation, utility) for translation in translations]


def _most_useful(translation: Translation, utility: Utility) -> Translation:
    found = translation.alternatives
    scores = np.array([alternative.score for alternative in found])
    q = np.exp(SHARPNESS * (scores - scores.max()))
    expected = utility([alternative.text for alternative in found]) @ (q / q.sum())  # (K,)
    order = np.argsort(-expected, kind="stable")  # of equals the one that was first
    ranked = tuple(Alternative(found[rank].text, float(expected[rank])) for rank in order)
    best = replace(translation, text=ranked[0].text, score=ranked[0].score, alternatives=ranked)
    return replace(best, source_pieces=(), target_pieces=(), attention=None)
