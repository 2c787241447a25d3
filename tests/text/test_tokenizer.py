"""Tokenizers: decoding undoes encoding, training is repeatable, and sizes advised do work."""

import io
import re
from pathlib import Path

import pytest
import sentencepiece
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nmt.errors import ConfigError, DataError, ModelError
from nmt.settings import TokenizerSettings
from nmt.text.normalization import normalize
from nmt.text.tokenizer import (
    LARGEST_AUTOMATIC_VOCABULARY,
    Tokenizer,
    automatic_vocabulary_size,
    load_tokenizer,
    train_tokenizer,
)
from nmt.text.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK

KINDS = ["bpe", "unigram", "char", "word"]
LINES = [
    "Ein Hund läuft über die Straße.",
    "A dog runs across the street.",
    "Zwei Männer spielen Fußball, oder?",
    "Two men are playing football, aren't they?",
    "Das kostet 12,50 € (mit 19 % Steuer).",
    "That costs €12.50 (with 19% tax).",
    "Он читает книгу.",
    "彼は本を読んでいます。",
    "👩\u200d👧 & 1 < 2 > 0, and/or",
    "",
] * 3
WORDS = sorted({word for line in LINES for word in line.split()})
COVERED = st.one_of(
    st.text(sorted(set("".join(LINES)))),
    st.lists(st.sampled_from(WORDS)).map(" ".join),
)


def train(lines: list[str], kind: str, size: int | str = "auto") -> Tokenizer:
    values = {"kind": kind, "vocabulary_size": size}
    return train_tokenizer(lines, TokenizerSettings.model_validate(values), pairs=len(lines))


@pytest.fixture(scope="module")
def trained() -> dict[str, Tokenizer]:
    return {kind: train(LINES, kind) for kind in KINDS}


@pytest.fixture(params=KINDS)
def tokenizer(request: pytest.FixtureRequest, trained: dict[str, Tokenizer]) -> Tokenizer:
    return trained[request.param]


# --- encoding and decoding ---


@pytest.mark.parametrize("kind", ["bpe", "unigram", "char"])
@settings(deadline=None)
@given(text=COVERED)
def test_decoding_undoes_encoding(trained: dict[str, Tokenizer], kind: str, text: str) -> None:
    ids = trained[kind].encode([text])
    assert UNK not in ids[0]
    assert trained[kind].decode(ids) == [normalize(text)]


@settings(deadline=None)
@given(words=st.lists(st.sampled_from(WORDS)))
def test_decoding_undoes_encoding_of_known_words(
    trained: dict[str, Tokenizer], words: list[str]
) -> None:
    ids = trained["word"].encode([" ".join(words)])
    assert len(ids[0]) == len(words)
    assert trained["word"].decode(ids) == [" ".join(words)]


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
@given(lines=st.lists(st.text(st.characters(codec="utf-8"))))
def test_text_of_any_kind_gives_one_list_a_line_without_control_tokens(
    trained: dict[str, Tokenizer], kind: str, lines: list[str]
) -> None:
    encoded = trained[kind].encode(lines)
    assert len(encoded) == len(lines)
    for ids in encoded:
        assert not {PAD, BOS, EOS} & set(ids)
        assert all(0 <= i < trained[kind].vocabulary_size for i in ids)


@pytest.mark.parametrize("kind", ["bpe", "unigram", "char"])
def test_control_tokens_written_in_a_text_are_text(
    trained: dict[str, Tokenizer], kind: str
) -> None:
    lines = ["</s> <s> <pad> <unk>", "<s>", "a</s>b"]
    ids = trained[kind].encode(lines)
    assert not {PAD, UNK, BOS, EOS} & {i for sentence in ids for i in sentence}
    assert trained[kind].decode(ids) == lines


