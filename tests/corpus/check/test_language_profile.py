"""Tests of what is learnt of a corpus's languages, and of the verdicts on whole sides."""

import pickle
from itertools import product

import pytest

from nmt.corpus.check import language_profile
from nmt.corpus.check.language_profile import corpus_findings, count_letters, learn_languages
from nmt.corpus.sentence_pair import SentencePair
from nmt.text.language_identification import UNDETERMINED, is_available

needs_library = pytest.mark.skipif(not is_available(), reason="py3langid is not installed")

GERMAN = (
    ("Der alte Mann", "Meine Schwester", "Der kleine Junge", "Eine junge Frau", "Unser Nachbar"),
    ("geht heute nicht mehr in die Stadt.", "hat das Buch noch nicht gelesen.",
     "wartet seit einer Stunde auf den Zug.", "möchte ein Glas Wasser trinken.",
     "spielt mit dem Hund im Garten.", "schreibt einen langen Brief an die Mutter."),
)  # fmt: skip
ENGLISH = (
    ("The old man", "My sister", "The little boy", "A young woman", "Our neighbour"),
    ("is not going to town any more today.", "has not read the book yet.",
     "has been waiting for the train for an hour.", "would like to drink a glass of water.",
     "is playing with the dog in the garden.", "is writing a long letter to the mother."),
)  # fmt: skip
PAIRS = [
    SentencePair(" ".join(german), " ".join(english), line)
    for line, (german, english) in enumerate(
        zip(product(*GERMAN), product(*ENGLISH), strict=True), start=1
    )
]
SWAPPED = [SentencePair(pair.target, pair.source, pair.line) for pair in PAIRS]


def faults(pairs: list[SentencePair], *languages: str | None) -> list[tuple[str, str, str]]:
    """Kind, reason and side of each finding on the whole corpus."""
    source, target = languages
    return [
        (f.kind, f.reason, f.side)
        for f in corpus_findings(learn_languages(pairs, (source, target)))
    ]


@needs_library
@pytest.mark.parametrize("tags", [("de", "en"), ("deu", "en-GB"), (None, None), ("de", None)])
def test_a_corpus_in_its_languages_is_without_fault(tags: tuple[str | None, str | None]) -> None:
    assert faults(PAIRS, *tags) == []


@needs_library
def test_shares_count_each_sentence_once_the_largest_first() -> None:
    profile = learn_languages(PAIRS + SWAPPED[:6], ("de", "en"))
    assert sum(profile.source.shares.values()) == pytest.approx(1)
    assert list(profile.source.shares)[:2] == ["de", "en"]
    assert profile.source.main == "de"
    assert profile.target.main == "en"


@needs_library
def test_exchanged_sides_are_one_fault_and_not_expected_otherwise() -> None:
    assert faults(SWAPPED, "de", "en") == [("swapped_sides", "whole_corpus", "both")]
    profile = learn_languages(SWAPPED, ("de", "en"))
    assert (profile.source.expected, profile.target.expected) == ({"en"}, {"de"})


@needs_library
def test_a_side_in_another_language_than_declared_is_one_fault() -> None:
    assert faults(PAIRS, "fr", "en") == [("wrong_language", "declared_otherwise", "source")]
    assert faults(PAIRS, None, "cs") == [("wrong_language", "declared_otherwise", "target")]


@needs_library
def test_a_tag_that_no_standard_has_is_named_and_takes_no_part() -> None:
    assert faults(PAIRS, "xx", "en") == [("wrong_language", "unknown_tag", "source")]
    alike = [SentencePair(pair.target, pair.target, pair.line) for pair in PAIRS]
    assert faults(alike, "xx", "y y") == [
        ("wrong_language", "same_language", "both"),
        ("wrong_language", "unknown_tag", "source"),
        ("wrong_language", "unknown_tag", "target"),
    ]


def test_undeclared_sides_in_one_language_are_one_fault() -> None:
    pairs = [SentencePair(pair.source, pair.source + " Ja!", pair.line) for pair in PAIRS]
    assert faults(pairs, None, None) == [("wrong_language", "same_language", "both")]


@needs_library
def test_sides_declared_alike_may_be_alike() -> None:
    pairs = [SentencePair(pair.source, pair.source + " Ja!", pair.line) for pair in PAIRS]
    assert faults(pairs, "de-DE", "de-AT") == []


@needs_library
def test_undeclared_sides_that_change_places_half_way_are_one_fault() -> None:
    assert faults(PAIRS + SWAPPED, None, None) == [("swapped_sides", "in_part", "both")]


@needs_library
def test_of_a_language_unknown_to_the_model_nothing_is_said() -> None:
    assert faults(PAIRS, "ksh", "en") == []
    assert learn_languages(PAIRS, ("ksh", "en")).source.expected == {"de"}


@needs_library
@pytest.mark.parametrize("count", [0, 1, 19])
def test_few_sentences_are_no_evidence(count: int) -> None:
    profile = learn_languages(SWAPPED[:count], ("de", "en"))
    assert corpus_findings(profile) == []
    assert profile.source.expected == frozenset()


@needs_library
def test_familiar_words_belong_to_one_side_only() -> None:
    profile = learn_languages(PAIRS, ("de", "en"))
    assert {"der", "nicht"} <= profile.source.familiar
    assert {"the", "not"} <= profile.target.familiar
    assert not profile.source.familiar & profile.target.familiar


@needs_library
@pytest.mark.parametrize("tags", [("de", "en"), (None, None)])
def test_of_lists_that_are_in_no_language_for_sure_nothing_is_said(
    tags: tuple[str | None, str | None],
) -> None:
    parts = [
        SentencePair(f"Screw M8 galvanised no. {n}", f"Screw M8 galvanised number {n}", n)
        for n in range(60)
    ]
    assert learn_languages(parts, (None, None)).target.main == UNDETERMINED
    assert faults(parts, *tags) == []


@needs_library
def test_familiar_words_keep_their_marks() -> None:
    sentence = "हम आज स्कूल जा रहे हैं और किताब पढ़ रहे हैं"
    pairs = [SentencePair(sentence, f"We go to school today, no. {n}", n) for n in range(30)]
    familiar = learn_languages(pairs, ("hi", "en")).source.familiar
    assert familiar == set(sentence.split())


@needs_library
def test_a_profile_travels_to_other_processes() -> None:
    profile = learn_languages(PAIRS, ("de", "en"))
    assert pickle.loads(pickle.dumps(profile)) == profile


def test_without_the_library_nothing_is_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_profile, "is_available", lambda: False)
    profile = learn_languages(SWAPPED, ("de", "en"))
    assert profile.source.expected == profile.target.expected == frozenset()
    assert profile.source.main == UNDETERMINED
    assert corpus_findings(profile) == []


def test_a_sign_for_a_syllable_counts_as_two_letters() -> None:
    assert count_letters("ab 12, c") == 3
    assert count_letters("é漢字か한 1") == 3 + 2 * 2
