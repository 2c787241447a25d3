"""A tally counts each finding once, in the fault of its kind, reason and side."""

from nmt.corpus.check.fault import Finding
from nmt.corpus.check.tally import EXAMPLES, Tally
from nmt.corpus.sentence_pair import SentencePair

FILES = ("train.de", "train.en")
EMPTY = Finding("empty", "target", "target", "no text")
COPY = Finding("identical", "identical", "both", "both sides say so")
TAB = Finding("separator", "tab", "source", "contains a tab")


def pair(line: int) -> SentencePair:
    return SentencePair(f"Satz {line}", f"sentence {line}", line)


def test_a_fault_knows_its_file_its_first_line_and_how_often() -> None:
    tally = Tally(FILES, 1000)
    for line in (7, 9, 400):
        tally.add(pair(line), [EMPTY])
    (fault,) = tally.faults()
    assert (fault.kind, fault.file, fault.line, fault.count) == ("empty", "train.en", 7, 3)
    assert fault.severity == "warning"
    assert "3 of 1,000 pairs" in fault.message and "\n" not in fault.message
    assert [example.line for example in fault.examples] == [7, 9, 400]
    assert fault.examples[0].source == "Satz 7"


def test_a_finding_on_both_sides_is_placed_in_the_source() -> None:
    tally = Tally(FILES, 10)
    tally.add(pair(3), [COPY])
    assert tally.faults()[0].file == "train.de"
    tally = Tally(("memory.tmx",), 10)
    tally.add(pair(3), [COPY, EMPTY])
    assert {fault.file for fault in tally.faults()} == {"memory.tmx"}


def test_the_worst_and_most_frequent_come_first() -> None:
    tally = Tally(FILES, 10)
    for line in range(1, 6):
        tally.add(pair(line), [TAB] if line < 5 else [TAB, EMPTY, COPY])
    tally.add(pair(8), [COPY])
    assert [fault.kind for fault in tally.faults()] == ["identical", "empty", "separator"]


def test_the_examples_are_few_and_spread_over_the_corpus() -> None:
    tally = Tally(FILES, 1000)
    for line in range(1, 1001):
        tally.add(pair(line), [TAB])
    (fault,) = tally.faults()
    lines = [example.line for example in fault.examples]
    assert fault.count == 1000 and len(lines) <= EXAMPLES
    assert lines[0] == 1 and lines[-1] > 500


def test_a_clean_corpus_has_no_faults() -> None:
    tally = Tally(FILES, 10)
    tally.add(pair(1), [])
    assert tally.faults() == []