def test_a_line_is_encoded_alike_in_any_company(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode(LINES) == [tokenizer.encode([line])[0] for line in LINES]


def test_a_line_without_text_has_no_tokens(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode(["", " \t", "\u2028", "\x00"]) == [[], [], [], []]
    assert tokenizer.encode([]) == []


def test_control_tokens_leave_no_trace_and_an_unknown_one_a_mark(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode([LINES[0]])[0]
    assert tokenizer.decode([[BOS, *ids, EOS, PAD, PAD]]) == tokenizer.decode([ids])
    assert tokenizer.decode([[PAD, BOS, EOS], []]) == ["", ""]
    assert tokenizer.decode([]) == []
    assert tokenizer.decode([[UNK]]) == ["⁇"]


def test_a_character_never_seen_is_unknown(tokenizer: Tokenizer) -> None:
    assert UNK in tokenizer.encode(["ξ"])[0]


def test_pieces_spell_the_text(tokenizer: Tokenizer) -> None:
    spelt = "".join(tokenizer.pieces(tokenizer.encode([LINES[1]])[0]))
    assert spelt.replace("▁", " ").strip() == LINES[1]


@pytest.mark.parametrize(
    ("form", "same"), [("nfkc", [True, True]), ("nfc", [True, False]), ("none", [False, False])]
)
def test_text_is_normalized_as_the_tokenizer_was_told(form: str, same: list[bool]) -> None:
    lines = ["über fin", "u\u0308ber ﬁn ﬁ"]
    form_settings = TokenizerSettings.model_validate({"kind": "char", "normalization": form})
    tokenizer = train_tokenizer(lines, form_settings, pairs=2)
    composed, decomposed, ligature, letters = tokenizer.encode(["ü", "u\u0308", "ﬁ", "fi"])
    assert [composed == decomposed, ligature == letters] == same


# --- bytes and symbols ---

ANY_TEXT = st.text(st.characters(codec="utf-8"))
SYMBOLS = ["<law>", "<2fr>", "__URL__", "the", "Fußball", '","', "#"]


@pytest.fixture(scope="module")
def byte_tokenizer() -> Tokenizer:
    return train(LINES, "byte")


def train_with(kind: str, **values: object) -> Tokenizer:
    config = TokenizerSettings.model_validate({"kind": kind, **values})
    return train_tokenizer(LINES, config, pairs=len(LINES))


@settings(deadline=None)
@given(text=ANY_TEXT)
def test_bytes_spell_any_text(byte_tokenizer: Tokenizer, text: str) -> None:
    (ids,) = byte_tokenizer.encode([text])
    assert len(ids) == len(normalize(text).encode())
    assert not {PAD, UNK, BOS, EOS} & set(ids)
    assert byte_tokenizer.decode([ids]) == [normalize(text)]


def test_a_byte_tokenizer_has_a_token_for_each_byte_whatever_the_corpus() -> None:
    models = {train(lines, "byte").model for lines in (LINES, ["a"], ["\ue000 <0x41> ▁"])}
    assert len(models) == 1
    assert train(["a"], "byte").vocabulary_size == 4 + 256


@settings(deadline=None)
@given(ids=st.lists(st.integers(0, 259)))
def test_any_bytes_decode_to_one_line(byte_tokenizer: Tokenizer, ids: list[int]) -> None:
    (text,) = byte_tokenizer.decode([ids])
    assert text == normalize(text, "none")
    assert "\n" not in text and text.splitlines() in ([], [text])


@pytest.fixture(scope="module")
def with_bytes() -> dict[str, Tokenizer]:
    return {kind: train_with(kind, byte_fallback=True) for kind in ("bpe", "unigram", "char")}


@pytest.mark.parametrize("kind", ["bpe", "unigram", "char"])
@settings(deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="▁")))
def test_unknown_characters_may_be_their_bytes(
    with_bytes: dict[str, Tokenizer], kind: str, text: str
) -> None:
    ids = with_bytes[kind].encode([text])
    assert UNK not in ids[0]
    assert with_bytes[kind].decode(ids) == [normalize(text)]


@pytest.mark.parametrize("kind", ["bpe", "unigram", "char"])
def test_bytes_leave_the_learnt_tokens_of_an_automatic_vocabulary_as_many(
    with_bytes: dict[str, Tokenizer], kind: str
) -> None:
    assert with_bytes[kind].vocabulary_size == train(LINES, kind).vocabulary_size + 256


@pytest.fixture(scope="module")
def with_symbols() -> dict[str, Tokenizer]:
    kinds = [*KINDS, "byte"]
    return {kind: train_with(kind, symbols=SYMBOLS) for kind in kinds}


@pytest.mark.parametrize("kind", [*KINDS, "byte"])
@settings(deadline=None)
@given(words=st.lists(st.sampled_from([*SYMBOLS, "Hund", "street."])))
def test_a_symbol_is_one_token_and_comes_back(
    with_symbols: dict[str, Tokenizer], kind: str, words: list[str]
) -> None:
    tokenizer = with_symbols[kind]
    line = " ".join(words)
    (ids,) = tokenizer.encode([line])
    found = [piece.lstrip("▁") for piece in tokenizer.pieces(ids)]
    assert [piece for piece in found if piece in SYMBOLS] == [w for w in words if w in SYMBOLS]
    if kind != "word" or "street." not in words:
        assert tokenizer.decode([ids]) == [line]


@pytest.mark.parametrize("kind", ["bpe", "unigram", "char", "byte"])
def test_a_symbol_is_found_inside_a_word(with_symbols: dict[str, Tokenizer], kind: str) -> None:
    tokenizer = with_symbols[kind]
    ids = tokenizer.encode(["Hund<law>e"])
    assert "<law>" in tokenizer.pieces(ids[0])
    assert tokenizer.decode(ids) == ["Hund<law>e"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"symbols": ["a b"]}, r"symbols: 'a b' is not one word"),
        ({"symbols": [""]}, r"symbols: '' is not one word"),
        ({"symbols": ["a▁"]}, r"symbols: 'a▁' is not one word"),
        ({"symbols": ["ﬁ"]}, r"symbols: 'ﬁ' is not one word in the form nfkc"),
        ({"symbols": ["<s>"]}, r"symbols: '<s>' is a token of its own"),
        ({"symbols": ["<0x41>"]}, r"symbols: '<0x41>' is a token of its own"),
        ({"symbols": ["x", "x"]}, r"symbols: 'x' is there twice"),
        ({"kind": "byte", "vocabulary_size": 300}, r'vocabulary_size = 300: .* set it to "auto"'),
        ({"kind": "word", "byte_fallback": True}, r"byte_fallback: does not go with"),
        ({"byte_fallback": True, "vocabulary_size": 260}, "vocabulary_size = 260: 260 tokens are"),
        ({"kind": "char", "byte_fallback": True, "vocabulary_size": 99}, "260 tokens are given"),
    ],
)
def test_settings_that_do_not_go_together_are_named(
    values: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=rf"^tokenizer\..*{message}|{message}") as caught:
        train_with(**{"kind": "bpe", **values})  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


