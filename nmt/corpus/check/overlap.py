"""Finding training pairs that occur in the held-out sets, which then measure memory, not skill.

A pair that a held-out set has on both sides is worst; a side alone is worth a warning. Very short
sentences ("Yes.") are alike by nature, and set apart.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from nmt.corpus.check.fault import Finding, Side
from nmt.corpus.check.sentence_keys import pair_key, skeleton, text_key
from nmt.corpus.sentence_pair import SentencePair

Reason = Literal["pair", "source", "target", "short"]

SHORT = 16  # UTF-8 bytes of a skeleton: two or three words, or five Chinese characters
COPIES_COMPARED = 20  # of a sentence that a held-out set repeats, to find one exactly the same


@dataclass(frozen=True, slots=True)
class _Side:
    """The keys of one side, or of whole pairs, in ascending order; and whose each is."""

    keys: "array[int]"
    pairs: "array[int]"  # numbers of held-out pairs, ascending where keys are equal

    def find(self, key: int) -> int | None:
        """The first position of a key."""
        position = bisect_left(self.keys, key)
        return position if position < len(self.keys) and self.keys[position] == key else None

    def pairs_at(self, position: int, limit: int | None = None) -> list[int]:
        """The held-out pairs that share the key at a position, or the first few of them."""
        key, end = self.keys[position], position
        last = len(self.keys) if limit is None else min(len(self.keys), position + limit)
        while end < last and self.keys[end] == key:
            end += 1
        return self.pairs[position:end].tolist()


@dataclass(frozen=True, slots=True)
class OverlapIndex:
    """All sentences of the held-out sets by their keys: 74 bytes a pair."""

    names: tuple[str, ...]
    files: "array[int]"  # of each held-out pair, the index of its name
    lines: "array[int]"
    exact: "tuple[array[int], array[int]]"  # of each, the keys of source and target as they stand
    sides: Mapping[Side, _Side]


class Place(NamedTuple):
    """A sentence or a pair of the index that occurs in training."""

    reason: Reason
    side: Side
    position: int


class Match(NamedTuple):
    """A training pair occurs in a held-out set."""

    place: Place
    name: str
    line: int  # of the held-out set, the first if there are several
    exact: bool  # otherwise but for case, width, spaces and punctuation


def learn_overlap(held_out: Mapping[str, Iterable[SentencePair]]) -> OverlapIndex:
    """Index the held-out sets, each under the name that findings shall give it.

    They are kept in memory: 74 MB for a million pairs.
    """
    files, lines = array("H"), array("Q")
    exact = (array("Q"), array("Q"))
    keys: dict[Side, array[int]] = {side: array("Q") for side in ("source", "target", "both")}
    owners: dict[Side, array[int]] = {side: array("Q") for side in keys}

    def enter(side: Side, key: int) -> None:
        keys[side].append(key)
        owners[side].append(len(files))

    for number, pairs in enumerate(held_out.values()):
        for pair in pairs:
            source, target = skeleton(pair.source), skeleton(pair.target)
            if source:
                enter("source", text_key(source))
            if target:
                enter("target", text_key(target))
            if source and target:
                enter("both", pair_key(source, target))
            exact[0].append(text_key(pair.source))
            exact[1].append(text_key(pair.target))
            files.append(number)
            lines.append(pair.line)
    sides = {side: _sorted(keys[side], owners[side]) for side in keys}
    return OverlapIndex(tuple(held_out), files, lines, exact, sides)


def find_matches(pair: SentencePair, index: OverlapIndex) -> list[Match]:
    """Where a training pair occurs in the held-out sets: as a pair, or else each side."""
    source, target = skeleton(pair.source), skeleton(pair.target)
    source_at = index.sides["source"].find(text_key(source)) if source else None
    target_at = index.sides["target"].find(text_key(target)) if target else None
    if source_at is None and target_at is None:
        return []
    source_is_short = len(source.encode("utf-8", "surrogatepass")) < SHORT
    target_is_short = len(target.encode("utf-8", "surrogatepass")) < SHORT
    if source_at is not None and target_at is not None:
        pair_at = index.sides["both"].find(pair_key(source, target))
        if pair_at is not None:
            reason: Reason = "short" if source_is_short or target_is_short else "pair"
            return [_match(pair, index, Place(reason, "both", pair_at))]
    matches = []
    if source_at is not None:
        reason = "short" if source_is_short else "source"
        matches.append(_match(pair, index, Place(reason, "source", source_at)))
    if target_at is not None:
        reason = "short" if target_is_short else "target"
        matches.append(_match(pair, index, Place(reason, "target", target_at)))
    return matches


def finding(match: Match) -> Finding:
    """A match in words."""
    side = match.place.side
    what = "this pair" if side == "both" else f"the {side}"
    but = "" if match.exact else ", but for case, spaces or punctuation"
    detail = f"{what} is also in line {match.line} of {match.name}{but}"
    return Finding("overlap", match.place.reason, side, detail)


def affected_lines(index: OverlapIndex, places: Iterable[Place]) -> Counter[tuple[str, Reason]]:
    """How many lines of each held-out set occur in training, by name and reason.

    `places` are those of all matches; a set of them is enough.
    """
    pairs: dict[Reason, set[int]] = {}
    for place in set(places):
        found = index.sides[place.side].pairs_at(place.position)
        pairs.setdefault(place.reason, set()).update(found)
    return Counter(
        (index.names[index.files[pair]], reason)
        for reason, numbers in pairs.items()
        for pair in numbers
    )


def _match(pair: SentencePair, index: OverlapIndex, place: Place) -> Match:
    """The match at a place: with the first held-out pair that is exactly the same, if any is."""
    candidates = index.sides[place.side].pairs_at(place.position, COPIES_COMPARED)
    source = None if place.side == "target" else text_key(pair.source)
    target = None if place.side == "source" else text_key(pair.target)
    for candidate in candidates:
        if source in (None, index.exact[0][candidate]) and target in (
            None,
            index.exact[1][candidate],
        ):
            return _located(index, place, candidate, exact=True)
    return _located(index, place, candidates[0], exact=False)


def _located(index: OverlapIndex, place: Place, pair: int, *, exact: bool) -> Match:
    return Match(place, index.names[index.files[pair]], index.lines[pair], exact)


def _sorted(keys: "array[int]", pairs: "array[int]") -> _Side:
    """Keys in ascending order, with whose each is."""
    numbers = np.array(keys, np.uint64)
    order = np.argsort(numbers, kind="stable")
    owners = np.array(pairs, np.uint64)[order]
    return _Side(array("Q", numbers[order].tobytes()), array("Q", owners.tobytes()))
