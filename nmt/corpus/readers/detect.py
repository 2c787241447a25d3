"""The format of a file, by what it begins with; its name only breaks ties."""

import json
import re
from collections.abc import Sequence
from pathlib import PurePath

from nmt.corpus.readers.arrow import ARROW_FILE_MAGIC
from nmt.corpus.readers.character_encoding import wide_encoding
from nmt.corpus.readers.delimiter import csv_line, given_delimiter, seems_csv
from nmt.corpus.readers.foreign import refuse_foreign, refuse_web_page
from nmt.corpus.readers.table import names_sides
from nmt.errors import DataError

TITLES = {
    "tmx": "a translation memory (TMX)",
    "xliff": "XLIFF",
    "po": "a message catalogue (PO)",
    "wmt_xml": "a test set in the XML of WMT",
    "sgm": "one side of a test set (SGML)",
    "jsonl": "JSON lines",
    "json": "a JSON list",
    "tsv": "a table with tabs (TSV)",
    "csv": "CSV",
    "parquet": "Parquet",
    "arrow": "Arrow",
    "text": "plain text",
}
_ENDS = {
    "tmx": "tmx", "xlf": "xliff", "xliff": "xliff", "po": "po", "pot": "po", "jsonl": "jsonl",
    "ndjson": "jsonl", "json": "json", "parquet": "parquet", "arrow": "arrow", "feather": "arrow",
    "sgm": "sgm", "tsv": "tsv", "tab": "tsv", "csv": "csv",
}  # fmt: skip
_PACKED_ENDS = ("gz", "bz2", "xz", "zst", "zip")
_ROOTS = {
    "tmx": "tmx", "xliff": "xliff", "dataset": "wmt_xml",
    "srcset": "sgm", "refset": "sgm", "tstset": "sgm", "mteval": "sgm",
}  # fmt: skip

# Every repeated part is atomic: a hostile file cannot make them try again and again.
_ROOT = re.compile(
    r"\s*+(?>(?><\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*+)?>)\s*+)*+<(?:[\w.-]+:)?(\w+)",
    re.DOTALL | re.IGNORECASE,
)
_PO = re.compile(r'(?>[ \t]*+(?:#[^\n]*+)?\r?\n)*+(?:msgctxt|msgid)[ \t]+"')
_LIST = re.compile(r'\s*\[(\s*\{\s*["}]|[ \r\n]*\][ \r\n]*\Z)')
_QUOTED = re.compile(r'"(?:[^"]|"")*"[,;](?! )')


def detect_format(head: bytes, name: str) -> str | None:
    """The format of a file that begins so, a key of `TITLES`; None when it may be text or a table.

    Raises:
        DataError: it is XML or JSON of a kind that no reader reads.
    """
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((ARROW_FILE_MAGIC, b"\xff\xff\xff\xff")):
        return "arrow"
    text = head.decode(wide_encoding(head) or "utf-8", "replace").removeprefix("\ufeff")
    if text.lstrip()[:1] == "<":
        return _detect_xml(text, name)
    if text.lstrip()[:1] == "{":
        return _detect_object(text.lstrip(), name)
    if _LIST.match(text):
        return "json"
    return "po" if _PO.match(text) else None


def choose_format(
    head: bytes, name: str, wanted: str | None, file_names: Sequence[str] = ()
) -> str:
    """The format to read a file in that holds both sides.

    Args:
        head: the first bytes of the file, unpacked.
        wanted: the format that the user gives, if so.
        file_names: whose ends tell the format, the first that does, where `name` has no end: of a
            file in an archive its own and that of the archive.

    Raises:
        DataError: it is no corpus, or holds one side only, or is not in the format wanted.
    """
    refuse_foreign(head, name)
    refuse_web_page(head, name)
    found = detect_format(head, name)
    ends = map(_end_of, file_names or [name])
    named = next((_ENDS[end] for end in ends if end in _ENDS), None)
    if wanted is not None:
        if found not in (None, wanted):
            raise DataError(
                f"{name}: is to be read as {wanted}, but seems to be {TITLES[found or '']}; "
                "correct format, or leave it out"
            )
        return wanted
    if found == "sgm":
        raise DataError(f"{name}: is {TITLES['sgm']}; give both sides, as source and target")
    if found is not None:
        return found
    table = _detect_table(head, named)
    if named not in (None, "tsv", "csv") and head.strip():
        seems = TITLES[table if b"\t" in head else "text"]
        raise DataError(
            f"{name}: its name says {TITLES[named or '']}, but it seems to be {seems}; give its "
            "format, or rename it"
        )
    return named if named is not None and not head.strip() else table


def _detect_xml(text: str, name: str) -> str | None:
    match = _ROOT.match(text)
    root = match[1].lower() if match else ""
    if root in _ROOTS:
        return _ROOTS[root]
    if text.lstrip().startswith("<?xml") and match:
        raise DataError(
            f"{name}: is XML with <{match[1]}>, which nmt does not read; it reads <tmx>, <xliff> "
            "and the <dataset> of WMT"
        )
    return None


def _detect_object(text: str, name: str) -> str | None:
    first, newline, _ = text.partition("\n")
    try:
        return "jsonl" if isinstance(json.loads(first), dict) else None
    except (ValueError, RecursionError):
        pass
    if newline and re.match(r'\{\s*"[^"\n]*"\s*:', text) and first.rstrip()[-1] in "{[,":
        raise DataError(
            f"{name}: is one JSON object over many lines; write an object for each pair on a line "
            "of its own (`jq -c`), or one list of objects"
        )
    # cut off or damaged, which the reader will say; but a tab within it makes it a table
    return "jsonl" if re.match(r'\{\s*"[^"]*"\s*:', first) and "\t" not in first else None


def _detect_table(head: bytes, named: str | None) -> str:
    """TSV, unless the name or the content says CSV and tabs do not say otherwise."""
    text = head.decode("utf-8", "replace").removeprefix("\ufeff")
    begun = [line for line in text.split("\n") if line.strip()]
    if begun and given_delimiter(begun[0]):
        return "csv"
    whole = [line for line in text.split("\n")[:-1] or [text] if line.strip()]
    tabbed = sum("\t" in line for line in whole)
    if named == "csv":
        return "tsv" if whole and tabbed == len(whole) and '"' not in text else "csv"
    if tabbed or not whole:
        return "tsv"
    quoted = named is None and all(map(_QUOTED.match, whole))
    return "csv" if quoted or seems_csv([*map(csv_line, begun)], names_sides) else "tsv"


def _end_of(name: str) -> str:
    """How a file's name ends, before the end that says how it is compressed."""
    ends = [end.lstrip(".").lower() for end in PurePath(name).suffixes]
    while ends and ends[-1] in _PACKED_ENDS:
        ends.pop()
    return ends[-1] if ends else ""
