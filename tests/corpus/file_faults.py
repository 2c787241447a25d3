"""Faults of whole files, made by hand: wrong encodings, cut archives, broken and hostile formats.

Each is a source file beside a sound target file, or one file with both sides; and what its one
line has to say.
"""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from typing import NamedTuple

import pyarrow
import pyarrow.parquet


class FileFault(NamedTuple):
    """The name of a file, its bytes, and what must be said of it (a regular expression)."""

    name: str
    content: bytes
    says: str


PAIRS = [
    (f"Für Haus Nummer {n} gibt es größere Türen.", f"There are larger doors for house {n}.")
    for n in range(1, 61)
]
SOURCE = "".join(f"{source}\n" for source, _ in PAIRS).encode()
TARGET = "".join(f"{target}\n" for _, target in PAIRS).encode()
TSV = "".join(f"{source}\t{target}\n" for source, target in PAIRS).encode()
JSONL = "".join(json.dumps({"de": s, "en": t}) + "\n" for s, t in PAIRS).encode()
CSV = ("de,en\n" + "".join(f'"{s}","{t}"\n' for s, t in PAIRS)).encode()
PO = "".join(f'msgid "{s}"\nmsgstr "{t}"\n\n' for s, t in PAIRS).encode()
LAUGHS = '<!DOCTYPE tmx [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">'
    for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
) + "]>"  # fmt: skip
GREEDY = f'<!DOCTYPE tmx [<!ENTITY k "{"ha" * 20_000}">]>'
OUTSIDE = '<!DOCTYPE tmx [<!ENTITY k SYSTEM "file:///etc/hostname">]>'


def tmx(doctype: str = "", first: str = "Das ist gut.", languages: str = "de en") -> bytes:
    """A translation memory of some lines, one unit each."""
    one, two = languages.split()
    units = "".join(
        f'<tu><tuv xml:lang="{one}"><seg>{source}</seg></tuv>'
        f'<tuv xml:lang="{two}"><seg>{target}</seg></tuv></tu>\n'
        for source, target in [(first, "That is good."), *PAIRS]
    )
    head = '<header srclang="de" segtype="sentence" datatype="plaintext"/>'
    text = f'<?xml version="1.0"?>{doctype}\n<tmx version="1.4">{head}<body>\n{units}</body></tmx>'
    return text.encode()


def xliff(doctype: str = "", first: str = "Das ist gut.") -> bytes:
    """An XLIFF file of some lines, one unit each."""
    units = "".join(
        f'<trans-unit id="{n}"><source>{source}</source><target>{target}</target></trans-unit>\n'
        for n, (source, target) in enumerate([(first, "That is good."), *PAIRS])
    )
    head = '<xliff version="1.2"><file source-language="de" target-language="en"><body>'
    return f'<?xml version="1.0"?>{doctype}\n{head}\n{units}</body></file></xliff>'.encode()


def zipped(**members: bytes) -> bytes:
    """A zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(content: bytes) -> bytes:
    """A tar archive of one file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("train.de")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def table(**columns: list[object]) -> pyarrow.Table:
    """A table of Arrow."""
    return pyarrow.table(columns)


def parquet(columns: pyarrow.Table) -> bytes:
    """A Parquet file."""
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(columns, buffer)
    return buffer.getvalue()


def arrow(columns: pyarrow.Table) -> bytes:
    """A stream of Arrow."""
    buffer = io.BytesIO()
    with pyarrow.ipc.new_stream(buffer, columns.schema) as writer:
        writer.write_table(columns)
    return buffer.getvalue()


def with_line(content: bytes, number: int, line: bytes) -> bytes:
    """Some lines, one of them replaced."""
    lines = content.split(b"\n")
    lines[number - 1] = line
    return b"\n".join(lines)


COLUMNS = table(de=[s for s, _ in PAIRS], en=[t for _, t in PAIRS])
LATIN1 = SOURCE.decode().encode("latin-1")

