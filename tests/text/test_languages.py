"""Tests of language tags."""

import pytest

from nmt.text.languages import base_language, macrolanguage, same_language


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