# --- training ---


@pytest.mark.parametrize("kind", ["bpe", "char", "word"])
def test_words_and_their_counts_give_the_model_of_the_lines(kind: str) -> None:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(normalize(line) for line in LINES),
        model_writer=model,
        model_type=kind,
        vocab_size=train(LINES, kind).vocabulary_size,
        character_coverage=1.0,
        normalization_rule_name="identity",
        pad_id=PAD, unk_id=UNK, bos_id=BOS, eos_id=EOS,
        minloglevel=2,
    )  # fmt: skip
    of_lines, ours = Tokenizer(model.getvalue(), "nfkc"), train(LINES, kind)
    every = range(ours.vocabulary_size)
    assert of_lines.pieces(every) == ours.pieces(every)
    assert of_lines.encode(LINES) == ours.encode(LINES)


def test_the_special_tokens_have_their_numbers(tokenizer: Tokenizer) -> None:
    assert tuple(tokenizer.pieces([PAD, UNK, BOS, EOS])) == SPECIAL_TOKENS


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_lines_give_the_same_model(trained: dict[str, Tokenizer], kind: str) -> None:
    assert train(LINES, kind).model == trained[kind].model


def test_lines_may_come_from_a_generator(trained: dict[str, Tokenizer]) -> None:
    pairs = len(LINES)
    again = train_tokenizer((line for line in LINES), TokenizerSettings(), pairs=pairs)
    assert again.model == trained["bpe"].model


@pytest.mark.parametrize("lines", [[], [""], ["", " \t", "\u2028", "\x00"]])
@pytest.mark.parametrize("kind", KINDS)
def test_a_corpus_without_text_is_refused(lines: list[str], kind: str) -> None:
    with pytest.raises(DataError, match="holds no text"):
        train(lines, kind)


def advised_size(kind: str, size: int, direction: str) -> int:
    """The size in the advice of the error that training with `size` raises."""
    pattern = rf"tokenizer\.vocabulary_size = {size}: .* set it to (\d+) or {direction}"
    with pytest.raises(ConfigError, match=pattern) as caught:
        train(LINES, kind, size)
    found = re.search(pattern, str(caught.value))
    assert found and "\n" not in str(caught.value)
    return int(found[1])


@pytest.mark.parametrize("kind", ["bpe", "unigram", "word"])
def test_a_vocabulary_too_large_names_the_largest_that_works(kind: str) -> None:
    largest = advised_size(kind, 5000, "less")
    assert train(LINES, kind, largest).vocabulary_size == largest
    assert advised_size(kind, largest + 1, "less") == largest


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_a_vocabulary_too_small_names_the_smallest_that_works(kind: str) -> None:
    smallest = advised_size(kind, 16, "more")
    assert train(LINES, kind, smallest).vocabulary_size == smallest
    assert advised_size(kind, smallest - 1, "more") == smallest


