"""Pairs are found in a sample whose sides have slipped."""

import random

import numpy as np
import pytest

from nmt.corpus.check.aligned_sample import AlignedSample
from nmt.corpus.sentence_pair import SentencePair

WORDS = [f"{a}{b}{c}" for a in "bdfgkl" for b in "aeiou" for c in "mnrst"]


@pytest.mark.parametrize("offset", [0, 1, -9, 30])
def test_each_piece_finds_its_offset(offset: int) -> None:
    chooser = random.Random(1)
    lines = [" ".join(chooser.choices(WORDS, k=chooser.randint(2, 10))) for _ in range(1100)]
    count = len(lines) - abs(offset)
    source = lines[max(0, offset) :][:count]
    target = [line[::-1] for line in lines[max(0, -offset) :][:count]]
    pairs = [
        SentencePair(left, right, n)
        for n, (left, right) in enumerate(zip(source, target, strict=True), start=1)
    ]
    sample = AlignedSample([pairs[:500], pairs[500:]])
    found = sample.align()
    assert found.true > 1 > found.false
    left, right = sample.pairs(sample.pieces)
    assert set(np.unique(right - left)) == {offset}
    assert len(left) > 0.8 * len(pairs)
