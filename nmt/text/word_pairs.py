"""A small dictionary from a parallel corpus, for training on single words.

Two words belong together if the same pairs of sentences have them. With n(s), n(t) and n(s, t) the
numbers of pairs whose source has s, whose target has t, and that have both,

    Dice(s, t) = 2 n(s, t) / (n(s) + n(t))

A pair is taken if it alone is the best for both words, if Dice is high, and if no other word comes
along with either of them (as "living" and "room" both do with "Wohnzimmer"): few pairs, nearly all
right.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nmt.text.letters import UNSPACED, word_pattern

# words of scripts that put spaces between words
PART = word_pattern(without=UNSPACED)
WORD = re.compile(rf"{PART}(?:['’-]{PART})*")
LONGEST = 60  # words; a longer sentence tells little of which word belongs to which
FEWEST = 5  # pairs of sentences that have both words
LOWEST_DICE = 0.5
COMPANION_SHARE, COMPANION_LIFT = 0.5, 5  # in half of a word's pairs, 5 times as often as elsewhere

Integers = NDArray[np.int64]


def learn_word_pairs(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Words that translate each other, the surest first; none for scripts without spaces.

    Args:
        pairs: sentences; 50,000 are plenty, and take about 5 seconds.
    """
    found = [(WORD.findall(source), WORD.findall(target)) for source, target in pairs]
    kept = [both for both in found if max(map(len, both)) <= LONGEST]
    source, target = (_Side([both[side] for both in kept]) for side in (0, 1))
    if not source.words or not target.words:
        return []
    rows = zip(source.sentences, target.sentences, strict=True)
    cells = [(s[:, None] * len(target.words) + t).ravel() for s, t in rows]
    cell, together = np.unique(np.concatenate(cells), return_counts=True)
    s, t = np.divmod(cell, len(target.words))  # the words of each cell that is not 0
    dice = 2 * together / (source.counts[s] + target.counts[t])
    chosen = (together >= FEWEST) & (dice >= LOWEST_DICE)
    lift = together * len(kept) / (source.counts[s] * target.counts[t])
    for words, counts in ((s, source.counts), (t, target.counts)):
        highest = np.zeros(len(counts))
        np.maximum.at(highest, words, dice)
        often = (together >= COMPANION_SHARE * counts[words]) & (lift >= COMPANION_LIFT)
        companions = np.bincount(words[often], minlength=len(counts))
        best = dice == highest[words]
        ties = np.bincount(words[best], minlength=len(counts))
        chosen &= best & (ties[words] == 1) & (companions[words] <= 1)
    order = np.flatnonzero(chosen)[np.argsort(-dice[chosen], kind="stable")]
    return [(source.written(s[i]), target.written(t[i])) for i in order]


class _Side:
    """The words of one side that are frequent enough, by numbers, and the sentences they are in."""

    def __init__(self, sentences: list[list[str]]) -> None:
        folded = [sorted({word.lower() for word in sentence}) for sentence in sentences]
        counts = Counter(word for words in folded for word in words)
        self.words = [word for word, count in counts.items() if count >= FEWEST]
        self.counts: Integers = np.array([counts[word] for word in self.words], dtype=np.int64)
        numbers = {word: number for number, word in enumerate(self.words)}
        self.sentences: list[Integers] = [
            np.array([numbers[word] for word in words if word in numbers], dtype=np.int64)
            for words in folded
        ]
        self._forms: dict[str, Counter[str]] = {}
        for sentence in sentences:
            for word in sentence[1:]:  # the first has its capital from being the first
                self._forms.setdefault(word.lower(), Counter())[word] += 1

    def written(self, number: int) -> str:
        """The usual form of a word, with its capitals."""
        word = self.words[number]
        return self._forms[word].most_common(1)[0][0] if word in self._forms else word
