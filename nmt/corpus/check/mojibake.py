"""Text decoded by the wrong encoding: "fÃ¼r" for "für", shown with what it should have been.

UTF-8 writes a character beyond ASCII as a lead byte (C2 to F4) and one to three continuation bytes
(80 to BF). Read in an encoding of one byte a character they become a lead and as many continuation
characters, such as "Ã¼"; such a sequence is rare in honest text, and two on end are not seen in it.
Each is proved by taking it back: encode it as it was misread, decode it as UTF-8.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from nmt.corpus.check.fault import Finding, Side
from nmt.corpus.sentence_pair import SentencePair

LATIN = "cp1252"
# The encodings by which UTF-8 is misread, and the lead bytes that betray it: those of Latin letters
# (C2 to C5) and of typographic marks (E2); for Cyrillic D0 and D1; and all of them for the two
# Western encodings, by which everything is misread.
MISREADINGS = {
    LATIN: range(0xC2, 0xF5),
    "iso8859_2": (0xC2, 0xC3, 0xC4, 0xC5, 0xE2),
    "cp1250": (0xC2, 0xC3, 0xC4, 0xC5, 0xE2),
    "cp1251": (0xD0, 0xD1, 0xE2),
    "mac_roman": (0xC2, 0xC3, 0xC4, 0xC5, 0xE2),
    "cp437": (0xC2, 0xC3, 0xC4, 0xC5, 0xD0, 0xD1, 0xE2),
    "cp850": (0xC2, 0xC3),
}
# What misread UTF-8 is full of in two encodings of more than one byte, and "锟斤拷", which is what
# GBK makes of replacement characters.
SEEDS = {"cp932": "縺繧繝", "gbk": "銆锛鐨涓鍦"}
LEAST_SEEDS = 3
LOST = "锟斤拷"
SEEDS_OR_LOST = re.compile(f"[{''.join(SEEDS.values())}{LOST}]")
# Of a text in an old encoding of Cyrillic, Greek or Chinese, read as Latin, only accented letters
# remain.
ACCENTED = re.compile("[À-ÿ]" * 6 + "+")
LEAST_ACCENTED = 4  # different ones: "ÄÄÄÄÄÄÄH" is a cry
MARKS = frozenset("‘’“”‚„–—…•€™‹›→′″−­ﬁﬂ\ufeff\ufffd")  # certain, wherever they stand
CONTEXT = 12  # characters shown on either side of a damaged piece
SHOWN = 24  # characters shown of a damaged line
CLOSING = frozenset("»”’“‘›…–—•°º®™¹²³")  # may rightly follow a capital letter


def find_mojibake(pair: SentencePair) -> list[Finding]:
    """Text of either side that was decoded wrongly (`encoding`, "mojibake")."""
    source, target, _ = pair
    findings: list[Finding] = []
    if not source.isascii():
        findings.extend(_of_side(source, "source"))
    if not target.isascii():
        findings.extend(_of_side(target, "target"))
    return findings


def _of_side(text: str, side: Side) -> Iterator[Finding]:
    """At most one finding: one piece of damage tells of all."""
    latin, others = _quick_looks()
    detail = None
    if latin.search(text):
        detail = _misread_sequence(text, (LATIN, "iso8859_2", "cp1250"))
    if detail is None and others.search(text):
        detail = _misread_sequence(text, tuple(MISREADINGS)[1:])
    if detail is None and SEEDS_OR_LOST.search(text):
        detail = _misread_asian(text)
    if detail is None and ACCENTED.search(text):
        detail = _read_as_latin(text)
    if detail is not None:
        yield Finding("encoding", "mojibake", side, detail)


def _misread_sequence(text: str, codecs: tuple[str, ...]) -> str | None:
    """A piece of UTF-8 misread by one of some encodings, and what it is."""
    found = []
    for codec in codecs:
        for match in _sequences(codec).finditer(text):
            if _is_certain(match, _as_utf8(match[0], codec)):
                mended = _mended(text, codec)
                # Neighbours such as Latin-2 and Windows-1250 share many characters: the right one
                # explains more of the line, and leaves no capitals inside words.
                merit = (-len(mended), sum(map(str.islower, mended)))
                found.append((merit, _show(match, codec)))
                break
    return max(found)[1] if found else None


def _is_certain(match: re.Match[str], right: str | None) -> bool:
    """Whether a run of sequences is no honest text: two on end, a mark, or one inside a word."""
    if right is None or any(unicodedata.category(one) in ("Cn", "Co", "Cs") for one in right):
        return False
    if len(right) > 1:
        return len(right) > 2 or match[0][0] not in "РС"  # Cyrillic capitals may be anything
    if right in MARKS or ord(right) > 0xFFFF:
        return True
    if not ("\xa0" <= right <= "\u017f" or "\u1e00" <= right <= "\u1eff"):
        return False
    text, start, end = match.string, match.start(), match.end()
    before, after = text[start - 1 : start], text[end : end + 1]
    if before.isupper() and not CLOSING.isdisjoint(match[0]):
        return False
    if right.isalpha() and (before.islower() or after.islower()):
        return True
    return match[0][0] in "ÂÃ" and not before.isupper() and "“" != before != "„"


def _mended(text: str, codec: str) -> str:
    """A text with all misread sequences taken back, twice, since some are misread twice."""
    for _ in range(2):
        text = _sequences(codec).sub(lambda one: _as_utf8(one[0], codec) or one[0], text)
    return text


def _show(match: re.Match[str], codec: str) -> str:
    """The words around a damaged piece, as they are and as they should be."""
    text, start, end = match.string, match.start(), match.end()
    while start > 0 and not text[start - 1].isspace() and match.start() - start < CONTEXT:
        start -= 1
    while end < len(text) and not text[end].isspace() and end - match.end() < CONTEXT:
        end += 1
    return _misread(text[start:end], _mended(text[start:end], codec))


def _misread(wrong: str, right: str) -> str:
    """The detail of a finding."""
    return f'contains "{wrong}", which is "{right}" decoded wrongly'


def _as_utf8(text: str, codec: str) -> str | None:
    """Take a misreading back; None if that gives no text."""
    try:
        if codec != LATIN:
            return text.encode(codec).decode("utf-8")
        # Windows-1252 and Latin-1 at once: the bytes that the one lacks are read by the other.
        return b"".join(_latin_byte(one) for one in text).decode("utf-8")
    except UnicodeError:
        return None


def _latin_byte(character: str) -> bytes:
    """The byte that was read as a character by Windows-1252 or Latin-1."""
    return character.encode("latin-1" if character < "\u0100" else LATIN)


def _misread_asian(text: str) -> str | None:
    """UTF-8 misread as Shift-JIS or GBK, in which some rare characters become frequent."""
    if LOST in text:
        return f'contains "{LOST}", which stands for characters lost in a conversion to GBK'
    for codec, seeds in SEEDS.items():
        if sum(map(text.count, seeds)) >= LEAST_SEEDS:
            wrong = max(re.findall(r"[^\x00-\x7f]+", text), key=len)[:SHOWN]
            right = wrong.encode(codec, "replace").decode("utf-8", "replace")
            if right.count("\ufffd") * 4 <= len(right):
                return _misread(wrong, right)
    return None


def _read_as_latin(text: str) -> str | None:
    """Text in an old encoding of another alphabet, read as Latin: Cyrillic is shown as such."""
    for match in ACCENTED.finditer(text):
        if len(set(match[0].casefold())) >= LEAST_ACCENTED:
            for codec in ("cp1251", "koi8-r"):
                cyrillic = match[0].encode("latin-1").decode(codec)
                if cyrillic[1:].islower():
                    return _misread(match[0], cyrillic)
            return f'contains "{match[0]}", which is text in another alphabet decoded wrongly'
    return None


def _characters(codec: str, codes: Iterable[int]) -> str:
    """The characters of some bytes in an encoding, for a class of a regular expression."""
    return re.escape(bytes(codes).decode(codec, "ignore"))


def _following(codec: str) -> str:
    """The characters of the continuation bytes."""
    return _characters(codec, range(0x80, 0xC0)) + ("\x80-\x9f" if codec == LATIN else "")


@cache
def _sequences(codec: str) -> re.Pattern[str]:
    """The pattern of UTF-8 sequences, one or more on end, misread by an encoding."""
    parts = []
    for first, last, count in ((0xC2, 0xDF, 1), (0xE0, 0xEF, 2), (0xF0, 0xF4, 3)):
        leads = [lead for lead in MISREADINGS[codec] if first <= lead <= last]
        if leads:
            parts.append(f"[{_characters(codec, leads)}][{_following(codec)}]{{{count}}}")
    return re.compile(f"(?:{'|'.join(parts)})+")


@cache
def _quick_looks() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of any lead before any continuation: of Windows-1252, and of the others."""
    leads = "".join(
        _characters(codec, codes) for codec, codes in MISREADINGS.items() if codec != LATIN
    )
    following = "".join(_following(codec) for codec in MISREADINGS if codec != LATIN)
    latin = f"[{_characters(LATIN, MISREADINGS[LATIN])}][{_following(LATIN)}]"
    return re.compile(latin), re.compile(f"[{leads}][{following}]")
