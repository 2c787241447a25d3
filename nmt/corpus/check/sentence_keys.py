"""Hash keys of sentences and pairs, by which repetitions are found.

A sentence is compared in three forms: as it stands; as its `skeleton`, without what people and
tools write differently (case, width, spaces, punctuation); and as its letters alone, of which a
MinHash signature tells whether two are nearly the same (A. Broder, On the resemblance and
containment of documents, 1997). Hashes have 64 bits and are the same on each machine and run: in
500 million different sentences the odds of any two sharing one are under 1%.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_intdigest

from nmt.corpus.external_sort import Keys
from nmt.corpus.sentence_pair import SentencePair

QUESTION_MARKS = "?؟՞፧"  # they stay: "You are coming?" isn't "You are coming."
SEPARATOR = "\x1f"  # stands between the two sides of a pair
# Between digits something stays: 1.5 isn't 15, though it is 1,5.
BETWEEN_DIGITS = re.compile(r"(\d)\W+(?=\d)")

# Nearly the same: so many smallest hashes of a sentence's trigrams agree, on both sides.
SMALLEST_HASHES = 6
TRIGRAM = 3
LONG_ENOUGH = 24  # UTF-8 bytes of letters on each side; of shorter ones it would say too little
LETTERS_COMPARED = 2000  # of a sentence: bounds the memory that one endless line takes
MULTIPLIERS = (  # odd, random
    0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93,
    0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3,
)  # fmt: skip


class _Kept(dict[int, int | None]):
    """Which characters `str.translate` keeps, looked up when one is first seen."""

    def __init__(self, dropped: str, also_kept: str = "") -> None:
        """Drop the characters whose Unicode category begins with one of the words of `dropped`."""
        super().__init__((ord(character), ord(character)) for character in also_kept)
        self._dropped = tuple(dropped.split())

    def __missing__(self, code: int) -> int | None:
        drop = unicodedata.category(chr(code)).startswith(self._dropped)
        self[code] = None if drop else code
        return self[code]


_IN_SKELETON = _Kept("P Z Sk Cc Cf", QUESTION_MARKS)
_LETTERS = _Kept("P Z S C N")


class PairKeys(NamedTuple):
    """The keys of some pairs, one an entry."""

    exact: Keys  # of both sides as they stand
    skeleton: Keys  # of both sides' skeletons
    source: Keys  # of one side's skeleton
    target: Keys
    near: Keys  # equal keys: nearly the same letters on both sides
    near_pairs: npt.NDArray[np.intp]  # the pairs that `near` has a key of: those long enough


def skeleton(text: str) -> str:
    """What is left of a sentence without case, width, spaces and punctuation.

    Question marks, and something between digits, are left. So is a text that has nothing else.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    return BETWEEN_DIGITS.sub(r"\1|", text).translate(_IN_SKELETON) or text.strip()


def text_key(text: str) -> int:
    """The 64-bit hash of a text."""
    return xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


def pair_key(source: str, target: str) -> int:
    """The 64-bit hash of a pair of texts."""
    return text_key(source + SEPARATOR + target)


def pair_keys(pairs: Sequence[SentencePair]) -> PairKeys:
    """All keys of some pairs."""
    skeletons = [(skeleton(pair.source), skeleton(pair.target)) for pair in pairs]
    letters = [(s.translate(_LETTERS), t.translate(_LETTERS)) for s, t in skeletons]
    long = [row for row, sides in enumerate(letters) if all(map(_is_long, sides))]
    return PairKeys(
        exact=_keys([pair_key(pair.source, pair.target) for pair in pairs]),
        skeleton=_keys([pair_key(source, target) for source, target in skeletons]),
        source=_keys([text_key(source) for source, _ in skeletons]),
        target=_keys([text_key(target) for _, target in skeletons]),
        near=near_keys([letters[row] for row in long]),
        near_pairs=np.array(long, dtype=np.intp),
    )


def near_keys(letters: Sequence[tuple[str, str]]) -> Keys:
    """Keys of pairs of three letters or more, of which those of nearly the same ones often agree.

    With r smallest hashes, and the share J of trigrams that two sentences have in common, their
    signatures agree with probability J^r: 0.53 at J = 0.9, but 0.0007 at J = 0.3; and both sides
    must agree.
    """
    if not letters:
        return _keys([])
    sources = _signatures([source[:LETTERS_COMPARED] for source, _ in letters])
    targets = _signatures([target[:LETTERS_COMPARED] for _, target in letters])
    return _scrambled(sources, MULTIPLIERS[0]) ^ targets


def _is_long(letters: str) -> bool:
    """Whether a sentence has enough letters to be nearly the same as another."""
    length = len(letters)
    # A letter has one to four bytes: mostly there is no need to count them.
    return length >= LONG_ENOUGH or (
        length * 4 >= LONG_ENOUGH and len(letters.encode("utf-8", "surrogatepass")) >= LONG_ENOUGH
    )


def _signatures(texts: Sequence[str]) -> Keys:
    """One hash of the smallest trigram hashes of each text; texts have three letters or more."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    letters = codes.astype(np.uint64)
    # 21 bits are enough for a letter, so a trigram is one number. C letters, C - 2 trigrams.
    trigrams = (letters[:-2] << np.uint64(42)) | (letters[1:-1] << np.uint64(21)) | letters[2:]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    ends = np.cumsum(lengths)
    # From the last two letters of a text, trigrams would reach into the next: spans leave them out.
    spans = np.stack([ends - lengths, ends - TRIGRAM + 1], axis=1).ravel()
    signatures = np.zeros(len(texts), np.uint64)
    for multiplier in MULTIPLIERS[:SMALLEST_HASHES]:
        hashes = np.append(_scrambled(trigrams, multiplier), np.uint64(0))
        smallest = np.minimum.reduceat(hashes, spans)[::2]
        signatures = _scrambled(signatures ^ smallest, MULTIPLIERS[0])
    return signatures


def _scrambled(numbers: Keys, multiplier: int) -> Keys:
    """Each number's bits mixed, by a product and shifts; never two numbers made one."""
    product = (numbers ^ (numbers >> np.uint64(32))) * np.uint64(multiplier)
    mixed: Keys = (product ^ (product >> np.uint64(29))) * np.uint64(MULTIPLIERS[-1])
    return mixed ^ (mixed >> np.uint64(32))


def _keys(numbers: Sequence[int]) -> Keys:
    return np.array(numbers, dtype=np.uint64)
