"""Pairs kept on disk come back as they were, as often as wanted, and in constant memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.readers.text import SideCounts
from nmt.corpus.sentence_pair import SentencePair, aligned_pair, alignment_of
from nmt.corpus.spool import spool
from nmt.corpus.workers import CHUNK
from nmt.errors import DataError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PAIRS = st.lists(st.builds(SentencePair, TEXT, TEXT, st.integers(1, 2**40)), max_size=20)


@given(pairs=PAIRS)
def test_pairs_come_back_as_they_were(
    pairs: list[SentencePair], tmp_path_factory: pytest.TempPathFactory
) -> None:
    corpus = spool(pairs, tmp_path_factory.mktemp("spool") / "0.arrow", "train.de")
    assert list(corpus) == list(corpus) == pairs
    assert all(isinstance(pair, SentencePair) for pair in corpus)
    assert (corpus.name, corpus.files) == ("train.de", ())


def test_alignments_come_back_with_their_pairs(tmp_path: Path) -> None:
    pairs = [aligned_pair(SentencePair("a b", "c", n), f"{n % 2}-0" * (n % 3)) for n in range(9)]
    corpus = spool(pairs, tmp_path / "0.arrow", "train.de", aligned=True)
    assert list(corpus) == pairs
    assert [alignment_of(pair) for pair in corpus] == [alignment_of(pair) for pair in pairs]


@pytest.mark.parametrize("count", [0, CHUNK - 1, CHUNK, CHUNK + 1])
def test_chunks_end_anywhere(count: int, tmp_path: Path) -> None:
    pairs = (SentencePair(str(n), str(-n), n) for n in range(count))
    corpus = spool(pairs, tmp_path / "0.arrow", "numbers")
    counts = SideCounts()
    assert [pair.line for pair in corpus.read_unequal(counts)] == list(range(count))
    assert counts.source == counts.target == count


def test_damage_behind_some_pairs_is_passed_on(tmp_path: Path) -> None:
    def pairs() -> Iterator[SentencePair]:
        yield SentencePair("a", "b", 1)
        raise DataError("a.de, line 2: is cut off")

    with pytest.raises(DataError, match="line 2"):
        spool(pairs(), tmp_path / "0.arrow", "a.de")
