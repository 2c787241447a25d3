"""Formats are known by their content; the name of a file breaks ties only."""

import pytest

from nmt.corpus.readers.detect import TITLES, choose_format, detect_format
from nmt.errors import DataError

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
STRONG = {
    "tmx": [
        f'{XML}<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4">',
        "<tmx version='1.4'>",
        f"\ufeff{XML}\n<!-- a <fake> comment -->\n\n<tmx>",
        f"{XML}<!DOCTYPE tmx [<!ELEMENT tmx ANY>]>\n<x:tmx>",
    ],
    "xliff": [f'{XML}<xliff version="1.2">', '<xliff xmlns="urn" version="2.0">'],
    "wmt_xml": [f'{XML}<dataset id="wmt22">'],
    "sgm": ['<srcset setid="news" srclang="any">', "<REFSET>", '<!DOCTYPE mteval>\n<tstset a="b">'],
    "po": [
        'msgid ""\nmsgstr ""\n',
        '# German\n#, fuzzy\n\nmsgid "Dog"\nmsgstr "Hund"\n',
        '\n#: a.c:3\r\nmsgctxt "menu"\n',
    ],
    "jsonl": ['{"de": "a", "en": "b"}\n{"de"', '{"de": "a", "en": "b"}', '{"de": "cut off', "{}\n"],
    "json": ['[{"de": "a"}, ', '[\n  {\n    "de": "a"', "[]"],
}
WEAK = [
    "", "\n\n", "eins\tone\n", "eins,one\n", '"eins","one"\n', "eins\n", "[Update] Als\tAs\n",
    "{0} Dateien\t{0} files\n", "< 5 Euro\tless\n", "<b>fett</b>\n", "# Titel\t# title\n", "<?\n",
    "msgid is a key\n", "{ein Hund}\n",
    '{"a": 1}\tone\n', "[\t[\n", "[]\t\n", '{"\t"}\n',
    "[1] siehe oben\n", "<tmxx>\n", "<!-- \n", "<!DOCTYPE",
]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "found"), [(head, found) for found, heads in STRONG.items() for head in heads]
)
def test_a_format_is_known_by_its_content(head: str, found: str) -> None:
    for encoding in ["utf-8", *["utf-16"] * (found in ("tmx", "xliff"))]:
        assert detect_format(head.encode(encoding), "a.txt") == found
    if found != "sgm":
        for name in ("a.tsv", "a.tmx", "a", "a.json.gz"):
            assert choose_format(head.encode(), name, None) == found


@pytest.mark.parametrize("head", WEAK)
def test_text_and_tables_are_no_other_format(head: str) -> None:
    assert detect_format(head.encode(), "a.txt") is None


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"PAR1\x15", "parquet"),
        (b"ARROW1\0\0", "arrow"),
        (b"\xff\xff\xff\xff\x10\0\0\0", "arrow"),
    ],
)
def test_columns_are_known_by_their_content(head: bytes, found: str) -> None:
    assert choose_format(head, "a.tsv", None) == found


@pytest.mark.parametrize(
    ("head", "name", "found"),
    [
        ("eins,one\n", "a.csv", "csv"),
        ("eins;one\n", "a.csv.gz", "csv"),
        ("eins,one\n", "a.tsv", "tsv"),
        ("eins,one\n", "a.txt", "tsv"),
        ('"eins","one"\n"zwei","two"\n', "a.txt", "csv"),
        ('"Ja", sagte er.\n', "a.tsv", "tsv"),
        ("eins\tone\nzwei\ttwo\n", "a.csv", "tsv"),
        ('"ei\tns","one"\n', "a.csv", "csv"),
        ("eins\tone, two\n", "a", "tsv"),
        ("eins,one\nzwei,two\n", "standard input", "csv"),
        ("\ufeffsource,target\r\n", "a", "csv"),
        ("eins;one\nzwei;two", "a.tsv", "csv"),
        ("Hallo, du.\nJa, bitte.\n", "a", "tsv"),
        ('"Ja", sagte er.\n', "a", "tsv"),
        ("sep=;\neins;one\n", "a", "csv"),
        ("sep=\t\neins\tone\n", "a.csv", "csv"),
        ("", "a.csv", "csv"),
        ("", "a.tmx", "tmx"),
        ("", "a.jsonl.zst", "jsonl"),
        ("", "a", "tsv"),
    ],
)
def test_tables_are_told_apart(head: str, name: str, found: str) -> None:
    assert choose_format(head.encode(), name, None) == found


@pytest.mark.parametrize(
    ("archive", "member", "found"),
    [
        ("a.zip", "pairs.csv", "csv"),
        ("a.csv.zip", "pairs", "csv"),
        ("a.csv.zip", "pairs.txt", "csv"),
        ("a.csv.zip", "b/pairs.tsv", "tsv"),
        ("a.zip", "pairs", "tsv"),
    ],
)
def test_the_name_of_a_file_in_an_archive_comes_before_that_of_the_archive(
    archive: str, member: str, found: str
) -> None:
    assert choose_format(b"eins,one\n", "there", None, (member, archive)) == found


@pytest.mark.parametrize(
    ("head", "name", "wanted", "message"),
    [
        ("<tmx>", "a", "jsonl", "a: is to be read as jsonl, but seems to be a translation memory"),
        ("<tmx>", "a", "tsv", "a: is to be read as tsv, but seems to be a translation memory"),
        ('{"a": 1}', "a", "csv", "a: is to be read as csv, but seems to be JSON lines"),
        ("PAR1", "a", "tsv", "a: is to be read as tsv, but seems to be Parquet"),
        ("eins\tone\n", "a.tmx", None, "a.tmx: its name says a translation memory (TMX), but it"),
        ("eins\tone\n", "a.parquet", None, "but it seems to be a table with tabs (TSV)"),
        ("eins\n", "a.jsonl.gz", None, "says JSON lines, but it seems to be plain text"),
        ("<srcset>", "a", None, "a: is one side of a test set (SGML); give both sides"),
        (f"{XML}<TS version='2.1'>", "a", None, "a: is XML with <TS>, which nmt does not read"),
        (f"{XML}<root>", "a.tmx", "tmx", "a.tmx: is XML with <root>, which nmt does not read"),
        ('{\n "data": [\n', "a.json", None, "a.json: is one JSON object over many lines"),
        ("<!DOCTYPE html>", "a.tmx", "tmx", "a.tmx: is a web page"),
        ("%PDF-1.4", "a.csv", "csv", "a.csv: is a PDF document"),
    ],
)
def test_a_contradiction_is_one_line(
    head: str, name: str, wanted: str | None, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        choose_format(head.encode(), name, wanted)
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("wanted", sorted(set(TITLES) - {"text", "sgm"}))
def test_the_format_given_is_taken(wanted: str) -> None:
    assert choose_format(b"whatever", "a.xyz", wanted) == wanted


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "head",
    ["<?a?>" * 13_000, "<!--" * 16_000, "#\n" * 32_000, "<!DOCTYPE [" * 6_000, "[" * 65_000,
     '{"a":' * 13_000, '"' * 65_000, "<!-- -->" * 8_000 + "<", " " * 65_000],
)  # fmt: skip
def test_a_hostile_head_takes_no_time(head: str) -> None:
    choose_format(head.encode(), "a", None)
