"""Languages and what BLEU takes for their words."""

import pytest

from nmt.text.bleu_tokenizer import bleu_tokenizer


@pytest.mark.parametrize("tag", ["ja", "jpn", "JA-jp", "zh", "zh-Hant", "cmn", "th", "tha", "km"])
def test_languages_without_spaces_are_scored_by_characters(tag: str) -> None:
    assert bleu_tokenizer(tag) == "char"


@pytest.mark.parametrize("tag", ["", "target", "en", "ko", "de-AT", "swa", "no language", "xx"])
def test_all_others_as_sacrebleu_does_by_default(tag: str) -> None:
    assert bleu_tokenizer(tag) == "13a"
