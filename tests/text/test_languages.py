"""Tests of language tags."""

import pytest

from nmt.text.languages import (
    base_language,
    is_language,
    macrolanguage,
    same_language,
    split_languages,
)


@pytest.mark.parametrize(
    ("tag", "base"),
    [
        ("de", "de"), ("deu", "de"), ("ger", "de"), ("de-AT", "de"), ("DE_de", "de"),
        (" de ", "de"),
        ("swa", "sw"), ("swh", "sw"), ("zh-Hant-TW", "zh"), ("pcm", "pcm"), ("gug", "gn"),
    ],
)  # fmt: skip
def test_a_tag_is_reduced_to_its_language(tag: str, base: str) -> None:
    assert base_language(tag) == base


@pytest.mark.parametrize("tag", ["", "-", "de.gz", "source file"])
def test_what_is_no_tag_has_no_language(tag: str) -> None:
    assert base_language(tag) is None
    assert macrolanguage(tag) is None


def test_same_language_looks_at_the_language_alone() -> None:
    assert same_language("pt-BR", "por")
    assert not same_language("pt", "es")


def test_what_is_no_tag_is_the_same_as_itself_only() -> None:
    assert same_language("side one", "Side One")
    assert not same_language("side one", "side two")


@pytest.mark.parametrize(
    ("tags", "family"),
    [(("hr", "bs", "srp"), "sh"), (("yue", "cmn", "zh-TW"), "zh"), (("quy", "quz"), "qu"),
     (("nb", "nn", "no"), "no"), (("de-AT", "deu"), "de")],
)  # fmt: skip
def test_near_kin_is_one_language(tags: tuple[str, ...], family: str) -> None:
    assert {macrolanguage(tag) for tag in tags} == {family}


@pytest.mark.parametrize("tag", ["de", "deu", "pt-BR", "zh-Hant-TW", "sr_Latn", "gn", "x-law"])
def test_a_language_of_a_standard(tag: str) -> None:
    assert is_language(tag)


@pytest.mark.parametrize("tag", ["xx", "foo", "BR-en", "", "source file", "german"])
def test_no_language_of_a_standard(tag: str) -> None:
    assert not is_language(tag)


@pytest.mark.parametrize(
    ("pair", "tags"),
    [
        ("de-en", ("de", "en")),
        ("xx-yy", ("xx", "yy")),
        ("one-two", ("one", "two")),
        ("pt-BR-en", ("pt-BR", "en")),
        ("en-pt-BR", ("en", "pt-BR")),
        ("es-MX-pt-BR", ("es-MX", "pt-BR")),
        ("zh-Hant-TW-en", ("zh-Hant-TW", "en")),
        ("swa-TZ-eng", ("swa-TZ", "eng")),
    ],
)
def test_a_pair_of_languages(pair: str, tags: tuple[str, str]) -> None:
    assert split_languages(pair) == tags


@pytest.mark.parametrize("pair", ["", "de", "-", "de-", "-en", "de--en", "de-en-fr", "en-pt-br"])
def test_no_clear_pair_of_languages(pair: str) -> None:
    assert split_languages(pair) is None
