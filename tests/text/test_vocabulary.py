"""The special tokens: four numbers that every file of a model relies on."""

from nmt.text.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK


def test_special_tokens_are_the_first_four_and_padding_is_zero() -> None:
    assert (PAD, UNK, BOS, EOS) == (0, 1, 2, 3)


def test_each_special_token_is_written_at_its_own_number() -> None:
    written = {PAD: "<pad>", UNK: "<unk>", BOS: "<s>", EOS: "</s>"}
    assert dict(enumerate(SPECIAL_TOKENS)) == written
