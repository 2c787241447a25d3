"""All detectors, one after the other: a chunk gives the findings of each of its pairs."""

import pickle

import pytest

from nmt.corpus.check.inspection import Inspector, learn_profiles
from nmt.corpus.check.overlap import learn_overlap
from nmt.corpus.sentence_pair import SentencePair
from tests.corpus.conftest import Sides

LANGUAGES = (None, None)


@pytest.fixture(scope="module")
def pairs(clean_sides: Sides) -> list[SentencePair]:
    both = zip(clean_sides[0][:400], clean_sides[1][:400], strict=True)
    return [SentencePair(source, target, n) for n, (source, target) in enumerate(both, start=1)]


@pytest.fixture(scope="module")
def inspector(pairs: list[SentencePair]) -> Inspector:
    return Inspector(learn_profiles(pairs, LANGUAGES))


def test_clean_pairs_have_no_findings(pairs: list[SentencePair], inspector: Inspector) -> None:
    inspection = inspector(pairs)
    assert inspection.found == {} and inspection.overlaps == set()
    assert inspection.lengths.source.sum() == inspection.lengths.target.sum() == len(pairs)


def test_a_pair_has_all_that_is_wrong_with_it(
    pairs: list[SentencePair], inspector: Inspector
) -> None:
    source, target, _ = pairs[3]
    bad = SentencePair(f"<b>{source} {{0}} 1478\ufffd", f"{target} 5392", 4)
    inspection = inspector([*pairs[:3], bad, *pairs[4:]])
    assert set(inspection.found) == {3}
    assert {finding.kind for finding in inspection.found[3]} == {
        "markup", "placeholder_mismatch", "number_mismatch", "encoding"
    }  # fmt: skip


def test_of_an_empty_side_nothing_more_is_said(inspector: Inspector) -> None:
    findings = inspector.find(SentencePair("<b>{0} 1478\ufffd", " ", 1))
    assert [finding.kind for finding in findings] == ["empty"]


def test_held_out_pairs_are_found_and_their_places_told(pairs: list[SentencePair]) -> None:
    long = next(pair for pair in pairs if len(pair.source) > 40)
    index = learn_overlap({"test": [long._replace(line=9)]})
    inspection = Inspector(learn_profiles(pairs, LANGUAGES), index)(pairs)
    ((place, (finding,)),) = inspection.found.items()
    assert (pairs[place], finding.kind, finding.reason) == (long, "overlap", "pair")
    assert "line 9 of test" in finding.detail
    assert len(inspection.overlaps) == 1


def test_it_travels_to_other_processes(pairs: list[SentencePair], inspector: Inspector) -> None:
    damaged = [*pairs[:5], SentencePair("", "x", 6)]
    copy = pickle.loads(pickle.dumps(inspector))
    assert copy(damaged).found == inspector(damaged).found != {}


@pytest.mark.parametrize("count", [0, 1, 30])
def test_little_can_be_learnt_and_nothing_breaks(count: int, pairs: list[SentencePair]) -> None:
    inspector = Inspector(learn_profiles(pairs[:count], LANGUAGES))
    assert inspector([]).found == {}
    assert set(inspector([pairs[0], SentencePair("", "", 2)]).found) == {1}


HOSTILE = ["a", " ", "?", "a?b", "www.a@b.", "1", "1.", "123 ", "<", "{", "&", "%", "@", "\u0301",
           "\u202e", "\u200b", "\ufffd", "Ã¼", "中", "ж", "aж ", "und "]  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", HOSTILE)
def test_an_endless_line_takes_time_in_proportion(text: str, inspector: Inspector) -> None:
    line = text * (100_000 // len(text))
    other = f"{line[:-1]} 371 {{0}} <b> &amp; 592.\n"
    for pair in (SentencePair(line, other, 1), SentencePair(other, "word", 1)):
        assert all("\n" not in finding.detail for finding in inspector.find(pair))


def test_the_scripts_of_the_declared_languages_are_expected(pairs: list[SentencePair]) -> None:
    line = SentencePair("Овај текст је написан другим словима.", pairs[0].target, 1)
    for languages, expected in ((("sr", "en"), set()), (("sr-Latn", None), {"script"})):
        inspector = Inspector(learn_profiles(pairs, languages))
        assert {f.kind for f in inspector.find(line) if f.kind == "script"} == expected
    korean = SentencePair("大韓民國憲法前文", pairs[0].target, 1)
    inspector = Inspector(learn_profiles(pairs, ("ko", "en")))
    assert not [f for f in inspector.find(korean) if f.kind == "script"]


def test_short_sentences_of_two_held_out_pairs_are_one_finding(pairs: list[SentencePair]) -> None:
    held_out = [SentencePair("Ja.", "Yep.", 1), SentencePair("Jo.", "Yes.", 2)]
    inspector = Inspector(learn_profiles(pairs, LANGUAGES), learn_overlap({"test": held_out}))
    inspection = inspector([SentencePair("Ja.", "Yes.", 1)])
    assert [(f.reason, f.side) for f in inspection.found[0]] == [("short", "source")]
    assert len(inspection.overlaps) == 2
