"""Tests of the search for sentences in a wrong language."""

from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from nmt.corpus.check.language_profile import LanguageProfile, learn_languages
from nmt.corpus.check.languages import find_language
from nmt.corpus.sentence_pair import SentencePair
from nmt.text.language_identification import is_available

pytestmark = pytest.mark.skipif(not is_available(), reason="py3langid is not installed")

SOURCES = product(
    ("Der alte Mann", "Meine Schwester", "Der kleine Junge", "Eine junge Frau", "Unser Nachbar"),
    ("geht heute nicht mehr in die Stadt.", "hat das Buch noch nicht gelesen.",
     "wartet seit einer Stunde auf den Zug.", "möchte ein Glas Wasser trinken."),
)  # fmt: skip
TARGETS = product(
    ("The old man", "My sister", "The little boy", "A young woman", "Our neighbour"),
    ("is not going to town any more today.", "has not read the book yet.",
     "has been waiting for the train for an hour.", "would like to drink a glass of water."),
)  # fmt: skip
PAIRS = [
    SentencePair(" ".join(source), " ".join(target), line)
    for line, (source, target) in enumerate(zip(SOURCES, TARGETS, strict=True), start=1)
]
GERMAN = "Gestern haben wir im Wald viele schöne Pilze gefunden."
ENGLISH = "Yesterday we found many beautiful mushrooms in the forest."
FRENCH = "Hier nous avons trouvé beaucoup de beaux champignons dans la forêt."
CZECH = "Včera jsme v lese našli spoustu krásných hub."


@pytest.fixture(scope="module")
def profile() -> LanguageProfile:
    """German to English."""
    return learn_languages(PAIRS, ("de", "en"))


def find(source: str, target: str, profile: LanguageProfile) -> list[tuple[str, str]]:
    """The reason and side of each finding."""
    return [(f.reason, f.side) for f in find_language(SentencePair(source, target, 1), profile)]


def test_the_sample_itself_and_a_new_pair_are_clean(profile: LanguageProfile) -> None:
    assert [found for pair in PAIRS if (found := find_language(pair, profile))] == []
    assert find(GERMAN, ENGLISH, profile) == []


@pytest.mark.parametrize("strange", [FRENCH, CZECH])
def test_a_sentence_in_a_third_language_is_found_on_its_side(
    profile: LanguageProfile, strange: str
) -> None:
    assert find(strange, ENGLISH, profile) == [("foreign", "source")]
    assert find(GERMAN, strange, profile) == [("foreign", "target")]


def test_two_sides_in_one_third_language_are_one_finding(profile: LanguageProfile) -> None:
    assert find(FRENCH, "Nous avons mangé du pain et du fromage.", profile) == [("foreign", "both")]


def test_a_side_in_the_other_sides_language_is_untranslated(profile: LanguageProfile) -> None:
    assert find(ENGLISH + "!", ENGLISH, profile) == [("untranslated", "source")]
    assert find(GERMAN, GERMAN + " (dt.)", profile) == [("untranslated", "target")]


def test_a_pair_whose_sides_changed_places_is_one_finding(profile: LanguageProfile) -> None:
    assert find(ENGLISH, GERMAN, profile) == [("swapped_pair", "both")]


def test_both_languages_in_one_side_are_mixed(profile: LanguageProfile) -> None:
    assert find(f"{GERMAN} / {ENGLISH}", ENGLISH, profile) == [("mixed_languages", "source")]
    assert find(GERMAN, f"{ENGLISH} ({GERMAN})", profile) == [("mixed_languages", "target")]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("", ""),
        ("Guten Tag!", "Hello!"),
        ("New York", "New York City"),  # names, and too short to tell
        ("Bonjour!", "Bonjour"),
        ("Jean-Luc Godard, François Truffaut", "by Jean-Luc Godard and François Truffaut"),
        ("Er liest die New York Times gern.", "He likes the Frankfurter Allgemeine Zeitung."),
        ("Das Wort „l’esprit“ ist französisch.", "The word 'l'esprit' is French."),
        ("Man schreibt es 金閣寺.", "It is written 金閣寺 in the records."),
        ("12 34 56 :-)", "https://example.org/le/chat/est/dans/la/maison"),
    ],
)
def test_names_and_loans_and_short_lines_are_clean(
    profile: LanguageProfile, source: str, target: str
) -> None:
    assert find(source, target, profile) == []


def test_a_copy_is_an_untranslated_sentence_unless_it_may_be_a_name(
    profile: LanguageProfile,
) -> None:
    assert find(GERMAN, GERMAN, profile) == [("untranslated", "target")]
    assert find(ENGLISH, ENGLISH, profile) == []  # then the source is wrong, as is said elsewhere
    assert find(FRENCH, FRENCH, profile) == []
    assert find("Max Mustermann GmbH", "Max Mustermann GmbH", profile) == []


def test_a_finding_names_the_language(profile: LanguageProfile) -> None:
    (finding,) = find_language(SentencePair(FRENCH, ENGLISH, 1), profile)
    assert finding.kind == "wrong_language"
    assert finding.detail == "the source is in fr"


def test_nothing_is_expected_of_a_tiny_corpus() -> None:
    profile = learn_languages(PAIRS[:5], ("de", "en"))
    assert find(ENGLISH, GERMAN, profile) == []


def test_a_contradicted_declaration_does_not_make_each_pair_a_fault() -> None:
    profile = learn_languages(PAIRS, ("fr", "en"))
    assert [found for pair in PAIRS if (found := find_language(pair, profile))] == []
    assert find(CZECH, ENGLISH, profile) == [("foreign", "source")]


def test_injected_sentences_are_found_in_a_real_corpus_and_nothing_else(corpora: Path) -> None:
    def lines(language: str) -> list[str]:
        path = corpora / "multi30k" / f"val.{language}"
        return path.read_text(encoding="utf-8").split("\n")[:-1]

    pairs = [
        SentencePair(source, target, line)
        for line, (source, target) in enumerate(zip(lines("de"), lines("en"), strict=True), start=1)
    ]
    czech = dict(zip(range(5, 1000, 10), lines("cs"), strict=False))
    swapped = range(7, 1000, 50)
    for row, text in czech.items():
        pairs[row] = pairs[row]._replace(target=text)
    for row in swapped:
        pairs[row] = pairs[row]._replace(source=pairs[row].target, target=pairs[row].source)
    profile = learn_languages(pairs, ("de", "en"))
    found = {row: find_language(pair, profile) for row, pair in enumerate(pairs)}
    reasons = Counter(found[row][0].reason for row in found if found[row])
    assert {row for row in found if found[row]} <= {*czech, *swapped}
    assert reasons["foreign"] >= 0.9 * len(czech)
    assert reasons["swapped_pair"] >= 0.9 * len(swapped)
