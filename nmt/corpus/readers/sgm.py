"""One side of a test set in the SGML of NIST and the older WMT: srcset, refset and tstset."""

import html
import re
from collections.abc import Iterator
from typing import BinaryIO

from nmt.corpus.readers.language_choice import language_key
from nmt.corpus.readers.lines import LineDecoder
from nmt.corpus.readers.one_line import one_line
from nmt.corpus.sentence_pair import Line
from nmt.errors import DataError

SEGMENT_CHARACTERS = 1_000_000  # of a segment, or of a line of the file
TAG_CHARACTERS = 10_000

# Only these are tags: any other < is text, since SGML of this kind escapes carelessly.
_TAG = re.compile(r"<(/?)(srcset|refset|tstset|doc|hl|p|poster|seg)(?=[\s/>])([^<>]*)>", re.I)
_UNFINISHED = re.compile(r"<(?:srcset|refset|tstset|doc|seg)\s[^<>]*$", re.I)
_ATTRIBUTE = re.compile(r"""([A-Za-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SETS = ("srcset", "refset", "tstset")
_WITHIN_TEXT = ("hl", "p", "poster")


def read_sgm_side(file: BinaryIO, name: str, language: str | None) -> Iterator[Line]:
    """The segments of one side, in order, each with the line of its <seg>.

    A text is given without the white space at its ends, references (&amp;, &#233;) are resolved
    and line breaks become spaces. Where an end tag is missing, the next <seg> or the end of the
    document ends a segment. Of several versions of a document (by several translators or systems)
    the first counts.

    Raises:
        DataError: there is no <seg>, the file is cut off, is not in UTF-8, or is in another
            language than `language`.
    """
    side = _Side(name, language)
    for number, text in _lines(file, name):
        side.number = number
        end = 0
        for tag in _TAG.finditer(text):
            side.add(text[end : tag.start()])
            yield from side.tag(tag)
            end = tag.end()
        side.add(text[end:])
    side.finish()


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[int, str]]:
    """The lines, with their number and their end; one that ends inside a tag goes on."""
    number = 0
    held = ""
    decoder = LineDecoder(name, file)
    while raw := file.readline(SEGMENT_CHARACTERS):
        number += 1
        if len(raw) == SEGMENT_CHARACTERS:
            raise DataError(
                f"{name}, line {number}: longer than {SEGMENT_CHARACTERS:,} bytes; is it SGML?"
            )
        text = held + decoder.decode(raw, number) + "\n"
        unfinished = _UNFINISHED.search(text)
        held = text if unfinished else ""
        if unfinished is None:
            yield number, text
        elif len(text) - unfinished.start() > TAG_CHARACTERS:
            raise DataError(
                f"{name}, line {number}: a tag of more than {TAG_CHARACTERS:,} characters; "
                "is its > missing?"
            )
    if held:
        raise DataError(f"{name}, line {number}: the file is cut off inside a tag; copy it again")


class _Side:
    """Where the reader is in a file: in which set, document and segment."""

    def __init__(self, name: str, language: str | None) -> None:
        self.name = name
        self.language = language
        self.number = 0  # of the line
        self.count = 0  # of segments
        self.segment: list[str] | None = None  # the pieces of the open one
        self.segment_line = 0
        self.size = 0  # of the open segment
        self.open_set = ""
        self.version: str | None = None  # the translator or system of the open set
        self.versions: dict[str, str | None] = {}  # of each document, the one that counts
        self.skips = False  # whether the open document is another version

    def add(self, text: str) -> None:
        """Text between two tags; it counts in a segment only."""
        if self.segment is None:
            return
        self.size += len(text)
        if self.size > SEGMENT_CHARACTERS:
            raise DataError(
                f"{self.name}, line {self.segment_line}: a <seg> of more than "
                f"{SEGMENT_CHARACTERS:,} characters; is its end tag missing?"
            )
        self.segment.append(text)

    def tag(self, tag: re.Match[str]) -> Iterator[Line]:
        """Handle a tag, which may end a segment."""
        closes, element = bool(tag[1]), tag[2].lower()
        if element in _WITHIN_TEXT:
            return
        if self.segment is not None:
            if not self.skips:
                self.count += 1
                yield Line(_plain("".join(self.segment)), self.segment_line)
            self.segment = None
        if element == "seg" and not closes:
            self.segment, self.segment_line, self.size = [], self.number, 0
        elif element == "doc":
            self.skips = not closes and self._is_known(_attributes(tag[3]))
        elif element in _SETS:
            self.open_set = "" if closes else element
            if not closes:
                self._open(element, _attributes(tag[3]))

    def _is_known(self, document: dict[str, str]) -> bool:
        """Whether this document came before, in the version of someone else."""
        version = document.get("sysid") or self.version
        identifier = document.get("docid")
        if identifier is None:
            return False
        return self.versions.setdefault(identifier, version) != version

    def _open(self, element: str, attributes: dict[str, str]) -> None:
        self.version = attributes.get("refid") or attributes.get("sysid")
        tag = attributes.get("srclang" if element == "srcset" else "trglang", "any")
        if self.language is None or tag.casefold() in ("any", ""):
            return
        if language_key(tag) != language_key(self.language):
            raise DataError(
                f"{self.name}, line {self.number}: the <{element}> is in {tag}, not in "
                f"{self.language}; give the other file, or correct the language"
            )

    def finish(self) -> None:
        """Check, at the end of the file, that all of it was there."""
        if self.segment is not None or self.open_set:
            inside = "<seg>" if self.segment is not None else f"<{self.open_set}>"
            raise DataError(
                f"{self.name}, line {self.number}: the file is cut off inside {inside}; "
                "copy it again, or add the end tag"
            )
        if not self.count:
            raise DataError(f"{self.name}: holds no <seg>; is it the SGML of a test set?")


def _attributes(text: str) -> dict[str, str]:
    """The attributes in a tag; names in lower case."""
    return {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(text)}


def _plain(text: str) -> str:
    if "&" in text:
        text = _REFERENCE.sub(lambda found: html.unescape(found[0]), text)
    return one_line(text).strip()
