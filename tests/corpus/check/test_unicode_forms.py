"""The minority form of a side is reported; a side wholly in one form is sound."""

import unicodedata

import pytest

from nmt.corpus.check.unicode_forms import find_form_faults, learn_forms
from nmt.corpus.sentence_pair import SentencePair

WORDS = ["déjà", "größer", "がぎぐ", "Ñandutí", "žluťoučký"]


def pairs(form: str, count: int = 5) -> list[SentencePair]:
    texts = [unicodedata.normalize(form, word) for word in WORDS]
    return [SentencePair(text, "plain", n) for n, text in enumerate(texts[:count], 1)]


@pytest.mark.parametrize(("usual", "other"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_only_the_minority_is_reported(usual: str, other: str) -> None:
    corpus = pairs(usual) * 3 + pairs(other, 2)
    profile = learn_forms(corpus, (None, None))
    found = [find_form_faults(pair, profile) for pair in corpus]
    assert not any(found[:-2])
    reason = "decomposed" if other == "NFD" else "composed"
    assert [(f.reason, f.side) for (f,) in found[-2:]] == [(reason, "source")] * 2


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_side_in_one_form_is_sound(form: str) -> None:
    corpus = pairs(form)
    profile = learn_forms(corpus, (None, None))
    assert all(find_form_faults(pair, profile) == [] for pair in corpus)


def test_letters_that_never_compose_and_compatibility_ideographs_have_no_form() -> None:
    corpus = pairs("NFC")
    profile = learn_forms(corpus, (None, None))
    for text in ("\uf900", "g̃", "ọ́wọ́", "５ヵ月ﾃﾞ"):
        assert find_form_faults(SentencePair(text, text, 9), profile) == []


def test_the_detail_names_the_code_points() -> None:
    profile = learn_forms(pairs("NFC"), (None, None))
    (finding,) = find_form_faults(SentencePair("Oreno\u0301s", "", 1), profile)
    assert finding.detail.startswith("U+006F U+0301 in ")
