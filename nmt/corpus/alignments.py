"""Word alignments of a corpus in Pharaoh format, a line for each pair, such as "0-0 1-2 2-1".

A link i-j joins word i of the source to word j of the target. Words are counted from 0, and are
what white space parts in the raw text. An empty line is a pair without an alignment.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import tee, zip_longest
from pathlib import Path
from typing import TypeVar

from nmt.config import Config
from nmt.corpus.readers.lines import read_lines
from nmt.corpus.sentence_pair import SentencePair, aligned_pair
from nmt.errors import ConfigError, DataError

MOST_TOKENS = 2**16 - 1  # of a sentence, whose links are kept in 16 bits
SHOWN = 20  # characters of what is no link
_LINK = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
Beside = TypeVar("Beside")


def has_alignments(config: Config) -> bool:
    """Whether a training corpus comes with word alignments."""
    return any(entry.alignment is not None for entry in config.data.train)


def check_alignments(config: Config, *, text_changes: bool) -> None:
    """Refuse settings that do not go with word alignments, or with having none.

    Args:
        text_changes: whether each epoch cuts the text anew, so that no links of tokens hold.

    Raises:
        ConfigError: as said.
    """
    weight, entries = config.training.guided_alignment, list(enumerate(config.data.train))
    if config.data.valid and config.data.valid.alignment is not None:
        raise ConfigError("data.valid.alignment: goes with training corpora; leave it out")
    named = [f"data.train[{number}].alignment" for number, entry in entries if entry.alignment]
    if weight and not named:
        raise ConfigError(
            f"training.guided_alignment = {weight}: no training corpus comes with word alignments; "
            "name their file in data.train (alignment = FILE), or set it to 0"
        )
    if not named:
        return
    if not weight:
        raise ConfigError(
            f"{named[0]}: of no use with training.guided_alignment = 0; set that to the weight of "
            "the alignments, such as 0.1, or leave the file out"
        )
    if config.model.attention == "local":
        raise ConfigError(
            f"{named[0]}: does not go with model.attention = local, whose weights are zero outside "
            "of its window and learn nothing there; choose another attention, or leave the file out"
        )
    if text_changes:
        setting = "tokenizer.sampling" if config.tokenizer.sampling else "data.augment"
        raise ConfigError(
            f"{named[0]}: does not go with {setting}, which gives each epoch other tokens; leave "
            "one of them out"
        )
    if config.data.max_length > MOST_TOKENS:
        raise ConfigError(
            f"data.max_length = {config.data.max_length}: at most {MOST_TOKENS} with alignments"
        )


def parse_links(alignment: str) -> list[tuple[int, int]]:
    """The links of a line, words of source and target.

    Raises:
        ValueError: with the first that is none.
    """
    links = []
    for text in alignment.split():
        link = _LINK.fullmatch(text)
        if link is None:
            raise ValueError(text)
        links.append((int(link[1]), int(link[2])))
    return links


def with_alignments(
    pairs: Iterable[SentencePair], file: Path, corpus: str
) -> Iterator[SentencePair]:
    """The pairs of a corpus, in order, each with its line of a file of alignments.

    Args:
        corpus: its name.

    Raises:
        DataError: the file cannot be read, has more or fewer lines, or a line that does not fit.
    """
    both = zip_longest(pairs, read_lines(file))
    for number, (pair, line) in enumerate(both, start=1):
        if pair is None or line is None:
            shorter, longer = number - 1, number + sum(1 for _ in both)
            lines, count = (shorter, longer) if line is None else (longer, shorter)
            raise DataError(
                f"{file} has {lines:,} lines, {corpus} has {count:,} pairs: each pair needs a line "
                "of alignments, which may be empty"
            )
        _check(line, pair, f"{file}, line {number}")
        yield aligned_pair(pair, line)


def _check(line: str, pair: SentencePair, place: str) -> None:
    """Refuse a line that is no alignment of this pair."""
    try:
        links = parse_links(line)
    except ValueError as error:
        raise DataError(
            f"{place}: {str(error)[:SHOWN]!r} is no link of two words such as 0-2 (source-target, "
            "counted from 0); correct the line, or empty it"
        ) from None
    if not links:
        return
    for side, name, text in ((0, "source", pair.source), (1, "target", pair.target)):
        words, last = len(text.split()), max(link[side] for link in links)
        if last >= words:
            raise DataError(
                f"{place}: names word {last} of the {name}, which has {words:,} (counted from 0, "
                "parted by white space); align the text as it is, or empty the line"
            )


def with_first(
    change: Callable[[Iterator[SentencePair]], Iterator[SentencePair]],
    items: Iterable[tuple[SentencePair, Beside]],
) -> Iterator[tuple[SentencePair, Beside]]:
    """The items with their pairs as `change` gives them, one for one; what is beside them stays."""
    first, second = tee(items)
    return zip(change(pair for pair, _ in first), (beside for _, beside in second), strict=True)
