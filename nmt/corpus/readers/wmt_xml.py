"""Test sets in the XML of WMT since 2021: sources and references of documents in one file."""

from collections.abc import Iterator
from typing import BinaryIO

from nmt.corpus.readers.language_choice import DirectionChoice
from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.xml_events import Element, read_elements
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError


def read_wmt_xml(file: BinaryIO, name: str, selection: Selection) -> Iterator[SentencePair]:
    """The pairs (source, reference) of a test set, each with the line of its source <seg>.

    Segments are paired by their `id` within a document. Of several references in the target
    language the first counts (each translator has one); the outputs of systems (<hyp>) are left
    out. A document without any reference gives pairs with empty targets. Line breaks become spaces.

    Raises:
        DataError: the file is no such XML or damaged, a segment has no counterpart, or there are no
            references (in the selected languages).
    """
    choice = DirectionChoice(name, selection)
    documents = references = pairs = 0
    for document in read_elements(file, name, root="dataset", units={"doc"}):
        if document.name != "doc":
            continue
        documents += 1
        source = next(document.children("src"), None)
        if source is None:
            raise DataError(f"{name}, line {document.line}: a <doc> without <src>; add its source")
        found = list(document.children("ref"))
        references += len(found)
        for pair in _document_pairs(source, found, choice, name):
            pairs += 1
            yield pair
    if not documents:
        raise DataError(f"{name}: holds no document (<doc>)")
    if not references:
        raise DataError(f"{name}: holds no references (<ref>), only sources; add them")
    choice.require()
    if not pairs:
        raise DataError(f"{name}: holds no segment (<seg>)")


def _document_pairs(
    source: Element, references: list[Element], choice: DirectionChoice, name: str
) -> Iterator[SentencePair]:
    language = source.attributes.get("lang")
    if not references and choice.direction(language, None):
        for line, text in _segments(source, name).values():
            yield SentencePair(text, "", line)
    directions = [choice.direction(language, ref.attributes.get("lang")) for ref in references]
    wanted = [pair for pair in zip(directions, references, strict=True) if pair[0]]
    for direction, reference in wanted[:1]:  # the others are of other translators
        sources, targets = _segments(source, name), _segments(reference, name)
        _require_counterparts(sources, targets, name, "ref")
        _require_counterparts(targets, sources, name, "src")
        for identifier, (line, text) in sources.items():
            other = targets[identifier][1]
            sides = (text, other) if direction > 0 else (other, text)
            yield SentencePair(*sides, line)


def _segments(side: Element, name: str) -> dict[str, tuple[int, str]]:
    """The line and the text of each segment, by its id."""
    found: dict[str, tuple[int, str]] = {}
    todo = [side]
    while todo:
        element = todo.pop()
        if element.name != "seg":
            todo.extend(part for part in reversed(element.content) if isinstance(part, Element))
            continue
        identifier = element.attributes.get("id")
        if identifier is None:
            raise DataError(f"{name}, line {element.line}: a <seg> without id; add its id")
        if identifier in found:
            raise DataError(
                f"{name}, line {element.line}: a second <seg> {identifier} in one <{side.name}>; "
                "correct its id"
            )
        found[identifier] = (element.line, one_line(element.text()))
    return found


def _require_counterparts(
    segments: dict[str, tuple[int, str]], others: dict[str, tuple[int, str]], name: str, side: str
) -> None:
    for identifier, (line, _) in segments.items():
        if identifier not in others:
            raise DataError(
                f"{name}, line {line}: segment {identifier} has no counterpart in the <{side}> of "
                "its document; add it, or remove this one"
            )
