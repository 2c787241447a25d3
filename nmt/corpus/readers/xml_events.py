"""The elements of an XML file as they go by: in constant memory, and safe with hostile files.

Nothing outside the file is ever opened. A document type may be named (`SYSTEM "tmx14.dtd"`) but is
not fetched, and entities may not be declared, so none can expand without end. What may grow with
the file is bounded: a unit, a tag or comment, the depth of nesting, the number of names.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from nmt.corpus.readers.xml_encoding import HEAD_BYTES, Head
from nmt.corpus.readers.xml_faults import MISDECLARED, Place, explain, undefined_entity
from nmt.errors import DataError

UNIT_CHARACTERS = 10_000_000  # of a unit, its tags included
TOKEN_BYTES = 4_000_000  # of one tag, comment or processing instruction
DEPTH = 100
NAMES = 10_000  # different names of elements and attributes; XLIFF has about 150

_CHUNK = 1 << 16
_ELEMENT_COST = 200  # what an element takes in memory beyond its text, in characters


@dataclass(slots=True)
class Element:
    """An element: all of a unit, but only the start (name and attributes) of what is around one."""

    name: str  # without the prefix that the root has; other prefixes stay
    attributes: dict[str, str]
    line: int  # from 1: where its start tag stands
    content: list["str | Element"] = field(default_factory=list)

    def children(self, name: str) -> Iterator["Element"]:
        """The elements of this name directly in this one."""
        for part in self.content:
            if isinstance(part, Element) and part.name == name:
                yield part

    def text(self, codes: Collection[str] = ()) -> str:
        """All text in it, but for the content of elements named in `codes`.

        An element that stands for a line break of the document (`type="lb"` in TMX, `ctype` and
        `subType` in XLIFF) is a line break of the text.
        """
        if len(self.content) == 1 and isinstance(self.content[0], str):
            return self.content[0]
        parts = []
        for part in self.content:
            if isinstance(part, str):
                parts.append(part)
            elif part.name not in codes:
                parts.append(part.text(codes))
            if isinstance(part, Element) and _is_line_break(part):
                parts.append("\n")
        return "".join(parts)


def read_elements(
    file: BinaryIO, name: str, *, root: str, units: Collection[str]
) -> Iterator[Element]:
    """The elements of a file: those named in `units` as a whole, those around them at their start.

    Args:
        file: the bytes of the file, in any encoding that it declares.
        name: of the file, for messages.
        root: the name that the outermost element must have.
        units: the names of the elements to give with their content; no unit is in another.

    Raises:
        DataError: the file is no XML or has another root, is cut off or damaged, declares
            entities, or goes beyond a bound.
    """
    collector = _Collector(name, root, units)
    chunk = _head(file)
    while True:
        fault: DataError | None = None
        try:
            collector.feed(chunk)
        except DataError as error:
            fault = error
        yield from collector.found
        collector.found.clear()
        if fault is not None:
            raise fault
        if not chunk:
            return
        chunk = file.read(_CHUNK)


def _head(file: BinaryIO) -> bytes:
    """The first bytes of a file, together even if it gives them in drops."""
    head = b""
    while len(head) < HEAD_BYTES and (piece := file.read(_CHUNK)):
        head += piece
    return head


def _is_line_break(element: Element) -> bool:
    of = element.attributes
    return "lb" in (of.get("type"), of.get("ctype")) or of.get("subType") == "xlf:lb"


class _Collector:
    """Makes elements of what expat reports."""

    def __init__(self, name: str, root: str, units: Collection[str]) -> None:
        self.name = name
        self.root = root
        self.units = units
        self.found: list[Element] = []  # to be given out
        self.open: list[Element] = []  # the element that the parser is in, last, and those around
        self.unit_depth = 0  # how many are open around the open unit and with it; 0 outside of one
        self.size = 0  # of the open unit
        self.prefix = ""  # of the root, and so of all names in its vocabulary
        self.root_seen = False
        self.fed = 0  # bytes, in the chunks before this one
        self.head = Head(b"")
        self.parser: expat.XMLParserType | None = None

    def feed(self, chunk: bytes) -> None:
        """Parse some bytes more; none at the end of the file."""
        if self.parser is None:
            self.head = Head(chunk)
            self.parser = self._make_parser()
            if self.head.is_wide and self.head.is_misdeclared:
                raise self._fault(MISDECLARED)
        parser = self.parser
        final = not chunk
        try:
            chunk = self.head.recode(chunk)
        except UnicodeDecodeError as error:
            raise self._fault(
                f"after this line a byte (0x{error.object[error.start]:02x}) begins no character "
                f"of {self.head.encoding}; convert the file with iconv"
            ) from None
        try:
            parser.Parse(chunk, final)
        except expat.ExpatError as error:
            raise explain(error, self.name, self._place(chunk, parser.ErrorByteIndex)) from None
        except (LookupError, ValueError):  # from pyexpat, of the declared encoding
            raise self._fault(
                MISDECLARED
                if self.head.is_misdeclared
                else f"nmt does not know the encoding {self.head.encoding}; convert the file to "
                "UTF-8 with iconv and correct its first line"
            ) from None
        self.fed += len(chunk)
        if self.fed - parser.CurrentByteIndex > TOKEN_BYTES and not final:
            raise self._fault(
                f"a tag or comment longer than {TOKEN_BYTES:,} bytes; is its end missing?"
            )
        if len(parser.intern) > NAMES:
            raise self._fault(f"more than {NAMES:,} names of elements; is this data?")

    def _make_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(self.head.for_expat)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._declare_entity
        parser.SkippedEntityHandler = self._skip_entity
        return parser

    def _place(self, chunk: bytes, index: int) -> Place:
        at = index - self.fed
        inside = 0 <= at <= len(chunk) and not self.head.is_wide
        inner = self.open[-1] if self.open else None
        return Place(
            root=self.root,
            open_element=(inner.name, inner.line) if inner else None,
            root_seen=self.root_seen,
            at_end=not chunk,
            begins_with_tag=self.head.begins_with_tag,
            before=chunk[max(0, at - 40) : at] if inside else b"",
            after=chunk[at : at + 40] if inside else b"",
            encoding=self.head.encoding,
        )

    def _fault(self, what: str) -> DataError:
        assert self.parser is not None
        return DataError(f"{self.name}, line {self.parser.CurrentLineNumber}: {what}")

    # --- what expat calls ---

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        assert self.parser is not None
        if not self.root_seen:
            self._check_root(name)
        element = Element(name.removeprefix(self.prefix), attributes, self.parser.CurrentLineNumber)
        if self.unit_depth:
            self._grow(_ELEMENT_COST + sum(map(len, attributes.values())))
            self.open[-1].content.append(element)
        self.open.append(element)
        if len(self.open) > DEPTH:
            raise self._fault(f"more than {DEPTH} elements in one another; correct the file")
        if not self.unit_depth:
            if element.name in self.units:
                self.unit_depth = len(self.open)
                self.size = 0
            else:
                self.found.append(element)

    def _text(self, text: str) -> None:
        if self.unit_depth:
            self._grow(len(text))
            self.open[-1].content.append(text)

    def _end(self, name: str) -> None:
        element = self.open.pop()
        if len(self.open) < self.unit_depth:
            self.unit_depth = 0
            self.found.append(element)

    def _grow(self, by: int) -> None:
        self.size += by
        if self.size > UNIT_CHARACTERS:
            unit = self.open[self.unit_depth - 1]
            raise DataError(
                f"{self.name}, line {unit.line}: a <{unit.name}> of more than {UNIT_CHARACTERS:,} "
                "characters; is its end tag missing?"
            )

    def _check_root(self, name: str) -> None:
        self.root_seen = True
        prefix, colon, local = name.rpartition(":")
        if local != self.root:
            raise self._fault(f"begins with <{name}>, not <{self.root}>; check its format")
        self.prefix = prefix + colon

    def _declare_entity(self, name: str, *details: object) -> None:
        raise self._fault(
            f'declares the entity "{name[:30]}", which nmt refuses for safety; remove the <!ENTITY '
            "...> declarations from the file"
        )

    def _skip_entity(self, name: str, is_parameter: bool) -> None:
        if not is_parameter:
            raise self._fault(undefined_entity(name[:30]))
