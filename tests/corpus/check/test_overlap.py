"""Overlap with held-out sets: found on either side, located, and counted."""

import dataclasses
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.check.fault import Finding
from nmt.corpus.check.overlap import (
    OverlapIndex,
    affected_lines,
    find_matches,
    finding,
    learn_overlap,
)
from nmt.corpus.check.sentence_keys import skeleton
from nmt.corpus.sentence_pair import SentencePair

HUND = "Ein Hund läuft über die Wiese."
DOG = "A dog runs over the meadow."
TEST = [
    SentencePair("Nein.", "No.", 1),
    SentencePair(HUND, DOG, 2),
    SentencePair("Drei Männer kochen zusammen.", "Three men cook together.", 5),
]
INDEX = learn_overlap(
    {"valid.de": [SentencePair("Gute Nacht!", "Good night!", 1)], "test.de": TEST}
)


def find_overlap(pair: SentencePair, index: OverlapIndex) -> list[Finding]:
    return [finding(match) for match in find_matches(pair, index)]


def found(source: str, target: str) -> list[tuple[str, str, str]]:
    findings = find_overlap(SentencePair(source, target, 9), INDEX)
    assert all(each.kind == "overlap" for each in findings)
    return [each[1:] for each in findings]


def test_a_pair_of_a_held_out_set_is_found_on_both_sides() -> None:
    assert found(HUND, DOG) == [("pair", "both", "this pair is also in line 2 of test.de")]


def test_a_pair_is_found_in_other_case_and_punctuation() -> None:
    detail = "this pair is also in line 2 of test.de, but for case, spaces or punctuation"
    assert found(HUND.upper(), "a dog runs over the meadow !") == [("pair", "both", detail)]


def test_one_side_alone_is_told_apart() -> None:
    assert found(HUND, "Look at that.") == [
        ("source", "source", "the source is also in line 2 of test.de")
    ]
    assert found("Sieh mal einer an.", TEST[2].target) == [
        ("target", "target", "the target is also in line 5 of test.de")
    ]


def test_sides_of_different_lines_are_two_findings() -> None:
    assert [finding[:2] for finding in found(HUND, TEST[2].target)] == [
        ("source", "source"),
        ("target", "target"),
    ]


def test_very_short_sentences_are_set_apart() -> None:
    assert [finding[:2] for finding in found("Nein!", "No.")] == [("short", "both")]
    assert [finding[:2] for finding in found("Gute Nacht!", "Sleep well.")] == [("short", "source")]


def test_what_is_not_held_out_is_clean_and_so_is_an_empty_side() -> None:
    assert found("Das ist neu.", "This is new.") == found("", "") == []
    blank = learn_overlap({"test.de": [SentencePair("", " ", 1)]})
    assert find_overlap(SentencePair("", " ", 1), blank) == []


def test_affected_lines_count_each_held_out_line_once() -> None:
    index = learn_overlap({"test.de": [*TEST, TEST[1]], "valid.de": [TEST[1]]})
    training = [SentencePair(HUND, DOG, 1)] * 3 + [SentencePair("Neu!", TEST[2].target, 4)]
    places = [match.place for pair in training for match in find_matches(pair, index)]
    assert affected_lines(index, places) == {
        ("test.de", "pair"): 2,
        ("valid.de", "pair"): 1,
        ("test.de", "target"): 1,
    }


def test_an_exact_copy_is_preferred_to_one_in_other_case() -> None:
    index = learn_overlap(
        {"test": [SentencePair(HUND.lower(), DOG, 1), SentencePair(HUND, DOG, 2)]}
    )
    (match,) = find_matches(SentencePair(HUND, DOG, 7), index)
    assert (match.line, match.exact) == (2, True)


texts = st.sampled_from(["Yes.", "yes", "No.", "", HUND, HUND.lower(), DOG])
some_pairs = st.lists(st.builds(SentencePair, texts, texts, st.integers(1, 99)), max_size=12)


@given(some_pairs, some_pairs)
def test_matches_agree_with_sets(
    held_out: list[SentencePair], training: list[SentencePair]
) -> None:
    index = learn_overlap({"test": held_out})
    sources = {skeleton(pair.source) for pair in held_out} - {""}
    targets = {skeleton(pair.target) for pair in held_out} - {""}
    pairs = {(skeleton(pair.source), skeleton(pair.target)) for pair in held_out}
    for pair in training:
        sides = {match.place.side for match in find_matches(pair, index)}
        source, target = skeleton(pair.source), skeleton(pair.target)
        if source and target and (source, target) in pairs:
            assert sides == {"both"}
        else:
            in_source = {"source"} if source in sources else set()
            assert sides == in_source | ({"target"} if target in targets else set())


def test_the_index_is_made_of_values_that_another_process_can_take() -> None:
    copy = dataclasses.replace(INDEX)
    assert find_overlap(TEST[1], copy) == find_overlap(TEST[1], INDEX) != []


def test_the_known_overlap_of_a_real_corpus(corpora: Path) -> None:
    def read(name: str) -> list[SentencePair]:
        folder = corpora / "small_parallel_enja"
        sides = [(folder / f"{name}.{s}").read_text("utf-8").split("\n")[:-1] for s in ("en", "ja")]
        return [SentencePair(*pair, i) for i, pair in enumerate(zip(*sides, strict=True), start=1)]

    index = learn_overlap({"test.en": read("test")})
    places = {match.place for pair in read("train") for match in find_matches(pair, index)}
    assert affected_lines(index, places) == {
        ("test.en", "source"): 53,  # of 500
        ("test.en", "short"): 8,
    }
