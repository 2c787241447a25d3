"""SentencePiece tokenizers: train on lines, encode, decode, save (Kudo & Richardson 2018).

Text is normalized here (`nmt.text.normalization`) and SentencePiece gets it as it is, so that
training and translating see the same text, and one rule says what a tokenizer does to a line.

The kind `byte` is a SentencePiece model that knows no character, so that each becomes its bytes.
"""

import io
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import sentencepiece

from nmt.atomic import write_atomically
from nmt.errors import ConfigError, DataError, ModelError
from nmt.settings import SMALLEST_VOCABULARY, TokenizerSettings
from nmt.text.normalization import Normalization, normalize
from nmt.text.sentencepiece_model import with_special_tokens, without_escaped_spaces
from nmt.text.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK

LARGEST_AUTOMATIC_VOCABULARY = 32_000
UNSEEN = "\ue000"  # a private character, which SentencePiece learns `byte` from, and forgets
BYTES = 256  # tokens that `byte` and `byte_fallback` add


class Tokenizer:
    """Text to token ids and back, by one SentencePiece model."""

    def __init__(self, model: bytes, normalization: Normalization) -> None:
        self.model = model
        self.normalization: Normalization = normalization
        self._processor = sentencepiece.SentencePieceProcessor()
        self._processor.LoadFromSerializedProto(model)  # unlike the constructor, refuses b""
        self.vocabulary_size: int = self._processor.get_piece_size()

    def encode(self, lines: Sequence[str]) -> list[list[int]]:
        """The token ids of each line, without BOS and EOS; an empty line has none."""
        normalized = [normalize(line, self.normalization) for line in lines]
        ids: list[list[int]] = self._processor.encode(normalized)
        return ids

    def spans(self, lines: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Where the tokens of `encode` stand in each normalized line, from character to character.

        A token may stand for no character: the "▁" in front of a line, or a part of a character.
        """
        normalized = [normalize(line, self.normalization) for line in lines]
        found = self._processor.encode(normalized, return_type="offset_mapping")
        return [line["offsets"] for line in found]

    def decode(self, sentences: Sequence[Sequence[int]]) -> list[str]:
        """One line of text for each list of ids; special tokens leave no trace but UNK, a "⁇"."""
        kept = [[int(i) for i in ids if i not in (PAD, BOS, EOS)] for ids in sentences]
        texts: list[str] = self._processor.decode(kept) if kept else []
        return [normalize(text, "none") for text in texts]  # bytes may spell a line break

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """The written form of each token, with "▁" for a space before a word."""
        return [str(self._processor.id_to_piece(int(i))) for i in ids]

    def save(self, path: Path) -> None:
        """Write the SentencePiece model file."""
        write_atomically(path, lambda temporary: temporary.write_bytes(self.model))


def load_tokenizer(path: Path, normalization: Normalization, *, foreign: bool = False) -> Tokenizer:
    """Read a SentencePiece model file.

    Args:
        foreign: whether the file may have been made elsewhere; its special tokens become ours.

    Raises:
        ModelError: the file is missing, is no SentencePiece model, or has other special tokens.
    """
    try:
        model = path.read_bytes()
        tokenizer = Tokenizer(model, normalization)
        if foreign:
            tokenizer = Tokenizer(with_special_tokens(model), normalization)
    except OSError as error:
        raise ModelError(f"{path}: the tokenizer cannot be read: {error.strerror}") from None
    except RuntimeError:
        raise ModelError(f"{path}: damaged, or not a SentencePiece model; copy it again") from None
    if tuple(tokenizer.pieces(range(tokenizer.vocabulary_size))[:4]) != SPECIAL_TOKENS:
        raise ModelError(f"{path}: its first four tokens are not {', '.join(SPECIAL_TOKENS)}")
    return tokenizer


def automatic_vocabulary_size(pairs: int) -> int:
    """A vocabulary size for a corpus of so many pairs: 2,800 for 5,000, 6,900 for 30,000 ...

    The factor gives sizes near those with the best BLEU at 5,000 and 29,000 pairs, of captions
    (benchmarks/RESULTS.md).
    """
    return max(100, min(LARGEST_AUTOMATIC_VOCABULARY, round(40 * math.sqrt(pairs))))


def train_tokenizer(lines: Iterable[str], settings: TokenizerSettings, *, pairs: int) -> Tokenizer:
    """Train a SentencePiece model on lines of text; the same lines give the same model.

    Raises:
        ConfigError: the vocabulary is larger or smaller than the corpus supports, or the settings
            contradict one another.
        DataError: there is no text.
    """
    given = _check_settings(settings)
    normalized = (normalize(line, settings.normalization) for line in lines)
    if settings.kind == "unigram":  # starts from strings in whole lines
        counts: Mapping[str, int] = Counter(line for line in normalized if line)
    else:
        counts = Counter(word for line in normalized for word in line.split())
    if not counts:
        raise DataError("the training corpus holds no text to train a tokenizer on")
    if settings.kind == "byte":
        return _train({UNSEEN: 1}, settings, given)
    automatic = settings.vocabulary_size == "auto"
    learnt = automatic_vocabulary_size(pairs) + given - len(SPECIAL_TOKENS)
    wanted = learnt if automatic else int(settings.vocabulary_size)
    if automatic and settings.kind == "char":
        wanted = LARGEST_AUTOMATIC_VOCABULARY  # of which SentencePiece takes what it needs
    size = wanted
    for _ in range(3 if automatic else 1):  # too small, then too large, then right
        try:
            return _train(counts, settings, size)
        except RuntimeError as error:
            message = str(error)
        largest = re.search(r"too high .* <= (\d+)", message)
        smallest = re.search(r"required_chars\. \d+ vs (\d+)", message)
        if largest:
            size = int(largest[1])
        elif smallest:  # all characters, and half as many tokens again
            size = int(smallest[1]) * 3 // 2
    raise ConfigError(_vocabulary_advice(wanted, largest, smallest, message))


def _vocabulary_advice(
    size: int, largest: re.Match[str] | None, smallest: re.Match[str] | None, message: str
) -> str:
    name = f"tokenizer.vocabulary_size = {size}"
    if largest:
        settable = int(largest[1]) >= SMALLEST_VOCABULARY
        advice = f"{largest[1]} or less" if settable else '"auto"'
        return f"{name}: larger than the corpus supports; set it to {advice}"
    if smallest:
        return (
            f"{name}: smaller than the number of characters in the corpus; set it to "
            f"{smallest[1]} or more, or lower tokenizer.character_coverage (such as 0.9995)"
            " with tokenizer.byte_fallback = true"
        )
    return f"{name}: SentencePiece cannot train on this corpus: {message.splitlines()[0]}"


def _check_settings(settings: TokenizerSettings) -> int:
    """The number of tokens that are given and not learnt.

    Raises:
        ConfigError: a symbol cannot be one token, or two settings contradict one another.
    """
    for symbol in settings.symbols:
        name, form = f"tokenizer.symbols: {symbol!r}", settings.normalization
        if not symbol or symbol != normalize(symbol, form) or set(symbol) & set(" ▁"):
            raise ConfigError(f"{name} is not one word in the form {form}; write it as one")
        if symbol in SPECIAL_TOKENS or re.fullmatch("<0x[0-9A-F]{2}>", symbol):
            raise ConfigError(f"{name} is a token of its own already; choose another name")
        if settings.symbols.count(symbol) > 1:
            raise ConfigError(f"{name} is there twice; leave one out")
    as_bytes = settings.byte_fallback or settings.kind == "byte"
    given = len(SPECIAL_TOKENS) + len(settings.symbols) + BYTES * as_bytes
    size = settings.vocabulary_size
    if settings.kind == "byte" and size not in ("auto", given):
        raise ConfigError(
            f"tokenizer.vocabulary_size = {size}: there are {given} with tokenizer.kind = "
            '"byte"; set it to "auto"'
        )
    if settings.kind == "word" and settings.byte_fallback:
        raise ConfigError('tokenizer.byte_fallback: does not go with tokenizer.kind = "word"')
    if settings.kind != "byte" and size != "auto" and size <= given:
        raise ConfigError(
            f"tokenizer.vocabulary_size = {size}: {given} tokens are given (special ones, symbols, "
            f'bytes); set it to more, or to "auto"'
        )
    return given


def _train(counts: Mapping[str, int], settings: TokenizerSettings, size: int) -> Tokenizer:
    """Train on texts and their counts; the words of lines give the same model as the lines do."""
    model, as_bytes = io.BytesIO(), settings.kind == "byte"
    start = "▁" if settings.kind == "word" else ""  # a token is a word with the space before it
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(f"{text}\t{count}" for text, count in counts.items()),
        input_format="tsv",
        model_writer=model,
        model_type="char" if as_bytes else settings.kind,
        vocab_size=size,
        character_coverage=settings.character_coverage,
        byte_fallback=settings.byte_fallback or as_bytes,
        user_defined_symbols=[start + symbol for symbol in settings.symbols],
        pad_id=PAD,
        unk_id=UNK,
        bos_id=BOS,
        eos_id=EOS,
        pad_piece=SPECIAL_TOKENS[PAD],
        normalization_rule_name="identity",
        add_dummy_prefix=not as_bytes,
        max_sentence_length=1 << 20,
        num_threads=1,  # two threads give another unigram model
        minloglevel=2,
    )
    trained = model.getvalue()
    if as_bytes:  # a space is one byte, where SentencePiece's sign for it would be three
        trained = without_escaped_spaces(trained)
    return Tokenizer(trained, settings.normalization)
