"""Slips are found where they are, and nowhere else."""

import random
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nmt.corpus.check.alignment import AlignmentModel, learn_alignment
from nmt.corpus.check.slips import Slip, find_slips
from nmt.corpus.readers.lines import read_lines
from nmt.corpus.sentence_pair import SentencePair

LINES, EXACT = 1500, 5
SIZES = st.integers(-10, 10).filter(bool)


def word(chooser: random.Random) -> str:
    """A random word."""
    return "".join(chooser.choices("abcdefghijklmnopqrstuvwxyz", k=chooser.randint(3, 8)))


def bilingual(count: int, seed: int = 1) -> tuple[list[str], list[str]]:
    """Sentences and word-for-word translations in another order, by a random dictionary."""
    chooser = random.Random(seed)
    dictionary = [(word(chooser), word(chooser)) for _ in range(600)]
    weights = [1 / (rank + 10) for rank in range(600)]
    source, target = [], []
    for _ in range(count):
        entries = chooser.choices(dictionary, weights, k=chooser.randint(3, 12))
        source.append(" ".join(entry[0] for entry in entries))
        chooser.shuffle(entries)
        kept = [entry[1] for entry in entries if chooser.random() < 0.85]
        target.append(" ".join([*kept, word(chooser)]))
    return source, target


SOURCE, TARGET = bilingual(LINES)


def pairs(source: list[str], target: list[str]) -> list[SentencePair]:
    """The pairs up to the end of the shorter side."""
    sides = zip(source, target, strict=False)
    return [SentencePair(left, right, n) for n, (left, right) in enumerate(sides, start=1)]


def moved(at: int, size: int) -> tuple[list[str], list[str]]:
    """The corpus with lines missing in the source (size > 0) or the target before index `at`."""
    source, target = list(SOURCE), list(TARGET)
    del (source if size > 0 else target)[at : at + abs(size)]
    return source, target


def search(source: list[str], target: list[str]) -> list[Slip]:
    """Learn from the corpus itself, and look."""
    corpus = pairs(source, target)
    model = learn_alignment([corpus])
    assert model is not None
    return list(find_slips(iter(corpus), model))


def near(line: int | None, expected: int, size: int) -> bool:
    """Whether a line is right; those without a partner may be taken to either side."""
    return line is not None and expected - EXACT <= line <= expected + abs(size) + EXACT


@pytest.fixture(scope="module")
def model() -> AlignmentModel:
    """Learnt from the corpus without slips."""
    found = learn_alignment([pairs(SOURCE, TARGET)])
    assert found is not None
    return found


def test_a_sound_corpus_has_no_slips(model: AlignmentModel) -> None:
    assert list(find_slips(pairs(SOURCE, TARGET), model)) == []
    assert list(find_slips([], model)) == []


@given(at=st.integers(0, LINES - 60), size=SIZES)
@example(at=6, size=-6)  # for a while, nothing stands at the offset of -32
@settings(max_examples=30, deadline=None)
def test_a_slip_is_found_at_its_line(model: AlignmentModel, at: int, size: int) -> None:
    (slip,) = find_slips(pairs(*moved(at, size)), model)
    assert (slip.offset, slip.last_line) == (size, None)
    assert near(slip.first_line, at + 1, size)
    assert slip.pairs == LINES - abs(size) - slip.first_line + 1


@given(at=st.integers(100, LINES - 200), length=st.integers(30, 60), size=SIZES)
@settings(max_examples=30, deadline=None)
def test_a_slip_that_is_undone_has_an_end(
    model: AlignmentModel, at: int, length: int, size: int
) -> None:
    source, target = moved(at, size)
    del (target if size > 0 else source)[at + length : at + length + abs(size)]
    (slip,) = find_slips(pairs(source, target), model)
    assert slip.offset == size
    assert near(slip.first_line, at + 1, size)
    assert near(slip.last_line, at + length - abs(size), 2 * size)


