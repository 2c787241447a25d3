"""Characters that no text should hold: traces of a wrong decoding, and what cannot be seen.

Lines break at other places in other programs if a line holds a separator; a tokenizer sees two
words where a reader sees one if an invisible character is in one of them.
"""

import re
import unicodedata
from collections.abc import Iterator

from nmt.corpus.check.fault import Finding, Side
from nmt.corpus.sentence_pair import SentencePair

# Everything that may be reported, in one class for one fast look at a clean line.
SUSPECT = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    r"\ue000-\uf8ff\ufdd0-\ufdef\ufeff\ufff9-\ufffd\ufffe\uffff\U000e0000-\U000e007f"
    r"\U000f0000-\U0010ffff]"
)
SEPARATORS = "\n\x0b\x0c\r\x1c\x1d\x1e\x85\u2028\u2029"
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
NEAR = 200  # characters in which a mark of direction should have something to direct
# Thai, Lao, Tibetan, Burmese, Khmer and their kin mark the ends of words by U+200B, Mongolian uses
# U+180E, and many scripts of Asia, and emoji, need joiners and non-joiners.
UNSPACED = re.compile(r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf]")
JOINED = re.compile(
    r"[\u0600-\u08ff\u0900-\u109f\u1780-\u18af\u1b00-\u1c4f\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    r"\u2190-\u2bff\ufe0f\U00011000-\U00011fff\U0001e900-\U0001e95f\U0001f000-\U0001faff]"
)
WORD_WITH_GAP = re.compile(r"[^\W\d_]\?[^\W\d_A-Z]")  # "f?r"; unlike "Really?Yes"
PART_OF_UTF8 = re.compile(  # what precedes the second to fourth byte of a character, as Latin-1
    r"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"
)
ONLY_GAPS = re.compile(r"(?<!\S)\?{2,}(?:\s\?{2,}){2,}")
ADDRESS = re.compile(r"(?<!\S)\S*[/=&]\S*")

NAMES = {
    "\x00": "NUL", "\t": "tab", "\n": "line feed", "\x0b": "vertical tab", "\x0c": "form feed",
    "\r": "carriage return", "\x1b": "escape", "\x7f": "delete", "\x85": "next line",
    "\xad": "soft hyphen", "\ufeff": "byte-order mark",
}  # fmt: skip


def find_characters(pair: SentencePair) -> list[Finding]:
    """Damaged, invisible and line-breaking characters of both sides (`encoding`, `separator`)."""
    source, target, _ = pair
    findings: list[Finding] = []
    if SUSPECT.search(source):
        findings.extend(_of_side(source, "source"))
    if SUSPECT.search(target):
        findings.extend(_of_side(target, "target"))
    if "?" in source:
        findings.extend(_lost_letters(source, "source"))
    if "?" in target:
        findings.extend(_lost_letters(target, "target"))
    return findings


def _of_side(text: str, side: Side) -> Iterator[Finding]:
    """One finding for each reason."""
    seen: set[str] = set()
    for match in SUSPECT.finditer(text):
        character = match[0]
        reason = _reason(character, text, match.start())
        if reason is None or reason in seen:
            continue
        seen.add(reason)
        separates = reason in ("line_separator", "tab")
        yield Finding(
            "separator" if separates else "encoding", reason, side, _detail(reason, match)
        )


def _reason(character: str, text: str, at: int) -> str | None:
    """What is wrong with a suspect character at a place of a text; None if nothing is."""
    if character == "\t":
        return "tab"
    if character in SEPARATORS:
        return "line_separator"
    if character == "\ufffd":
        return "replacement_character"
    if "\x80" <= character <= "\x9f":
        if PART_OF_UTF8.search(text, max(0, at - 3), at):
            return None  # a part of a letter such as "Ã\x9f", which is mojibake
        return "control_character" if _windows(character) is None else "windows_1252"
    if character < "\x80":
        return "control_character"
    if "\ud800" <= character <= "\udfff":
        return "surrogate"
    if ord(character) & 0xFFFE == 0xFFFE or "\ufdd0" <= character <= "\ufdef":
        return "noncharacter"
    if unicodedata.category(character) == "Co":
        return "private_use"
    return _invisible(character, text, at)


def _invisible(character: str, text: str, at: int) -> str | None:
    """The reason of a format character; None where the script needs it."""
    if character == "\ufeff":
        return "byte_order_mark"
    if character in BIDI:
        near = RIGHT_TO_LEFT.search(text, max(0, at - NEAR), at + NEAR)
        return None if near else "direction_mark"
    neighbours = text[max(0, at - 2) : at + 3]
    if character in "\u200c\u200d" and JOINED.search(neighbours):
        return None
    if character in "\u200b\u2060\xad" and UNSPACED.search(neighbours):
        return None
    if character == "\u180e" or "\U000e0000" <= character <= "\U000e007f":
        return None  # Mongolian, and the flags of England, Scotland and Wales
    return "invisible_character"


def _windows(character: str) -> str | None:
    """What Windows-1252 has in the place of a C1 control character."""
    try:
        return character.encode("latin-1").decode("cp1252")
    except UnicodeDecodeError:
        return None


def _detail(reason: str, match: re.Match[str]) -> str:
    """A character by its number and name, with the text around it."""
    character, text = match[0], match.string
    name = NAMES.get(character) or unicodedata.name(character, "")
    shown = f"U+{ord(character):04X}" + (f" ({name.lower()})" if name else "")
    if reason == "windows_1252":
        shown += f', which is "{_windows(character)}" in Windows-1252,'
    around = text[max(0, match.start() - 10) : match.end() + 10]
    around = "".join("·" if SUSPECT.match(one) else one for one in around)
    return f'contains {shown} in "{around}"'


def _lost_letters(text: str, side: Side) -> Iterator[Finding]:
    """Question marks that stand where letters were."""
    match = ONLY_GAPS.search(text)
    if match is None and WORD_WITH_GAP.search(text):
        gaps = [m for m in WORD_WITH_GAP.finditer(ADDRESS.sub(" ", text)) if m[0][2].islower()]
        match = gaps[0] if len(gaps) > 1 else None
    if match is not None:
        around = match.string[max(0, match.start() - 8) : match.end() + 8]
        yield Finding("encoding", "lost_letters", side, f'question marks for letters in "{around}"')
