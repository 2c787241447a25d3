"""Message catalogues of GNU gettext: .po files."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from nmt.corpus.readers.language_choice import language_key
from nmt.corpus.readers.lines import UTF16_BOMS
from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.selection import Selection
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

ENTRY_BYTES = 10_000_000  # of one entry, or one line

_KEYWORD = re.compile(rb"(msgctxt|msgid_plural|msgid|msgstr(?:\[\d{1,3}\])?|domain)[ \t]*(?=\")")
_BEGINNINGS = ("msgctxt", "msgid", "domain")  # of the next entry, after a msgid
_QUOTED = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_ESCAPED |= {character: character for character in "\"\\'?"}
_CHARSET = re.compile(rb"charset=\s*([A-Za-z0-9._:-]+)")
_LANGUAGE = re.compile(r"^Language:[ \t]*([A-Za-z0-9_-]+)", re.MULTILINE)


@dataclass(slots=True)
class _Entry:
    """An entry as it stands in the file: of each keyword, its quoted strings."""

    line: int
    fields: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    last: str = ""  # the keyword that a further string belongs to
    size: int = 0
    fuzzy: bool = False

    @property
    def complete(self) -> bool:
        return any(key.startswith("msgstr") for key in self.fields)


def read_po(file: BinaryIO, name: str, selection: Selection) -> Iterator[SentencePair]:
    """The pairs (msgid, msgstr) of a message catalogue, each with the line of its msgid.

    A message with a plural gives (msgid, msgstr[0]), then (msgid_plural, msgstr[n]) for each
    further form; where the language has one form only, the plural is paired with that too. An
    untranslated message has an empty target. Left out are fuzzy entries (a guess that no translator
    has confirmed), obsolete ones (#~) and the header. Escapes are resolved; line breaks become
    spaces (see `one_line`). The encoding is that of the header, else UTF-8. If the header's
    `Language` is the source language of the selection, the sides are exchanged.

    Raises:
        DataError: a line is no part of a catalogue, an entry is incomplete, the text is not in the
            encoding, the language is not of the selection, or there is no pair.
    """
    catalogue = _Catalogue(name, selection)
    for entry in _entries(file, name):
        yield from catalogue.pairs(entry)
    if not catalogue.count:
        left_out = f" ({catalogue.fuzzy:,} fuzzy ones are left out)" if catalogue.fuzzy else ""
        raise DataError(f"{name}: holds no entry with a msgid{left_out}; is it a .po file?")


def _entries(file: BinaryIO, name: str) -> Iterator[_Entry]:
    entry: _Entry | None = None
    fuzzy = False
    number = 0
    while raw := file.readline(ENTRY_BYTES):
        number += 1
        if len(raw) == ENTRY_BYTES:
            raise DataError(
                f"{name}, line {number}: longer than {ENTRY_BYTES:,} bytes; is it text?"
            )
        text = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
        if number == 1 and text[:2] in UTF16_BOMS:
            raise DataError(f"{name}, line 1: is in UTF-16; convert the file to UTF-8 with iconv")
        text = text.strip()
        if not text or text.startswith(b"#"):
            if entry is not None and entry.complete:
                yield entry
                entry = None
            if text.startswith(b"#~"):
                fuzzy = False  # that was of an obsolete entry
            fuzzy |= text.startswith(b"#,") and b"fuzzy" in text
            continue
        keyword = _KEYWORD.match(text)
        key = keyword[1].decode("ascii") if keyword else ""
        if entry is not None and "msgid" in entry.fields and key in _BEGINNINGS:
            yield entry
            entry = None
        if key == "domain":
            continue
        if entry is None:
            entry = _Entry(number, fuzzy=fuzzy)
            fuzzy = False
        _add(entry, key, (number, text[keyword.end() :] if keyword else text), name)
    if entry is not None:
        yield entry


def _add(entry: _Entry, key: str, string: tuple[int, bytes], name: str) -> None:
    """Add a line to an entry: a keyword with its string, or a string that goes on."""
    number, text = string
    if not text.startswith(b'"') or not (key or entry.last):
        raise DataError(
            f"{name}, line {number}: is no line of a .po file (a comment, or msgid, msgstr ... "
            'and a text in "quotes"); correct it'
        )
    if key in entry.fields:
        raise DataError(f"{name}, line {number}: a second {key} in one entry; remove one of them")
    if key.startswith("msgstr") and "msgid" not in entry.fields:
        raise DataError(f"{name}, line {number}: {key} without a msgid before it; add the msgid")
    if key == "msgid":
        entry.line = number
    entry.size += len(text)
    if entry.size > ENTRY_BYTES:
        raise DataError(f"{name}, line {entry.line}: an entry of more than {ENTRY_BYTES:,} bytes")
    entry.last = key or entry.last
    entry.fields.setdefault(entry.last, []).append(string)


class _Catalogue:
    """Makes pairs of entries, by what the header says."""

    def __init__(self, name: str, selection: Selection) -> None:
        self.name = name
        self.selection = selection
        self.charset = "utf-8"
        self.reversed = False
        self.count = 0
        self.fuzzy = 0

    def pairs(self, entry: _Entry) -> Iterator[SentencePair]:
        """The pairs of an entry: none of a header, and none of a fuzzy one."""
        if not entry.complete:
            raise DataError(
                f"{self.name}, line {entry.line}: an entry without a msgstr; "
                "if the file is cut off here, copy it again"
            )
        identifier = entry.fields["msgid"]
        is_header = "msgctxt" not in entry.fields and all(text == b'""' for _, text in identifier)
        if is_header:
            self._read_header(entry)
        texts = {key: self._text(strings) for key, strings in entry.fields.items()}
        if is_header:
            self._check_language(texts.get("msgstr", ""), entry.line)
        elif entry.fuzzy:
            self.fuzzy += 1
        else:
            for source, target in _translations(texts):
                self.count += 1
                sides = (target, source) if self.reversed else (source, target)
                yield SentencePair(one_line(sides[0]), one_line(sides[1]), entry.line)

    def _read_header(self, entry: _Entry) -> None:
        strings = b"".join(text for _, text in entry.fields.get("msgstr", []))
        if (found := _CHARSET.search(strings)) and found[1] != b"CHARSET":  # that of a template
            charset = found[1].decode("ascii")
            try:
                b"a".decode(charset)
            except (LookupError, UnicodeError):
                raise DataError(
                    f"{self.name}, line {entry.line}: nmt does not know the charset {charset} of "
                    "the header; convert the file to UTF-8 with iconv and correct the header"
                ) from None
            self.charset = charset

    def _check_language(self, header: str, line: int) -> None:
        wanted = (self.selection.source_language, self.selection.target_language)
        found = _LANGUAGE.search(header)
        if found is None or None in wanted:
            return
        source, target = (language_key(tag) for tag in wanted if tag is not None)
        language = language_key(found[1])
        if language not in (source, target):
            raise DataError(
                f"{self.name}, line {line}: the header says Language: {found[1]}, which is neither "
                f"{wanted[0]} nor {wanted[1]}; correct --languages or the header"
            )
        self.reversed = language == source != target

    def _text(self, strings: list[tuple[int, bytes]]) -> str:
        """Strings decoded, unescaped and joined."""
        parts = []
        for number, raw in strings:
            try:
                text = raw.decode(self.charset)
            except UnicodeError:
                raise DataError(
                    f"{self.name}, line {number}: is not in {self.charset}, the encoding of the "
                    "file; correct the charset in its header, or convert it to UTF-8 with iconv"
                ) from None
            quoted = _QUOTED.fullmatch(text)
            if quoted is None:
                raise DataError(
                    f'{self.name}, line {number}: a quote is missing or not escaped (\\"); '
                    "correct it, or copy the file again if it is cut off here"
                )
            try:
                parts.append(_unescape(quoted[1]))
            except ValueError as error:
                raise DataError(
                    f"{self.name}, line {number}: the escape {error} is unknown; "
                    "write \\\\ for a backslash"
                ) from None
        return "".join(parts)


def _unescape(text: str) -> str:
    """Text without escapes. Raises ValueError with an escape that it does not know."""
    if "\\" not in text:
        return text

    def character(escape: re.Match[str]) -> str:
        code = escape[1]
        if code in _ESCAPED:
            return _ESCAPED[code]
        number = int(code[1:], 16) if code[0] == "x" and code[1:] else -1
        if code[0] in "01234567":
            number = int(code, 8)
        if not 0 <= number < 128:  # beyond, a byte of some encoding
            raise ValueError(escape[0])
        return chr(number)

    return _ESCAPE.sub(character, text)


def _translations(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    source = texts.get("msgid", "")
    forms = [text for key, text in texts.items() if key.startswith("msgstr")]
    yield source, forms[0]
    if "msgid_plural" in texts:
        for form in forms[1:] or forms:
            yield texts["msgid_plural"], form
