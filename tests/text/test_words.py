"""The tokens of each word of a line are those that spell it, whatever cuts the line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.settings import TokenizerSettings
from nmt.text.normalization import Normalization, normalize
from nmt.text.tokenizer import Tokenizer, train_tokenizer
from nmt.text.vocabulary import UNK
from nmt.text.words import tokens_of_words, words_as_tokens

LINES = ["the cat sat on the mat", "a dog ran to the <law> of cats", "é ü 喜欢 cats!"] * 9
KINDS: dict[str, dict[str, Any]] = {
    "bpe": {"vocabulary_size": 60},
    "unigram": {"vocabulary_size": 32},
    "bytes": {"kind": "bpe", "byte_fallback": True, "vocabulary_size": 310},
    "char": {},
    "byte": {},
    "word": {},
    "symbols": {"kind": "bpe", "vocabulary_size": 60, "symbols": ("<law>",)},
    "symbol words": {"kind": "word", "symbols": ("<law>",)},
}
# letters that are known and not, ligatures, marks, controls, all sorts of white space
LETTERS = "thecatsdog <law>é喜𝄞\u0308\ufb01½\u00a8\x07\u200b\u00a0\u3000\t\u2028　"
TEXT = st.text(st.sampled_from(LETTERS), max_size=25) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=12
)


@pytest.fixture(scope="module")
def tokenizers() -> dict[str, Tokenizer]:
    made = {}
    for name, values in KINDS.items():
        settings = TokenizerSettings.model_validate({"kind": name} | values)
        made[name] = train_tokenizer(LINES, settings, pairs=27)
    return made


@given(line=TEXT, form=st.sampled_from(["nfkc", "nfc", "none"]))
def test_a_line_is_normalized_as_its_words_are(line: str, form: Normalization) -> None:
    assert normalize(line, form) == " ".join(
        filter(None, (normalize(w, form) for w in line.split()))
    )


@given(line=TEXT, kind=st.sampled_from(list(KINDS)))
def test_each_token_has_its_word_and_each_word_the_tokens_that_spell_it(
    line: str, kind: str, tokenizers: dict[str, Tokenizer]
) -> None:
    tokenizer = tokenizers[kind]
    ((ids,), (spans,)) = tokenizer.encode([line]), tokenizer.spans([line])
    assert len(ids) == len(spans)
    (words,) = words_as_tokens([line.split()], tokenizer)
    assert len(words) == len(line.split())
    kept = [span for span in words if span[0] < span[1]]
    assert sorted({token for span in kept for token in range(*span)}) == list(range(len(ids)))
    assert kept == sorted(kept)
    for word, (start, end) in zip(line.split(), words, strict=True):
        text = normalize(word, tokenizer.normalization)
        assert (start < end) == bool(text)
        if UNK not in ids[start:end]:
            assert tokenizer.decode([ids[start:end]])[0].strip() == text.replace("▁", " ").strip()


def test_the_space_before_a_word_is_part_of_it(tokenizers: dict[str, Tokenizer]) -> None:
    assert words_as_tokens([["a", "cat"]], tokenizers["char"]) == [[(0, 2), (2, 6)]]
    assert words_as_tokens([["a", "é"]], tokenizers["byte"]) == [[(0, 1), (1, 4)]]


def test_one_token_may_be_of_several_words(tokenizers: dict[str, Tokenizer]) -> None:
    """Unknown words that stand together are one token of a vocabulary of words."""
    line = ["the", "zz", "yy", "cat"]
    assert words_as_tokens([line], tokenizers["word"]) == [[(0, 1), (1, 2), (1, 2), (2, 3)]]


def test_a_symbol_is_a_word_or_a_part_of_one(tokenizers: dict[str, Tokenizer]) -> None:
    for line in (["<law>", "the"], ["<law>the", "the"], ["the<law>", "the"]):
        (words,) = words_as_tokens([line], tokenizers["symbols"])
        (ids,) = tokenizers["symbols"].encode([" ".join(line)])
        assert "<law>" in tokenizers["symbols"].pieces(ids[slice(*words[0])])
        assert tokenizers["symbols"].decode([ids[slice(*words[1])]]) == ["the"]


def test_a_word_may_end_in_its_space() -> None:
    """As in tokenizers that were made elsewhere with `treat_whitespace_as_suffix`."""
    spans = [(0, 4), (4, 5), (5, 7), (7, 7)]  # "the▁", "c", "at", "▁"
    assert tokens_of_words(["the", "cat"], spans, "none") == [(0, 1), (1, 3)]
