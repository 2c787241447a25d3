"""Links between tokens: what an encoded corpus keeps of word alignments, and what a loss needs.

A link of two words joins each token of the one to each token of the other. Four numbers are kept of
it, however many tokens these are: the first source token and the one behind the last, and the same
of the target. B sentences, S source length, T target length.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from nmt.corpus.alignments import parse_links
from nmt.text.words import Span


def token_links(alignment: str, source: Sequence[Span], target: Sequence[Span]) -> list[int]:
    """The links of one pair, four numbers each; words without tokens have none.

    Args:
        alignment: in Pharaoh format.
        source, target: the tokens of each word.
    """
    words = dict.fromkeys((source[i], target[j]) for i, j in parse_links(alignment))
    return [n for s, t in words if s[0] < s[1] and t[0] < t[1] for n in (*s, *t)]


def attention_of_links(links: Sequence[np.ndarray], shape: tuple[int, int, int]) -> Tensor:
    """The attention that links ask for (B, T, S): each token of a target evenly to all its own.

    Args:
        links: of each of the B sentences, as `token_links` gives them.
        shape: B, T and S. A target token without links has zeros.
    """
    attention = np.zeros(shape, dtype=np.float32)
    for sentence, numbers in zip(attention, links, strict=True):
        for s0, s1, t0, t1 in numbers.reshape(-1, 4).tolist():
            sentence[t0:t1, s0:s1] = 1
    attention /= np.maximum(1, attention.sum(axis=2, keepdims=True))
    return torch.from_numpy(attention)
