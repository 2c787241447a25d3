"""The cost of a translation: nothing for the reference, all for nothing of it."""

import pytest

from nmt.settings import TokenizerSettings
from nmt.text.tokenizer import Tokenizer, train_tokenizer
from nmt.training.sentence_cost import sentence_cost

REFERENCE = "the small cat sat on the mat today"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """Characters of the reference."""
    settings = TokenizerSettings(kind="char")
    return train_tokenizer([REFERENCE, "xyz qu. w!"], settings, pairs=1)


def test_without_spaces_each_character_right_makes_it_cheaper() -> None:
    reference, other = "私は昨日図書館で本を読みました", "私は図書館で本を読みました"
    characters = train_tokenizer([reference], TokenizerSettings(kind="char"), pairs=1)
    texts, true = characters.encode([other]), characters.encode([reference])
    (by_characters,) = sentence_cost("risk_bleu", characters, "ja")(texts, true)
    (by_words,) = sentence_cost("risk_bleu", characters, "en")(texts, true)
    assert by_characters < 0.5 < by_words


def costs(tokenizer: Tokenizer, objective: str, translations: list[str]) -> list[float]:
    """What translations cost against the reference."""
    ids = tokenizer.encode(translations)
    return sentence_cost(objective, tokenizer)(ids, tokenizer.encode([REFERENCE]) * len(ids))


@pytest.mark.parametrize("objective", ["risk_bleu", "risk_chrf"])
def test_the_more_of_the_reference_the_cheaper(tokenizer: Tokenizer, objective: str) -> None:
    found = costs(
        tokenizer,
        objective,
        [
            REFERENCE,
            "the small cat sat on the mat",
            "the small cat sat",
            "the today mat on",
            "xyz qu.",
            "",
        ],
    )
    assert found == sorted(found)
    assert found[0] == pytest.approx(0, abs=1e-6)
    assert len(set(found[:4])) == 4
    assert found[-1] == 1 and max(found) == 1


def test_bleu_is_smoothed(tokenizer: Tokenizer) -> None:
    """Without a pair of words in common, more common words still cost less."""
    fewer, more = costs(tokenizer, "risk_bleu", ["the xyz xyz xyz", "the xyz cat xyz"])
    assert more < fewer < 1


def test_special_tokens_are_no_text(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode([REFERENCE])
    cost = sentence_cost("risk_bleu", tokenizer)
    assert cost(ids, [[*ids[0], 3, 0, 0]]) == pytest.approx([0], abs=1e-6)


def test_each_is_compared_with_its_own_reference(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode([REFERENCE, "xyz qu. w!"])
    cost = sentence_cost("risk_chrf", tokenizer)
    assert cost(ids, ids) == pytest.approx([0, 0], abs=1e-6)
    assert min(cost(ids, ids[::-1])) > 0.5
