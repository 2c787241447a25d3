"""The file format of SentencePiece models, as far as it must be read and changed here.

A model is a message of Protocol Buffers, `ModelProto` in SentencePiece's sentencepiece_model.proto:

    1 pieces, one a token: 1 its text, 2 score, 3 type     2 trainer_spec     3 normalizer_spec

A field is a key (its number * 8 + its wire type) and a value. These lines read that without the
library of Protocol Buffers, and copy what they don't know byte for byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from nmt.text.vocabulary import SPECIAL_TOKENS

PIECES, TRAINER_SPEC, NORMALIZER_SPEC = 1, 2, 3  # fields of the model
TEXT, SCORE, TYPE = 1, 2, 3  # fields of a piece
UNKNOWN, CONTROL, USER_DEFINED = 2, 3, 4  # types of a piece
MODEL_TYPE = 3  # fields of the trainer_spec, the last two in the order of SPECIALS
SPECIAL_IDS, SPECIAL_PIECES = (40, 41, 42, 43), (45, 46, 47, 48)
SPECIALS = (1, 2, 3, 0)  # unknown, begin, end, padding: their ids here
ESCAPE_WHITESPACES = 5  # field of the normalizer_spec
MODEL_TYPES = {1: "unigram", 2: "bpe", 3: "word", 4: "char"}
NUMBER, EIGHT_BYTES, STRING, FOUR_BYTES = 0, 1, 2, 5  # wire types


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message: a number or a string of bytes, and both key and value as written."""

    key: int
    number: int
    string: bytes
    raw: bytes


def model_type(model: bytes) -> str:
    """The algorithm of a model: unigram, bpe, word or char."""
    kinds = [f.number for f in _fields(_part(model, TRAINER_SPEC)) if f.key == MODEL_TYPE]
    return MODEL_TYPES[kinds[-1] if kinds else 1]


def user_defined_symbols(model: bytes) -> list[str]:
    """The symbols of a model that are never split."""
    return [text for text, kind, _ in _pieces(model) if kind == USER_DEFINED]


def without_escaped_spaces(model: bytes) -> bytes:
    """The model, made to leave a space a space instead of writing it "▁"."""
    spec = [f.raw for f in _fields(_part(model, NORMALIZER_SPEC)) if f.key != ESCAPE_WHITESPACES]
    changed = b"".join([*spec, _number_field(ESCAPE_WHITESPACES, 0)])
    rest = [f.raw for f in _fields(model) if f.key != NORMALIZER_SPEC]
    return b"".join([*rest, _string_field(NORMALIZER_SPEC, changed)])


def with_special_tokens(model: bytes) -> bytes:
    """The model with the special tokens of this project as its first four, then its other pieces.

    A model that has them already is returned as it is. Segmentation depends on the scores of the
    pieces and not on their order, so the text of the tokens remains what it was.
    """
    pieces = list(_pieces(model))
    kinds = [UNKNOWN if token == "<unk>" else CONTROL for token in SPECIAL_TOKENS]
    if [(text, kind) for text, kind, _ in pieces[:4]] == list(
        zip(SPECIAL_TOKENS, kinds, strict=True)
    ):
        return model
    spec = list(_fields(_part(model, TRAINER_SPEC)))
    old = {*SPECIAL_TOKENS, *(f.string.decode() for f in spec if f.key in SPECIAL_PIECES)}
    new = [
        _string_field(TEXT, token.encode()) + _number_field(TYPE, kind)
        for token, kind in zip(SPECIAL_TOKENS, kinds, strict=True)
    ]
    kept = [piece for text, kind, piece in pieces if kind != UNKNOWN and text not in old]
    changed = [f.raw for f in spec if f.key not in SPECIAL_IDS + SPECIAL_PIECES]
    for token, id_key, piece_key in zip(SPECIALS, SPECIAL_IDS, SPECIAL_PIECES, strict=True):
        changed.append(_number_field(id_key, token))
        changed.append(_string_field(piece_key, SPECIAL_TOKENS[token].encode()))
    return b"".join(
        [
            *(_string_field(PIECES, piece) for piece in [*new, *kept]),
            _string_field(TRAINER_SPEC, b"".join(changed)),
            *(f.raw for f in _fields(model) if f.key not in (PIECES, TRAINER_SPEC)),
        ]
    )


def _pieces(model: bytes) -> Iterator[tuple[str, int, bytes]]:
    """The text, the type and the message of each piece."""
    for piece in _fields(model):
        if piece.key == PIECES:
            parts = {f.key: f for f in _fields(piece.string)}
            kind = parts[TYPE].number if TYPE in parts else 1
            yield parts[TEXT].string.decode(), kind, piece.string


def _part(model: bytes, key: int) -> bytes:
    return b"".join(f.string for f in _fields(model) if f.key == key)


def _fields(message: bytes) -> Iterator[Field]:
    position = 0
    while position < len(message):
        start = position
        key, position = _read_number(message, position)
        key, wire_type = key >> 3, key & 7
        number, string = 0, b""
        if wire_type == NUMBER:
            number, position = _read_number(message, position)
        else:
            length = {EIGHT_BYTES: 8, FOUR_BYTES: 4}.get(wire_type, 0)
            if wire_type == STRING:
                length, position = _read_number(message, position)
            string, position = message[position : position + length], position + length
        yield Field(key, number, string, message[start:position])


def _read_number(message: bytes, position: int) -> tuple[int, int]:
    """The number that starts at a position, seven bits a byte, and the position after it."""
    number = shift = 0
    while True:
        byte = message[position]
        number |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return number, position


def _written(number: int) -> bytes:
    low, high = number & 127, number >> 7
    return bytes([low | 128]) + _written(high) if high else bytes([low])


def _number_field(key: int, number: int) -> bytes:
    return _written(key << 3 | NUMBER) + _written(number)


def _string_field(key: int, string: bytes) -> bytes:
    return _written(key << 3 | STRING) + _written(len(string)) + string