@given(at=st.integers(0, LINES - 200), length=st.integers(60, 100), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_lines_that_do_not_belong_together_are_found(
    model: AlignmentModel, at: int, length: int, seed: int
) -> None:
    target = list(TARGET)
    target[at : at + length] = bilingual(length, seed + 2)[1]
    (slip,) = find_slips(pairs(SOURCE, target), model)
    assert slip.offset is None
    assert abs(slip.first_line - at - 1) <= EXACT
    assert slip.last_line is not None
    assert abs(slip.last_line - at - length) <= EXACT


@pytest.mark.parametrize(("at", "size"), [(0, 1), (0, -7), (3, 10), (LINES // 2, -1)])
def test_it_learns_from_the_corpus_that_has_slipped(at: int, size: int) -> None:
    (slip,) = search(*moved(at, size))
    assert slip.offset == size
    assert near(slip.first_line, at + 1, size)


def test_several_slips_are_found_one_after_the_other() -> None:
    source, target = list(SOURCE), list(TARGET)
    del source[1200:1202], target[800:801], source[300:303]
    slips = search(source, target)
    assert [slip.offset for slip in slips] == [3, 2, 4]
    for slip, line in zip(slips, (301, 798, 1198), strict=True):
        assert abs(slip.first_line - line) <= EXACT
    assert [slip.last_line for slip in slips[:-1]] == [s.first_line - 1 for s in slips[1:]]


def test_swapped_sides_mirror_the_offset() -> None:
    source, target = moved(700, 3)
    (slip,) = search(source, target)
    (mirror,) = search(target, source)
    assert (slip.offset, mirror.offset) == (3, -3)
    assert abs(slip.first_line - mirror.first_line) <= EXACT


def test_blank_and_repeated_lines_are_no_slips() -> None:
    source, target = list(SOURCE), list(TARGET)
    for line in range(400, 450):
        source[line], target[line] = "", ""
        source[line + 300], target[line + 300] = source[900], target[900]
    assert search(source, target) == []


@pytest.mark.parametrize("at", [400, 1000])
def test_lines_out_of_reach_are_paired_by_no_offset(at: int) -> None:
    source, target = bilingual(3000, seed=2)
    del target[at : at + 60]
    (slip,) = search(source, target)
    assert (slip.offset, slip.last_line) == (None, None)
    assert abs(slip.first_line - at - 1) <= 20  # little is learnt of so few pairs


@pytest.fixture(scope="module")
def multi30k(corpora: Path) -> tuple[list[str], list[str]]:
    """The first lines of a real corpus."""
    german, english = (read_lines(corpora / "multi30k" / f"train.{side}") for side in ("de", "en"))
    return list(islice(german, 3000)), list(islice(english, 3000))


@pytest.mark.parametrize(("at", "size"), [(0, 1), (1234, 1), (2960, 2), (10, 9)])
def test_slips_in_real_text(multi30k: tuple[list[str], list[str]], at: int, size: int) -> None:
    source, target = (list(side) for side in multi30k)
    assert search(source, target) == []
    del target[at : at + size]
    (slip,) = search(source, target)
    assert slip.offset == -size
    assert near(slip.first_line, at + 1, size)


@pytest.mark.parametrize("rows", [30, 45])
def test_a_table_with_a_ratio_of_lengths_of_its_own_is_no_slip(corpora: Path, rows: int) -> None:
    chooser = random.Random(rows)
    names = "multi30k/val.de", "multi30k/val.en"
    source, target = (list(read_lines(corpora / name)) for name in names)
    for at in (900, 600, 300):
        source[at:at] = [f"{at + row}." for row in range(rows)]
        target[at:at] = ["".join(word(chooser) for _ in range(4)) for _ in range(rows)]
    assert search(source, target) == []


def test_numbers_and_their_names_in_a_real_dictionary_are_no_slip(corpora: Path) -> None:
    folder = corpora / "odd" / "bom-and-missing-final-newline"
    names = "dict_misc.quy-es.quy", "dict_misc.quy-es.es"
    assert search(*(list(read_lines(folder / name)) for name in names)) == []
