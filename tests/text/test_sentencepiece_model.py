"""SentencePiece's file format: what is read is what SentencePiece says, what is changed works."""

import io
from collections.abc import Sequence

import pytest
import sentencepiece
from sentencepiece import SentencePieceProcessor

from nmt.text.sentencepiece_model import (
    model_type,
    user_defined_symbols,
    with_special_tokens,
    without_escaped_spaces,
)
from nmt.text.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK

LINES = ["a dog runs across the street", "two dogs run across the streets", "the cat sat"] * 5
OPTIONS: list[dict[str, object]] = [
    {},
    {"model_type": "bpe", "pad_id": 3},
    {"model_type": "bpe", "byte_fallback": True, "vocab_size": 320},
    {"bos_id": -1, "eos_id": -1},
    {"unk_id": 5, "user_defined_symbols": ["<law>"]},
    {"control_symbols": ["<mask>"], "unk_piece": "<UNK>", "bos_piece": "[BOS]"},
    {"pad_id": 0, "unk_id": 1, "bos_id": 2, "eos_id": 3, "pad_piece": "[PAD]"},
    {"model_type": "char", "pad_id": 3},
    {"model_type": "word", "vocab_size": 12},
]


def train(lines: Sequence[str] = LINES, **options: object) -> bytes:
    model = io.BytesIO()
    values = {"vocab_size": 40, "minloglevel": 2, "hard_vocab_limit": False, **options}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, **values
    )
    return model.getvalue()


def load(model: bytes) -> SentencePieceProcessor:
    processor = SentencePieceProcessor()
    processor.LoadFromSerializedProto(model)
    return processor


def pieces(processor: SentencePieceProcessor) -> list[str]:
    return [processor.id_to_piece(i) for i in range(processor.get_piece_size())]


@pytest.mark.parametrize("kind", ["unigram", "bpe", "char", "word"])
def test_the_type_is_the_one_that_was_trained(kind: str) -> None:
    size = {"word": 12, "char": 20}.get(kind, 40)
    assert model_type(train(model_type=kind, vocab_size=size)) == kind


def test_symbols_are_those_that_were_asked_for() -> None:
    assert user_defined_symbols(train()) == []
    assert user_defined_symbols(train(user_defined_symbols=["<law>", "__URL__"])) == [
        "<law>",
        "__URL__",
    ]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_special_tokens_move_to_the_front_and_text_is_cut_as_before(
    options: dict[str, object],
) -> None:
    model = train(**options)
    before, after = load(model), load(with_special_tokens(model))
    assert tuple(pieces(after)[:4]) == SPECIAL_TOKENS
    assert (after.pad_id(), after.unk_id(), after.bos_id(), after.eos_id()) == (PAD, UNK, BOS, EOS)
    assert [after.is_control(i) for i in range(4)] == [True, False, True, True]
    assert after.is_unknown(UNK)
    assert len(set(pieces(after))) == after.get_piece_size()
    assert set(pieces(before)) - set(pieces(after)) <= {"<UNK>", "[BOS]", "[PAD]"}
    for line in [*LINES, "<law> the dog<law>"]:
        cut = [pieces(after)[i] for i in after.encode(line)]
        assert cut == [pieces(before)[i].replace("UNK", "unk") for i in before.encode(line)]
        assert after.decode(after.encode(line)) == before.decode(before.encode(line))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_model_with_our_special_tokens_stays_as_it_is(options: dict[str, object]) -> None:
    model = with_special_tokens(train(**options))
    assert with_special_tokens(model) == model


def test_a_space_may_stay_a_space() -> None:
    model = train(
        ["x"],
        model_type="char",
        vocab_size=260,
        byte_fallback=True,
        add_dummy_prefix=False,
        normalization_rule_name="identity",
    )
    assert load(model).encode("a b", out_type=str) == [
        "<0x61>",
        *(f"<0x{byte:02X}>" for byte in "▁".encode()),
        "<0x62>",
    ]
    changed = load(without_escaped_spaces(model))
    assert changed.encode("a b", out_type=str) == ["<0x61>", "<0x20>", "<0x62>"]
    assert changed.decode(changed.encode("a ▁b")) == "a ▁b"