@pytest.mark.parametrize("kind", ["bpe", "unigram", "word"])
def test_advice_is_never_a_size_that_the_settings_forbid(kind: str) -> None:
    with pytest.raises(ConfigError, match=r'vocabulary_size = 5000: .* set it to "auto"$'):
        train(["a"], kind, 5000)
    assert train(["a"], kind, "auto").decode([[4]])


# SentencePiece writes a space as "▁", and learns nothing from a line with "▅" or from a "<pad>"
CHARACTERS = st.characters(codec="utf-8", exclude_characters="▁▅<")
CORPORA = st.one_of(
    st.lists(st.text("ab ", max_size=20), min_size=1, max_size=50),
    st.lists(st.text(CHARACTERS, max_size=20), min_size=1, max_size=50),
    st.integers(100, 400).map(lambda size: ["".join(map(chr, range(0x4E00, 0x4E00 + size)))]),
)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=50)
@given(lines=CORPORA)
def test_an_automatic_vocabulary_suits_the_smallest_corpora(kind: str, lines: list[str]) -> None:
    assume(any(map(normalize, lines)))
    tokenizer = train(lines, kind)
    encoded = tokenizer.encode(lines)
    assert tuple(tokenizer.pieces([PAD, UNK, BOS, EOS])) == SPECIAL_TOKENS
    if kind != "word":  # which knows only the most frequent words
        assert tokenizer.decode(encoded) == [normalize(line) for line in lines]


def test_the_automatic_size_grows_with_the_corpus_up_to_a_limit() -> None:
    sizes = [automatic_vocabulary_size(pairs) for pairs in (1, 5_000, 30_000, 10**6, 10**9)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[1] < sizes[2] < sizes[-1] == LARGEST_AUTOMATIC_VOCABULARY


def test_character_coverage_leaves_the_rarest_characters_out() -> None:
    lines = ["abc abc abc"] * 100 + ["ξ"]
    rare = TokenizerSettings(kind="char", character_coverage=0.99)
    tokenizer = train_tokenizer(lines, rare, pairs=101)
    assert UNK in tokenizer.encode(["ξ"])[0] and UNK not in tokenizer.encode(["abc"])[0]


# --- files ---


def test_a_saved_tokenizer_is_the_same_again(tmp_path: Path, tokenizer: Tokenizer) -> None:
    tokenizer.save(tmp_path / "tokenizer.model")
    loaded = load_tokenizer(tmp_path / "tokenizer.model", tokenizer.normalization)
    assert loaded.model == tokenizer.model
    assert loaded.vocabulary_size == tokenizer.vocabulary_size
    assert loaded.encode(LINES) == tokenizer.encode(LINES)


def test_a_foreign_file_is_taken_when_it_may_be_one(tmp_path: Path) -> None:
    path = tmp_path / "foreign.model"
    path.write_bytes(foreign_model())
    tokenizer = load_tokenizer(path, "nfkc", foreign=True)
    assert tuple(tokenizer.pieces(range(4))) == SPECIAL_TOKENS
    ids = tokenizer.encode([LINES[1]])
    assert UNK not in ids[0] and tokenizer.decode(ids) == [LINES[1]]


def foreign_model() -> bytes:
    """A SentencePiece model with the special tokens that SentencePiece itself prefers."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=model, vocab_size=100, minloglevel=2
    )
    return model.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "damaged"),
        (b"\0" * 1000, "damaged"),
        (b"Ein Hund.\n" * 100, "damaged"),
        (bytes(range(256)) * 8, "damaged"),
        (None, "its first four tokens are not <pad>, <unk>, <s>, </s>"),
    ],
)
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "tokenizer.model"
    path.write_bytes(foreign_model() if content is None else content)
    with pytest.raises(ModelError, match=re.escape(f"{path}: {message}")) as caught:
        load_tokenizer(path, "nfkc")
    assert "\n" not in str(caught.value)


def test_a_file_cut_off_is_refused_or_seen_by_its_size(
    tmp_path: Path, trained: dict[str, Tokenizer]
) -> None:
    path, whole = tmp_path / "tokenizer.model", trained["bpe"]
    refused = 0
    for length in range(0, len(whole.model) // 2, 7):
        path.write_bytes(whole.model[:length])
        try:
            assert load_tokenizer(path, "nfkc").vocabulary_size < whole.vocabulary_size
        except ModelError:
            refused += 1
    assert refused > 0


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.model", tmp_path):
        with pytest.raises(ModelError, match=re.escape(f"{path}: the tokenizer cannot be read")):
            load_tokenizer(path, "nfkc")
