"""The words of a line, and numbers for them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from operator import add
from zlib import crc32

PREFIX = 6  # letters of a word that count: nearly its stem
MOST_CHARACTERS = 2000  # of a line that are looked at
MOST_WORDS = 80  # of a line that are looked at; more cost time and tell little
BUCKETS = 1 << 16
REMEMBERED = 100_000  # unknown words, to save time

_MARKS = re.escape(
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¡¿·«»‹›‘’‚“”„…–—、。「」『』【】〔〕〈〉《》・।"
)
# Scripts without spaces between words: Thai and Lao, Burmese, Khmer, kana, Han.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff"
    "\U00020000-\U0003ffff]+"
)
_WORD = re.compile(rf"\d+|[^\s\d{_MARKS}]+")


def words(line: str) -> list[str]:
    """The words of a line in small letters, cut to stems; character pairs where no spaces are."""
    line = line[:MOST_CHARACTERS]
    if line.isascii():
        return [word[:PREFIX] for word in _WORD.findall(line.lower())[:MOST_WORDS]]
    line = unicodedata.normalize("NFKC", line).lower()
    pieces: list[str] = []
    for run in _UNSPACED.findall(line):
        pieces += map(add, run, run[1:]) if len(run) > 1 else run
    if pieces:
        line = _UNSPACED.sub(" ", line)
    return ([word[:PREFIX] for word in _WORD.findall(line)] + pieces)[:MOST_WORDS]


class Vocabulary(dict[str, int]):
    """Numbers for words: from 0 to `size` for known ones, above by their hash for others.

    Words in digits are never known: they say most by being the same on both sides.
    """

    def __init__(self, known: Iterable[str]) -> None:
        super().__init__((word, number) for number, word in enumerate(known))
        self.size = len(self)

    def __missing__(self, word: str) -> int:
        number = self.size + crc32(word.encode("utf-8", "surrogatepass")) % BUCKETS
        if len(self) < self.size + REMEMBERED:
            self[word] = number
        return number


def learn_vocabulary(sentences: Iterable[list[str]], size: int) -> Vocabulary:
    """The `size` words that occur in most sentences, in two at least."""
    counts: Counter[str] = Counter()
    for sentence in sentences:
        counts.update(set(sentence))
    common = (word for word, count in counts.most_common() if count > 1 and not word.isdigit())
    return Vocabulary(islice(common, size))
