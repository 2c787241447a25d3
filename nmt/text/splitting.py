"""Cutting a text that is too long to translate at once into parts that are not."""

import re
from collections.abc import Callable

# a sentence ends at . ! ? ... and their kin, with closing quotes, before white space,
# or at an ideographic full stop, which no space follows
_SENTENCE_END = re.compile(r"(?<=[.!?…:;])[\"'”’»)\]]*\s+|(?<=[。！？；])[」』”’）]*\s*")
_WHITE_SPACE = re.compile(r"\s+")


def split_text(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Parts of a text that fit, in order, as few as a greedy cut gives; none is empty.

    It is cut at sentence ends; a sentence that does not fit, at white space; a word that does not
    fit, between characters.

    Args:
        fits: whether a part is short enough; a part of a fitting part fits too.
    """
    sentences = _pieces(text, _SENTENCE_END)
    parts = _pack(sentences, fits, lambda sentence: _split_sentence(sentence, fits))
    return [part.strip() for part in parts if part.strip()]


def _split_sentence(sentence: str, fits: Callable[[str], bool]) -> list[str]:
    words = _pieces(sentence, _WHITE_SPACE)
    return _pack(words, fits, lambda word: _split_word(word, fits))


def _split_word(word: str, fits: Callable[[str], bool]) -> list[str]:
    if fits(word) or len(word) == 1:
        return [word]
    half = len(word) // 2
    return _split_word(word[:half], fits) + _split_word(word[half:], fits)


def _pieces(text: str, boundary: re.Pattern[str]) -> list[str]:
    """The text cut behind each boundary, which stays at the end of its piece."""
    ends = [match.end() for match in boundary.finditer(text)]
    return [text[i:j] for i, j in zip([0, *ends], [*ends, len(text)], strict=True) if i < j]


def _pack(
    pieces: list[str], fits: Callable[[str], bool], split: Callable[[str], list[str]]
) -> list[str]:
    """Join neighbouring pieces while they fit together; split those that do not fit alone."""
    parts: list[str] = []
    for piece in pieces:
        if parts and fits(parts[-1] + piece):
            parts[-1] += piece
        elif fits(piece):
            parts.append(piece)
        else:
            parts += split(piece)
    return parts
