"""Localization files: XLIFF 1.0 to 1.2 and 2.x."""

from collections.abc import Iterator
from typing import BinaryIO

from nmt.corpus.readers.language_choice import DirectionChoice
from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.xml_events import Element, read_elements
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

# The content of these is code of the document's format, not text. <g>, <pc> and <mrk> surround
# text. <cp> names a control character that XML cannot hold.
CODES = frozenset({"bpt", "bx", "cp", "ept", "ex", "it", "ph", "sub", "x", "sc", "ec"})


def read_xliff(file: BinaryIO, name: str, selection: Selection) -> Iterator[SentencePair]:
    """The pairs of a localization file, each with the line of its <trans-unit> or <segment>.

    A unit that is divided into segments (<seg-source> and <mrk mtype="seg">) gives a pair for each.
    One without a translation gives a pair with an empty target. <alt-trans>, notes and what stands
    between the segments (<ignorable>) are left out; so are inline codes, but the text that they
    surround is kept. Line breaks become spaces (see `one_line`). Of several <file> elements those
    in the selected languages count, in the opposite direction too; without a selection all must
    have the same languages.

    Raises:
        DataError: the file is no XLIFF or damaged, holds no pair, or none in the languages.
    """
    choice = DirectionChoice(name, selection)
    languages: tuple[str | None, str | None] = (None, None)
    pairs = 0
    for element in read_elements(file, name, root="xliff", units={"trans-unit", "unit"}):
        attributes = element.attributes
        if element.name == "xliff":
            languages = (attributes.get("srcLang"), attributes.get("trgLang"))
        elif element.name == "file" and "source-language" in attributes:
            languages = (attributes["source-language"], attributes.get("target-language"))
        elif element.name in ("trans-unit", "unit"):
            source, target = languages
            direction = choice.direction(source, target or _target_language(element))
            if direction:
                for pair in _unit_pairs(element):
                    pairs += 1
                    left, right = one_line(pair.source), one_line(pair.target)
                    sides = (left, right) if direction > 0 else (right, left)
                    yield SentencePair(*sides, pair.line)
    choice.require()
    if not pairs:
        raise DataError(f"{name}: holds no segment (<trans-unit>, or <segment> in a <unit>)")


def _target_language(unit: Element) -> str | None:
    """What the <target> of a unit says of its language."""
    tags = [target.attributes.get("xml:lang") for target in unit.children("target")]
    return tags[0] if tags else None


def _unit_pairs(unit: Element) -> Iterator[SentencePair]:
    if unit.name == "trans-unit":
        yield from _segmented(unit) or [_pair(unit)]
    else:
        yield from map(_pair, unit.children("segment"))


def _pair(element: Element) -> SentencePair:
    """The <source> and the <target> of an element, whole."""
    source, target = (_first(element, side) for side in ("source", "target"))
    return SentencePair(
        source.text(CODES) if source else "", target.text(CODES) if target else "", element.line
    )


def _first(element: Element, name: str) -> Element | None:
    return next(element.children(name), None)


def _segmented(unit: Element) -> list[SentencePair]:
    """The pairs of a unit of XLIFF 1.2 by its segments; none if these do not hold all its text."""
    source, target = _first(unit, "seg-source"), _first(unit, "target")
    if source is None:
        return []
    sources = _segments(source)
    targets = _segments(target) if target is not None else {}
    if not sources or targets is None or (target is not None and not targets and target.content):
        return []
    return [
        SentencePair(sources.get(key, ""), targets.get(key, ""), unit.line)
        for key in [*sources, *(key for key in targets if key not in sources)]
    ]


def _segments(side: Element) -> dict[str, str] | None:
    """The texts of the segments by their `mid`; None if that would lose some text."""
    found: dict[str, str] = {}
    between: list[str] = []
    todo: list[str | Element] = list(reversed(side.content))
    while todo:
        part = todo.pop()
        if isinstance(part, str):
            between.append(part)
        elif part.name == "mrk" and part.attributes.get("mtype") == "seg":
            key = part.attributes.get("mid", "")
            if key in found:
                return None
            found[key] = part.text(CODES)
        elif part.name not in CODES:
            todo.extend(reversed(part.content))
    return None if "".join(between).strip() else found
