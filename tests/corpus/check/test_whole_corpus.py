"""Faults of a whole corpus: slips in words, and the pairs that show them."""

from pathlib import Path

import pytest

from nmt.corpus.check.doctor import diagnosed, subject_of
from nmt.corpus.check.fault import Fault
from nmt.corpus.check.slips import Slip
from nmt.corpus.check.whole_corpus import EXAMPLES, WholeCorpus, misaligned, slip_message
from nmt.corpus.pairs import ParallelCorpus
from nmt.corpus.readers.selection import Selection
from tests.corpus.conftest import Sides, Write

MESSAGES = {
    Slip(701, None, -1, 300): ("from line 701 on (300 pairs)", "the source has a line too many"),
    Slip(5, 20, 1, 16): ("from line 5 to 20 (16 pairs)", "the target has a line too many"),
    Slip(1234, None, 3, 9000): ("stands 3 lines further down", "near line 1,234 the target has 3"),
    Slip(10, None, -7, 90): ("stands 7 lines further up", "the target 7 lines too few (add them)"),
    Slip(10, 99, None, 90): ("from line 10 to 99", "do not belong together", "than 32 lines too"),
}


@pytest.mark.parametrize("slip", MESSAGES, ids=str)
def test_a_slip_is_told_in_a_line_with_a_remedy(slip: Slip) -> None:
    text = slip_message(slip, "line")
    assert "\n" not in text
    for part in MESSAGES[slip]:
        assert part in text


def test_a_slip_within_one_file_is_told_in_pairs() -> None:
    text = slip_message(Slip(1001, None, -1, 999), "pair")
    assert text.startswith("from pair 1,001 on (999 pairs), the translation of each sentence ")
    assert "near pair 1,001 the source has a sentence too many (delete it)" in text
    assert "line" not in text
    assert "than 32 pairs too" in slip_message(Slip(1001, None, None, 999), "pair")


def test_the_pairs_of_slips_are_found_in_any_chunk() -> None:
    slips = [Slip(3, 5, 1, 3), Slip(9, None, None, 2)]
    whole = misaligned(slips, 0, 10)
    assert {row: finding.reason for row, finding in whole.items()} == {
        2: "shifted", 3: "shifted", 4: "shifted", 8: "shuffled", 9: "shuffled"
    }  # fmt: skip
    for size in (1, 3, 4):
        chunks = [
            (start, misaligned(slips, start, min(size, 10 - start))) for start in range(0, 10, size)
        ]
        assert {start + row: f for start, found in chunks for row, f in found.items()} == whole


def faults(
    write_sides: Write, sides: Sides, languages: tuple[str | None, str | None] = (None, None)
) -> list[Fault]:
    """The faults, with the examples that were seen in chunks of 100."""
    subject = subject_of(ParallelCorpus(write_sides(sides), Selection(*languages)), "training")
    with diagnosed([subject], log=lambda line: None) as (diagnosis,):
        whole = WholeCorpus(diagnosis)
        pairs = list(diagnosis.pairs())
        for start in range(0, len(pairs), 100):
            whole.look(pairs[start : start + 100], start)
        return list(whole.faults())


def test_a_slip_shows_the_pairs_where_it_begins(clean_sides: Sides, write_sides: Write) -> None:
    sides = (list(clean_sides[0][:1000]), list(clean_sides[1][:1000]))
    del sides[1][499]
    (fault,) = faults(write_sides, sides)
    assert (fault.kind, fault.reason, fault.severity) == ("misalignment", "shifted", "error")
    assert fault.file.endswith("train.yy")
    first = fault.examples[0].line
    assert fault.line == first and abs(first - 500) <= 5
    assert [example.line for example in fault.examples] == list(range(first, first + EXAMPLES))
    assert [e.target for e in fault.examples] == sides[1][first - 1 : first - 1 + EXAMPLES]


def test_a_slip_in_one_file_names_its_line_there(clean_sides: Sides, tmp_path: Path) -> None:
    source, target = clean_sides[0][:1000], list(clean_sides[1][:1000])
    del target[499]
    path = tmp_path / "t.tsv"
    rows = (f"{a}\t{b}\n" for a, b in zip(source, target, strict=False))
    path.write_text("source\ttarget\n" + "".join(rows), encoding="utf-8")
    subject = subject_of(ParallelCorpus((path,)), "training")
    with diagnosed([subject], log=lambda line: None) as (diagnosis,):
        whole = WholeCorpus(diagnosis)
        whole.look(list(diagnosis.pairs()), 0)
        (fault,) = whole.faults()
    first = diagnosis.slips[0].first_line
    assert fault.message.startswith(f"from pair {first} on")
    assert fault.line == first + 1  # below a heading


def test_a_clean_corpus_has_none(clean_sides: Sides, write_sides: Write) -> None:
    assert faults(write_sides, (clean_sides[0][:300], clean_sides[1][:300])) == []
    assert faults(write_sides, ([], [])) == []


def test_sentences_with_many_translations_are_shown(clean_sides: Sides, write_sides: Write) -> None:
    source, target = list(clean_sides[0][:200]), clean_sides[1][:200]
    for row in (50, 120, 150):
        source[row] = source[7]
    (fault,) = faults(write_sides, (source, target))
    assert (fault.kind, fault.reason, fault.severity) == ("one_to_many", "source", "note")
    assert fault.count == 4
    assert [example.line for example in fault.examples] == [8, 51, 121, 151]
    assert fault.line == 8


def test_languages_that_contradict_what_was_said_are_errors(write_sides: Write) -> None:
    english = [f"The woman who bought house {n} has a garden with old trees." for n in range(40)]
    german = [f"Die Frau, die Haus {n} kaufte, hat einen Garten mit Bäumen." for n in range(40)]
    (swapped,) = faults(write_sides, (english, german), ("de", "en"))
    assert (swapped.kind, swapped.reason, swapped.severity) == (
        "swapped_sides", "whole_corpus", "error",
    )  # fmt: skip
    (other,) = faults(write_sides, (german, english), ("de", "fr"))
    assert (other.kind, other.reason) == ("wrong_language", "declared_otherwise")
    assert other.file.endswith("train.yy") and "fr" in other.message and other.count == 40
    assert faults(write_sides, (german, english), ("de", "en")) == []
