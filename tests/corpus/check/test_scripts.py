"""Tests of the search for letters of foreign scripts."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.check.scripts import COMMON, ScriptProfile, find_scripts, learn_scripts, script_of
from nmt.corpus.sentence_pair import SentencePair

LATIN = learn_scripts([SentencePair("Der Hund bellt.", "The dog barks.", 1)])
RUSSIAN = learn_scripts([SentencePair("Собака лает.", "The dog barks.", 1)])
JAPANESE = learn_scripts([SentencePair("犬がほえる。テレビ", "The dog barks.", 1)])


def find(source: str, target: str, profile: ScriptProfile) -> list[tuple[str, str]]:
    """The reason and side of each finding."""
    return [(f.reason, f.side) for f in find_scripts(SentencePair(source, target, 1), profile)]


@pytest.mark.parametrize(
    ("character", "script"),
    [("a", "Latin"), ("ß", "Latin"), ("Ａ", "Latin"), ("𝐀", "Latin"), ("ж", "Cyrillic"),
     ("α", "Greek"), ("漢", "Han"), ("々", "Han"), ("あ", "Kana"), ("ア", "Kana"), ("ー", "Kana"),
     ("한", "Hangul"), ("ا", "Arabic"), ("ก", "Thai"),
     ("1", COMMON), ("-", COMMON), (" ", COMMON), ("µ", COMMON), ("ʻ", COMMON), ("①", COMMON)],
)  # fmt: skip
def test_each_letter_has_its_script(character: str, script: str) -> None:
    assert script_of(character) == script


@given(st.characters())
def test_every_character_has_a_script(character: str) -> None:
    assert script_of(character)
    assert (script_of(character) == COMMON) or character.isalpha()


@given(st.text(st.characters(max_codepoint=0x24F)), st.text(st.characters(max_codepoint=0x24F)))
def test_latin_text_is_at_home_in_every_side(source: str, target: str) -> None:
    assert find(source, target, LATIN) == []
    assert find(source, target, RUSSIAN) == []


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("c\u0430t", "U+0430 is cyrillic small letter a"),  # Latin but for its a
        ("\u0422he", "U+0422 is cyrillic capital letter te"),
        ("\u03a4he", "U+03A4 is greek capital letter tau"),
    ],
)
def test_a_lookalike_inside_a_latin_word_is_found_and_spelt(word: str, name: str) -> None:
    pair = SentencePair("Der Hund bellt.", f"The {word} barks.", 1)
    (finding,) = find_scripts(pair, LATIN)
    assert (finding.kind, finding.reason, finding.side) == ("script", "mixed_script_word", "target")
    assert word in finding.detail
    assert name in finding.detail


def test_a_latin_lookalike_inside_a_russian_word_is_found() -> None:
    assert find("Соб\u0061ка лает.", "The dog barks.", RUSSIAN) == [("mixed_script_word", "source")]


@pytest.mark.parametrize(
    "text",
    [
        "The TNFα level and the β-carotene.",
        "An angle of α or 5 µm, that is Δt.",
        "The word собака means dog in Russian, and 犬 in Japanese.",
        "Kinkaku-ji (金閣寺) is a temple in Kyoto.",
        "Ｆｕｌｌｗｉｄｔｈ and 𝐛𝐨𝐥𝐝 letters are for others to judge.",
    ],
)
def test_terms_and_names_in_their_own_script_are_clean(text: str) -> None:
    assert find("Der Hund bellt.", text, LATIN) == []


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("犬が吠える。", "Kana"),
        ("Собака лает.", "Cyrillic"),
        ("Wan: 犬が激しく吠えている", "Kana"),  # mostly
        ("He said: «Эта собака лает слишком громко и слишком часто» and went away.", "Cyrillic"),
    ],
)
def test_a_sentence_or_a_long_stretch_in_a_foreign_script_is_found(text: str, script: str) -> None:
    (finding,) = find_scripts(SentencePair("Der Hund bellt.", text, 1), LATIN)
    assert (finding.reason, finding.side) == ("unexpected_script", "target")
    assert finding.detail.endswith(f"are {script}")


def test_each_side_is_held_against_its_own_scripts() -> None:
    assert find("犬が吠える。", "The dog barks.", JAPANESE) == []
    assert find("犬が吠える。", "犬が吠える。", JAPANESE) == [("unexpected_script", "target")]
    assert find("Собака лает.", "The dog barks.", JAPANESE) == [("unexpected_script", "source")]


def test_a_rare_script_of_the_sample_does_not_become_the_sides_own() -> None:
    sample = [SentencePair("Der Hund bellt laut.", "The dog barks.", 1)] * 500
    sample.append(SentencePair("犬が吠える。", "The dog barks.", 501))
    assert find("犬が吠える。", "It barks.", learn_scripts(sample)) == [
        ("unexpected_script", "source")
    ]


def test_the_scripts_of_the_declared_language_are_expected_without_a_sample() -> None:
    assert find("Собака лает.", "犬が吠える。", learn_scripts([], ("ru", "ja-JP"))) == []
    assert len(find("Собака лает.", "犬が吠える。", learn_scripts([], (None, "en")))) == 2


def test_a_profile_travels_to_other_processes() -> None:
    assert pickle.loads(pickle.dumps(JAPANESE)) == JAPANESE
