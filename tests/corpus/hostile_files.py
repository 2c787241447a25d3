"""Files that would take all memory or never end, if one let them: small on disk, large inside."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable

from tests.corpus.file_faults import PAIRS, SOURCE, TSV, parquet, table, tmx, xliff

MEGABYTE = 1 << 20
SIZE = 100 * MEGABYTE  # inside
Sides = dict[str, bytes]  # files by name: a source and a target, or one with both sides


def packed(start: bytes, repeated: bytes, end: bytes = b"", size: int = SIZE) -> bytes:
    """A gzip file of many repetitions, made without holding what is inside."""
    block = repeated * max(1, MEGABYTE // len(repeated))
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    parts = [packer.compress(start)]
    parts += [packer.compress(block) for _ in range(max(1, size // len(block)))]
    return b"".join([*parts, packer.compress(end), packer.flush()])


def zip_bomb(repeated: bytes) -> bytes:
    """A zip file of one text."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("train.de", "w", force_zip64=True) as member,
    ):
        block = repeated * (MEGABYTE // len(repeated))
        for _ in range(SIZE // MEGABYTE):
            member.write(block)
    return buffer.getvalue()


def sides(source: bytes, name: str = "a.de.gz") -> Sides:
    """A source and a sound target."""
    return {name: source, "a.en": "".join(f"{target}\n" for _, target in PAIRS).encode()}


def long_lines(start: str, repeated: str, pairs: int = 2) -> Sides:
    """Endless lines, but short enough to be read, on both sides, behind sound ones."""
    line = (start + repeated * (400_000 // len(repeated.encode()))).encode() + b"\n"
    other = (start + repeated * (390_000 // len(repeated.encode()))).encode() + b".\n"
    target = "".join(f"{target}\n" for _, target in PAIRS).encode()
    return {"a.de": SOURCE + line * pairs, "a.en": target + other * pairs}


HEAD, TAIL = tmx().split(b"Das ist gut.")

HOSTILE: dict[str, Callable[[], Sides]] = {
    "a line without an end": lambda: sides(packed(SOURCE, b"a")),
    "a line of spaces": lambda: sides(packed(SOURCE, b" ")),
    "NUL bytes": lambda: sides(packed(b"", b"\0")),
    "NUL bytes after text": lambda: sides(packed(SOURCE, b"\0")),
    "a zip bomb": lambda: sides(zip_bomb(b"\0"), "a.de.zip"),
    "a zip bomb of words": lambda: sides(zip_bomb(b"word "), "a.de.zip"),
    "a million empty lines": lambda: sides(packed(b"", b"\n", size=MEGABYTE)),
    "two sides of empty lines": lambda: {
        "a.de.gz": gzip.compress(b"\n" * 30_000),
        "a.en.gz": gzip.compress(b"\n" * 30_000),
    },
    "TMX with an endless segment": lambda: {"a.tmx.gz": packed(HEAD, b"ab ", TAIL)},
    "TMX nested without an end": lambda: {"a.tmx.gz": packed(HEAD, b"<hi>", TAIL)},
    "TMX with an endless comment": lambda: {"a.tmx.gz": packed(HEAD + b"<!--", b"ab ", b"-->")},
    "TMX with an endless attribute": lambda: {"a.tmx.gz": packed(HEAD + b'<hi x="', b"ab ", b'"')},
    "TMX with an endless document type": lambda: {
        "a.tmx.gz": packed(b"<!DOCTYPE tmx [", b"<!-- a -->", b"]>" + tmx())
    },
    "TMX with endless attributes": lambda: {
        "a.tmx.gz": packed(HEAD + b"<hi ", b'abcde="f" ', b">", size=8 * MEGABYTE)
    },
    "XLIFF with an endless segment": lambda: {
        "a.xlf.gz": packed(xliff().split(b"gut.")[0], b"ab ", b"</source>")
    },
    "JSON lines with an endless line": lambda: {"a.jsonl.gz": packed(b'{"de": "', b"ab ", b'"}')},
    "JSON lines nested without an end": lambda: {"a.jsonl.gz": packed(b'{"de": ', b"[")},
    "a JSON list with an endless text": lambda: {
        "a.json.gz": packed(b'[{"de": "a", "en": "', b"ab ", b'"}]')
    },
    "CSV with a quote left open": lambda: {
        "a.csv.gz": packed(b'de,en\n"Das ist","gut\n', b"ab\ncd ef\n")
    },
    "TSV of tabs": lambda: {"a.tsv.gz": packed(TSV, b"\t")},
    "PO with an endless string": lambda: {
        "a.po.gz": packed(b'msgid "a"\nmsgstr ""\n', b'"ab ab ab ab "\n')
    },
    "SGML with an endless segment": lambda: {
        "a.sgm.gz": packed(b'<srcset setid="a" srclang="de"><doc docid="a"><seg id="1">', b"ab "),
        "a.en": b"word\n",
    },
    "Parquet with one long text over and over": lambda: {
        "a.parquet": parquet(table(de=["ab " * 40_000] * 50, en=["ab " * 40_000] * 50))
    },
    "long lines without spaces": lambda: long_lines("", "a"),
    "long lines of a letter that few have": lambda: long_lines("", "ß"),
    "long lines of question marks": lambda: long_lines("", "a?b"),
    "long lines of addresses": lambda: long_lines("", "www.a@b."),
    "long lines of brackets": lambda: long_lines("", "{<[[("),
    "long lines of numbers": lambda: long_lines("1", "1.234 5"),
    "a long number": lambda: long_lines("1", ".23"),
    "long lines of accents": lambda: long_lines("a", "\u0301"),
    "long lines of marks of direction": lambda: long_lines("", "\u202e"),
    "long lines of Chinese": lambda: long_lines("", "房子"),
    "long lines of mojibake": lambda: long_lines("", "Ã¼"),
    "long lines of emoji": lambda: long_lines("", "👩\u200d👩\u200d👧"),
    "long lines of words": lambda: long_lines("", "und das ist gut "),
    "gzip members without an end": lambda: sides(gzip.compress(b"a") * 50_000),
}
