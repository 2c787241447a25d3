"""Tests of language identification: it names languages, line by line, without a network."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from nmt.errors import ConfigError
from nmt.text import language_identification
from nmt.text.language_identification import (
    UNDETERMINED,
    identify,
    is_available,
    known_languages,
    probabilities,
    strip_markup,
)

needs_library = pytest.mark.skipif(not is_available(), reason="py3langid is not installed")

SENTENCES = {
    "de": "Der alte Mann sitzt jeden Abend auf der Bank vor dem Haus.",
    "en": "The old man sits on the bench in front of the house every evening.",
    "fr": "Le vieil homme est assis tous les soirs sur le banc devant la maison.",
    "cs": "Starý muž sedí každý večer na lavičce před domem.",
    "es": "El anciano se sienta todas las noches en el banco delante de la casa.",
    "sw": "Mzee huyo hukaa kila jioni kwenye benchi mbele ya nyumba.",
    "ja": "老人は毎晩、家の前のベンチに座っています。",
    "ru": "Старик каждый вечер сидит на скамейке перед домом.",
}


@needs_library
def test_each_line_gets_its_language_whatever_its_neighbours() -> None:
    lines = list(SENTENCES.values())
    together = identify(lines)
    assert [language for language, _ in together] == list(SENTENCES)
    assert together == [identify([line])[0] for line in lines]
    assert all(0.5 < share <= 1.000001 for _, share in together)


@needs_library
@pytest.mark.parametrize("line", ["", "   ", "12 : 30 -- 45%", "<b>7</b>", "https://example.org/a"])
def test_a_line_without_letters_is_undetermined(line: str) -> None:
    assert identify([line]) == [(UNDETERMINED, 0.0)]
    assert probabilities(line) == {}


@needs_library
def test_probabilities_cover_the_known_languages_and_sum_to_one() -> None:
    shares = probabilities(SENTENCES["de"])
    assert known_languages() <= shares.keys()
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)


@needs_library
def test_languages_are_named_as_macrolanguages() -> None:
    assert {"de", "gn", "qu", "sh", "zh", "sw"} <= known_languages()
    assert not {"gug", "hr", "sr", "yue", "zxx"} & known_languages()


@needs_library
def test_threads_agree_with_one_another() -> None:
    lines = list(SENTENCES.values()) * 5
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(identify, [lines] * 4))
    assert results == [identify(lines)] * 4


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ('<a href="x">Der Hund</a>&nbsp;bellt.', "Der Hund bellt."),
        ("Siehe https://example.org/the/page und www.example.org dort", "Siehe und dort"),
        ("{name} schreibt an the.office@example.org", "schreibt an"),
        ("Seit 1984 sind %d hier", "Seit sind hier"),
    ],
)
def test_what_is_of_no_language_is_stripped(line: str, rest: str) -> None:
    assert strip_markup(line) == rest


def test_without_the_library_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(language_identification, "find_spec", lambda name: None)
    language_identification._identifier.cache_clear()
    language_identification._names.cache_clear()
    assert not is_available()
    with pytest.raises(ConfigError, match=r"pip install \"nmt\[languages\]\""):
        identify(["Der Hund bellt."])


def test_importing_the_module_does_not_load_the_library() -> None:
    code = "import sys, nmt.text.language_identification; assert 'py3langid' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@needs_library
def test_results_are_plain_values() -> None:
    found = identify([SENTENCES["fr"]])
    assert pickle.loads(pickle.dumps(found)) == found
    assert type(found[0][1]) is float
