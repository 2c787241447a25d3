"""Which tokens the words of a line became. Words are what white space parts in the raw text.

Normalization may leave nothing of a word, or put a space into it; a tokenizer may write the space
before a word as a token of its own, which counts as part of the word, or cover several words by one
token, which then is a token of each. So this follows the characters, and not the pieces' texts.
"""

from collections.abc import Sequence

from nmt.text.normalization import Normalization, normalize
from nmt.text.tokenizer import Tokenizer

Span = tuple[int, int]  # the first of something, and the one behind its last


def words_as_tokens(lines: Sequence[Sequence[str]], tokenizer: Tokenizer) -> list[list[Span]]:
    """For each line, given as its words, the tokens of each word; an empty span if it has none."""
    spans = tokenizer.spans([" ".join(words) for words in lines])
    return [
        tokens_of_words(words, line, tokenizer.normalization)
        for words, line in zip(lines, spans, strict=True)
    ]


def tokens_of_words(words: Sequence[str], spans: Sequence[Span], form: Normalization) -> list[Span]:
    """The tokens of each word of a line.

    Args:
        spans: where each token stands in the normalized line.
    """
    text, line = "", " ".join(words)
    is_normal = normalize(line, form) == line  # as most lines are
    owners: list[int] = []  # of each character: its word; of the space before a word, that word
    for number, word in enumerate(words):
        if kept := word if is_normal else normalize(word, form):
            text += f" {kept}" if text else kept
            owners += [number] * (len(text) - len(owners))
    found: dict[int, Span] = {}
    for token, (start, end) in enumerate(spans):
        while end - start > 1 and text[end - 1] == " ":  # as some tokenizers end a word
            end -= 1
        for number in dict.fromkeys(owners[start : max(end, start + 1)]):
            found[number] = (found.get(number, (token, 0))[0], token + 1)
    return [found.get(number, (0, 0)) for number in range(len(words))]