# Beside a sound target: what is wrong with a source.
SOURCES = {
    "Latin-1": FileFault("a.de", LATIN1, "line 1, byte 2: not valid UTF-8.*iconv -f"),
    "Latin-1 from line 41": FileFault(
        "a.de", with_line(SOURCE, 41, b"K\xe4se"), "line 41, byte 2: not valid UTF-8"
    ),
    "Windows-1251": FileFault(
        "a.de", ("Это новый дом, и он большой.\n" * 60).encode("cp1251"), "line 1, byte 1: not"
    ),
    "Shift-JIS": FileFault(
        "a.de", ("これは新しい家です。\n" * 60).encode("cp932"), "line 1, byte 1: not"
    ),
    "GB18030": FileFault("a.de", ("这是一座新房子。\n" * 60).encode("gb18030"), "line 1, byte 1"),
    "UTF-16 with a mark": FileFault("a.de", SOURCE.decode().encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": FileFault("a.de", SOURCE.decode().encode("utf-16-be"), "UTF-16"),
    "UTF-32": FileFault("a.de", SOURCE.decode().encode("utf-32"), "UTF-32"),
    "UTF-8 cut within a letter": FileFault("a.de", SOURCE + b"Gr\xc3", "line 61, byte 3: not"),
    "overlong UTF-8": FileFault("a.de", with_line(SOURCE, 7, b"a\xc0\xafb"), "line 7, byte 2"),
    "surrogates in UTF-8": FileFault(
        "a.de", with_line(SOURCE, 9, b"\xed\xa0\xbd\xed\xb8\x80"), "line 9, byte 1"
    ),
    "a lone continuation byte": FileFault(
        "a.de", with_line(SOURCE, 60, b"ok \x9f"), "line 60, byt"
    ),
    "line ends of old Macs": FileFault("a.de", SOURCE.replace(b"\n", b"\r") * 500, "CR alone"),
    "a line of two million bytes": FileFault(
        "a.de", with_line(SOURCE, 33, b"ab " * 700_000), "line 33: longer than 1,048,576 bytes"
    ),
    "random bytes": FileFault("a.de", bytes(range(256)) * 90, "no text at all"),
    "PDF": FileFault("a.de", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + SOURCE, "PDF"),
    "PNG": FileFault("a.de", b"\x89PNG\r\n\x1a\n" + SOURCE, "PNG"),
    "RTF": FileFault("a.de", b"{\\rtf1\\ansi " + SOURCE, "RTF"),
    "web page": FileFault("a.de", b"<!DOCTYPE html><html><head><title>404</title>", "web page"),
    "pointer of Git LFS": FileFault(
        "a.de", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n", "git lfs"
    ),
    "SQLite": FileFault("a.de", b"SQLite format 3\0" + SOURCE, "SQLite"),
    "7-Zip": FileFault("a.de", b"7z\xbc\xaf\x27\x1c" + SOURCE, "7-Zip"),
    "tar": FileFault("a.de", tarred(SOURCE), "tar archive"),
    "tar.gz": FileFault("a.de.tar.gz", gzip.compress(tarred(SOURCE)), "tar archive"),
    "gzip within gzip": FileFault("a.de.gz", gzip.compress(gzip.compress(SOURCE)), "gzip within"),
    "gzip cut off": FileFault("a.de.gz", gzip.compress(SOURCE)[:-9], "gzip file is cut off"),
    "gzip without its sum": FileFault("a.de.gz", gzip.compress(SOURCE)[:-8], "line 61.*cut off"),
    "gzip with a wrong sum": FileFault(
        "a.de.gz", gzip.compress(SOURCE)[:-6] + b"oops" + gzip.compress(SOURCE)[-2:], "damaged"
    ),
    "gzip with text behind it": FileFault("a.de.gz", gzip.compress(SOURCE) + b"text", "gzip file"),
    "only the head of gzip": FileFault("a.de.gz", gzip.compress(SOURCE)[:12], "gzip file is cut"),
    "bzip2 cut off": FileFault("a.de.bz2", bz2.compress(SOURCE)[:-9], "bzip2 file is cut off"),
    "xz cut off": FileFault("a.de.xz", lzma.compress(SOURCE)[:-9], "xz file is cut off"),
    "zstd cut off": FileFault(
        "a.de.zst", pyarrow.compress(SOURCE, "zstd", asbytes=True)[:-9], "zstd file is cut off"
    ),
    "zip cut off": FileFault("a.de.zip", zipped(a=SOURCE)[:-30], "zip file is cut off"),
    "zip of two texts": FileFault("a.de.zip", zipped(a=SOURCE, b=TARGET), "holds 2 files"),
    "zip of nothing": FileFault("a.de.zip", zipped(), "holds no text"),
    "Word document": FileFault(
        "a.docx", zipped(**{"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}), "office"
    ),
    "TMX as one side": FileFault("a.de", tmx(), "holds both sides; give it alone"),
    "Parquet as one side": FileFault("a.de", parquet(COLUMNS), "holds both sides"),
    "a segment of SGML left open": FileFault(
        "a.sgm", b'<srcset setid="a" srclang="de">\n<doc docid="a">\n<seg id="1">Das ist', "a.sgm"
    ),
}

# Alone: what is wrong with a file of both sides.
CORPORA = {
    "TMX cut off": FileFault("a.tmx", tmx()[:2000], "line 1[0-9]"),
    "TMX with a tag that is not closed": FileFault(
        "a.tmx", tmx(first="Das <b> ist gut."), "line 3"
    ),
    "TMX with an ampersand": FileFault("a.tmx", tmx(first="Haus & Hof"), "line 3"),
    "TMX with an unknown entity": FileFault("a.tmx", tmx(first="Haus&nbsp;Hof"), "line 3"),
    "TMX with a control character": FileFault("a.tmx", tmx(first="Das \x01 ist"), "line 3"),
    "TMX with NUL": FileFault("a.tmx", tmx(first="Das \x00 ist"), "line 3"),
    "TMX of a billion laughs": FileFault("a.tmx", tmx(LAUGHS, "&k;" * 3), "line 3|entit"),
    "TMX of a greedy entity": FileFault("a.tmx", tmx(GREEDY, "&k;" * 20_000), "line 3|entit"),
    "TMX that asks for a file": FileFault("a.tmx", tmx(OUTSIDE, "&k;"), "line 3|entit"),
    "TMX in other languages": FileFault("a.tmx", tmx(languages="fr es"), "fr"),
    "TMX without units": FileFault(
        "a.tmx", b'<tmx version="1.4"><header srclang="de"/><body></body></tmx>', "a.tmx"
    ),
    "TMX in Latin-1 that says UTF-8": FileFault(
        "a.tmx", tmx().decode().encode("latin-1"), "line 4"
    ),
    "TMX in an unknown encoding": FileFault(
        "a.tmx", tmx().replace(b'"1.0"', b'"1.0" encoding="klingon"'), "klingon|encoding"
    ),
    "XLIFF cut off": FileFault("a.xlf", xliff()[:2000], "line 1[0-9]"),
    "XLIFF of a billion laughs": FileFault(
        "a.xlf", xliff(LAUGHS.replace("tmx", "xliff"), "&k;"), "line 3|entit"
    ),
    "another XML": FileFault("a.xml", b'<?xml version="1.0"?><rss><item/></rss>', "rss"),
    "TSV with one column": FileFault("a.tsv", with_line(TSV, 12, b"Das ist gut."), "line 12"),
    "TSV with three columns": FileFault("a.tsv", with_line(TSV, 30, b"a\tb\tc"), "line 30"),
    "TSV not in UTF-8": FileFault("a.tsv", with_line(TSV, 44, b"K\xe4se\tcheese"), "line 44"),
    "CSV with a quote left open": FileFault(
        "a.csv", with_line(CSV, 20, b'"Das ist gut,"That is good."'), "line 2[0-9]"
    ),
    "CSV with a column too few": FileFault("a.csv", with_line(CSV, 25, b'"Das"'), "line 25"),
    "JSON lines cut off": FileFault("a.jsonl", JSONL[:-20], "line 60"),
    "JSON lines without a side": FileFault(
        "a.jsonl", with_line(JSONL, 17, b'{"de": "Das"}'), "line 17"
    ),
    "JSON lines with a number": FileFault(
        "a.jsonl", with_line(JSONL, 18, b'{"de": "Das", "en": 7}'), "line 18"
    ),
    "JSON lines with a list": FileFault("a.jsonl", with_line(JSONL, 19, b"[1, 2]"), "line 19"),
    "JSON lines nested deep": FileFault(
        "a.jsonl", with_line(JSONL, 21, b'{"de": ' + b"[" * 100_000), "line 21"
    ),
    "JSON list cut off": FileFault(
        "a.json", b"[" + b",\n".join(JSONL.splitlines())[:-20], "line 60|cut"
    ),
    "PO with a string left open": FileFault(
        "a.po", with_line(PO, 25, b'msgid "Haus Nummer 9'), "line 25"
    ),
    "SGML of one side": FileFault(
        "a.sgm", b'<srcset setid="a" srclang="de"><doc><seg id="1">Das</seg></doc></srcset>', "side"
    ),
    "plain text": FileFault("a.txt", SOURCE, "a.txt"),
    "Parquet cut off": FileFault("a.parquet", parquet(COLUMNS)[:-9], "Parquet|damaged|cut"),
    "Parquet of numbers": FileFault(
        "a.parquet", parquet(table(de=[1, 2], en=[3, 4])), "a.parquet"
    ),
    "Arrow cut off": FileFault("a.arrow", arrow(COLUMNS)[:-400], "cut|damaged"),
    "Arrow without a column": FileFault("a.arrow", arrow(table(de=["Das"])), "a.arrow"),
    "zip of an Excel table": FileFault(
        "a.xlsx", zipped(**{"[Content_Types].xml": b"<a/>", "xl/workbook.xml": b"<a/>"}), "Excel"
    ),
}  # fmt: skip
