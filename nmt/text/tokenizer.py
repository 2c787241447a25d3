"""SentencePiece tokenizers: train on lines, encode, decode, save (Kudo & Richardson 2018).

Text is normalized here (`nmt.text.normalization`) and SentencePiece gets it as it is, so that
training and translating see the same text, and one rule says what a tokenizer does to a line.
"""

import io
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import sentencepiece

from nmt.atomic import write_atomically
from nmt.config import SMALLEST_VOCABULARY, TokenizerSettings
from nmt.errors import ConfigError, DataError, ModelError
from nmt.text.normalization import Normalization, normalize
from nmt.text.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK

LARGEST_AUTOMATIC_VOCABULARY = 32_000


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

    def decode(self, sentences: Sequence[Sequence[int]]) -> list[str]:
        """The text of each list of token ids; special tokens leave no trace but UNK, a "⁇"."""
        kept = [[int(i) for i in ids if i not in (PAD, BOS, EOS)] for ids in sentences]
        texts: list[str] = self._processor.decode(kept) if kept else []
        return [text.strip() for text in texts]

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """The written form of each token, with "▁" for a space before a word."""
        return [str(self._processor.id_to_piece(int(i))) for i in ids]

    def save(self, path: Path) -> None:
        """Write the SentencePiece model file."""
        write_atomically(path, lambda temporary: temporary.write_bytes(self.model))


def load_tokenizer(path: Path, normalization: Normalization) -> Tokenizer:
    """Read a SentencePiece model file.

    Raises:
        ModelError: the file is missing, is no SentencePiece model, or has other special tokens.
    """
    try:
        tokenizer = Tokenizer(path.read_bytes(), normalization)
    except OSError as error:
        raise ModelError(f"{path}: the tokenizer cannot be read: {error.strerror}") from None
    except RuntimeError:
        raise ModelError(f"{path}: damaged, or not a SentencePiece model; copy it again") from None
    if tuple(tokenizer.pieces(range(tokenizer.vocabulary_size))[:4]) != SPECIAL_TOKENS:
        raise ModelError(f"{path}: its first four tokens are not {', '.join(SPECIAL_TOKENS)}")
    return tokenizer


def automatic_vocabulary_size(pairs: int) -> int:
    """A vocabulary size for a corpus of so many pairs: 2,000 for 5,000, 4,850 for 30,000 ..."""
    return max(100, min(LARGEST_AUTOMATIC_VOCABULARY, round(28 * math.sqrt(pairs))))


def train_tokenizer(lines: Iterable[str], settings: TokenizerSettings, *, pairs: int) -> Tokenizer:
    """Train a SentencePiece model on lines of text; the same lines give the same model.

    Raises:
        ConfigError: the vocabulary is larger or smaller than the corpus supports.
        DataError: there is no text.
    """
    automatic = settings.vocabulary_size == "auto"
    wanted = automatic_vocabulary_size(pairs) if automatic else int(settings.vocabulary_size)
    if automatic and settings.kind == "char":
        wanted = LARGEST_AUTOMATIC_VOCABULARY  # of which SentencePiece takes what it needs
    normalized = [normalize(line, settings.normalization) for line in lines]
    if not any(normalized):
        raise DataError("the training corpus holds no text to train a tokenizer on")
    size = wanted
    for _ in range(3 if automatic else 1):  # too small, then too large, then right
        try:
            return _train(normalized, settings, size)
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
        )
    return f"{name}: SentencePiece cannot train on this corpus: {message.splitlines()[0]}"


def _train(lines: list[str], settings: TokenizerSettings, size: int) -> Tokenizer:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        model_type=settings.kind,
        vocab_size=size,
        character_coverage=settings.character_coverage,
        pad_id=PAD,
        unk_id=UNK,
        bos_id=BOS,
        eos_id=EOS,
        pad_piece=SPECIAL_TOKENS[PAD],
        normalization_rule_name="identity",
        max_sentence_length=1 << 20,
        num_threads=1,  # more would be faster, but the order of sums could change the model
        minloglevel=2,
    )
    return Tokenizer(model.getvalue(), settings.normalization)
