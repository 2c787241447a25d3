"""Tables: TSV as it stands, CSV with its quotes, and a wrong row is named."""

import csv
import gzip
import io
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.readers.corpus_file import read_corpus_file
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.table import names_sides, read_csv
from nmt.corpus.readers.table import read_tsv as read_tsv_stream
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

CELL = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_characters="\t\n\r\ufeff"),
        st.sampled_from("\"'\\,\u2028\x85"),
    )
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tsv") / "pairs.tsv"


def read_tsv(path: Path) -> Iterator[SentencePair]:
    return read_corpus_file(path, Selection(), "tsv")


def numbered(pairs: Iterable[tuple[str, str]]) -> list[SentencePair]:
    return [SentencePair(*pair, line) for line, pair in enumerate(pairs, start=1)]


def tsv(rows: list[list[str]]) -> bytes:
    return "".join("\t".join(row) + "\n" for row in rows).encode()


@settings(deadline=None)
@given(st.lists(st.tuples(CELL, CELL)), st.booleans())
def test_the_pairs_are_the_columns(path: Path, pairs: list[tuple[str, str]], packed: bool) -> None:
    content = tsv([list(pair) for pair in pairs])
    path.write_bytes(gzip.compress(content) if packed else content)
    assert list(read_tsv(path)) == numbered(pairs)


@settings(deadline=None)
@given(
    st.lists(st.tuples(CELL, CELL), max_size=5),
    st.lists(CELL, min_size=1, max_size=5).filter(lambda row: len(row) != 2),
)
def test_a_line_of_another_number_of_columns_is_named(
    path: Path, pairs: list[tuple[str, str]], row: list[str]
) -> None:
    path.write_bytes(tsv([*map(list, pairs), row, ["last", "line"]]))
    read = []
    columns = "1 column where" if len(row) == 1 else f"{len(row)} columns where"
    message = re.escape(f"{path}, line {len(pairs) + 1}: {columns}")
    with pytest.raises(DataError, match=message):
        for pair in read_tsv(path):
            read.append(pair)
    assert read == numbered(pairs)


def test_an_empty_column_is_a_column(path: Path) -> None:
    path.write_bytes(b"\tone\neins\t\n\t\n")
    assert list(read_tsv(path)) == [("", "one", 1), ("eins", "", 2), ("", "", 3)]


def test_quotes_are_text(path: Path) -> None:
    path.write_bytes(b'"eins\t"one"\n')
    assert list(read_tsv(path)) == [('"eins', '"one"', 1)]


def test_a_missing_file_is_named(path: Path) -> None:
    missing = path.with_name("none.tsv")
    with pytest.raises(DataError, match=re.escape(f"{missing}: no such file")):
        list(read_tsv(missing))


# --- columns and headers ---


def read(content: str, format_: str = "tsv", **selected: object) -> list[SentencePair]:
    reader = {"tsv": read_tsv_stream, "csv": read_csv}[format_]
    return list(reader(io.BytesIO(content.encode()), "a", Selection(**selected)))  # type: ignore[arg-type]


DE_EN: dict[str, object] = {"source_language": "de", "target_language": "en"}
HEADERS = [
    ("source\ttarget\na\tb\n", {}, ("a", "b", 2)),
    ("Target\tSource\na\tb\n", {}, ("b", "a", 2)),
    ("tgt\tid\tsrc\na\t7\tb\n", {}, ("b", "a", 2)),
    ("de\ten\na\tb\n", DE_EN, ("a", "b", 2)),
    ("EN\tDE\na\tb\n", DE_EN, ("b", "a", 2)),
    ("id\ten-GB\tdeu\n7\ta\tb\n", DE_EN, ("b", "a", 2)),
    ("de\ten\n", {}, ("de", "en", 1)),
    ("so\tno\n", DE_EN, ("so", "no", 1)),
    ("a\tb\tc\n", {"columns": ("3", "1")}, ("c", "a", 1)),
    ("x\ty\tz\na\tb\tc\n", {"columns": ("z", "x")}, ("c", "a", 2)),
    ("x\ty\tz\na\tb\tc\n", {"columns": ("z", "2")}, ("c", "b", 2)),
    ("de\ten\tx\na\tb\tc\n", {**DE_EN, "columns": ("x", "de")}, ("c", "a", 2)),
    ("source\ttarget\na\tb\n", {"columns": ("1", "2")}, ("a", "b", 2)),
    ("SRC\tx\ttgt\na\tb\tc\n", {"columns": ("3", "1")}, ("c", "a", 2)),
    ("id\tde\ten\na\tb\tc\n", {**DE_EN, "columns": ("2", "3")}, ("b", "c", 2)),
    (f"{'long' * 9}\tde\ten\na\tb\tc\n", {**DE_EN, "columns": ("2", "3")}, ("b", "c", 2)),
    ("de\ten\tx\na\tb\tc\n", {**DE_EN, "columns": ("1", "3")}, ("a", "c", 2)),
    ("Ja.\tYes.\tde\ten\n", {**DE_EN, "columns": ("1", "2")}, ("Ja.", "Yes.", 1)),
    ("de\tJa.\ten\tYes.\n", {**DE_EN, "columns": ("2", "4")}, ("Ja.", "Yes.", 1)),
    ("de\ten\n", {"columns": ("1", "2")}, ("de", "en", 1)),
    ("2\ta\tb\n", {"columns": ("2", "3")}, ("a", "b", 1)),
    ("2\tx\ty\na\tb\tc\n", {"columns": ("2", "y")}, ("a", "c", 2)),
]


@pytest.mark.parametrize("format_", ["tsv", "csv"])
@pytest.mark.parametrize(("content", "selected", "first"), HEADERS)
def test_a_header_is_one_only_when_it_names_the_columns(
    content: str, selected: dict[str, object], first: tuple[str, str, int], format_: str
) -> None:
    content = content.replace("\t", ";") if format_ == "csv" else content
    assert read(content, format_, **selected) == [first]


FAULTS = [
    ("a\tb\tc\n", {}, "a, line 1: 3 columns where two are expected (source, tab, target); choose"),
    ("a\tb\tc\n", {}, 'two with columns, such as [1, 2]: 1 "a", 2 "b", 3 "c"'),
    ("a\n", {}, "a, line 1: 1 column where two are expected"),
    ("\ta\n\nb\tc\n", {}, "a, line 2: 1 column where two are expected (source, tab, target)"),
    ("\n\na\tb\n", {}, "a, line 1: 1 column where two are expected (source, tab, target)"),
    ("a, b\n", {}, "nor is it clearly CSV: if it is, name it .csv or give its format; if it is pl"),
    ("a\tb\tc\nd\te\n", {"columns": ("1", "2")}, "a, line 2: 2 columns where 3 are expected as"),
    ("a\tb\n", {"columns": ("1", "3")}, 'a, line 1: no column "3"; the columns are 1 "a", 2 "b"'),
    ("a\tb\n", {"columns": ("x", "a")}, 'a, line 1: no column "x"; the columns are 1 "a", 2 "b"'),
    ("a\tb\n", {"columns": ("0", "1")}, 'a, line 1: no column "0"'),
    ("id\tde\tfr\n1\ta\tb\n", DE_EN, "a, line 1: 3 columns where two are expected"),
]


@pytest.mark.parametrize(("content", "selected", "message"), FAULTS)
def test_wrong_columns_are_one_line(
    content: str, selected: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError) as caught:
        read(content, **selected)
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("blank", ["\n", "\n\n\n", "  \n", "\r\n\r\n", " "])
def test_blank_lines_at_the_end_are_no_rows(blank: str) -> None:
    for format_, delimiter in (("tsv", "\t"), ("csv", ",")):
        if format_ == "tsv" or not blank.startswith(" "):
            assert read(f"a{delimiter}b\n{blank}", format_) == [("a", "b", 1)]
    assert read(blank) == []
    assert read(f"a\tb\n\t\n{blank}") == [("a", "b", 1), ("", "", 2)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [(["Target ", "x", "Source"], True), (["src", "trg"], True), (["source", "tgt"], False)],
)
def test_a_header_names_both_sides(fields: list[str], expected: bool) -> None:
    assert names_sides(fields) is expected


# --- CSV ---


@settings(deadline=None)
@given(
    st.lists(st.tuples(CELL, CELL)),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_csv_is_read_as_it_was_written(
    pairs: list[tuple[str, str]], delimiter: str, end: str
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("source", "target"), *pairs])
    assert read(file.getvalue(), "csv") == [(*p, line) for line, p in enumerate(pairs, start=2)]


def test_a_line_break_in_quotes_is_a_space_and_the_row_has_its_first_line() -> None:
    content = 'eins,one\n"zwei\nDrei ","two\r\n three"\n\nvier,"say ""four"""\n'
    expected = [("eins", "one", 1), ("zwei Drei ", "two three", 2), ("vier", 'say "four"', 6)]
    assert read(content, "csv") == expected


def test_a_lone_carriage_return_is_a_space() -> None:
    content = 'Hallo\rWelt,Hello\r\n"Ja\rbitte",Yes\r\r\nNein,No\n'
    expected = [("Hallo Welt", "Hello", 1), ("Ja bitte", "Yes", 2), ("Nein", "No", 3)]
    assert read(content, "csv") == expected


@pytest.mark.parametrize("delimiter", ",;\t|")
def test_the_first_line_may_say_what_stands_between_fields(delimiter: str) -> None:
    content = f"\ufeffsep={delimiter}\r\nsource{delimiter}target\r\nHallo, du;{delimiter}Hello\r\n"
    if delimiter in ",;":
        content = content.replace("Hallo, du;", '"Hallo, du;"')
    assert read(content, "csv") == [("Hallo, du;", "Hello", 3)]
    assert read(f"sep={delimiter}\n", "csv") == []


@pytest.mark.parametrize(
    ("content", "selected", "first"),
    [
        ("Hallo Welt;Hello, world\nJa;Yes, o\n", {}, ("Hallo Welt", "Hello, world", 1)),
        ("de;en\na,b;c,d\n", DE_EN, ("a,b", "c,d", 2)),
        ("x;y,z\na;b,c\n", {"columns": ("x", "y,z")}, ("a", "b,c", 2)),
        ("x;y,z\na;b,c\n", {"columns": ("x;y", "z")}, ("a;b", "c", 2)),
    ],
)
def test_text_with_the_other_delimiter_is_not_split(
    content: str, selected: dict[str, object], first: tuple[str, str, int]
) -> None:
    assert read(content, "csv", **selected)[0] == first


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('a,b\n"c,d\ne,f\n', "a, line 2: not valid CSV (unexpected end of data)"),
        ('a,b\n"c"d,e\n', "a, line 2: not valid CSV (',' expected after '\"')"),
        ("a,b;c\n", "a, line 1: commas and semicolons both divide the rows evenly; write a line"),
        ('sep=;\na;b\n"c;d\n', "a, line 3: not valid CSV (unexpected end of data)"),
        ("sep=|\na|b|c\n", 'a, line 2: 3 columns where two are expected (source, "|", target)'),
        ('a,b\n"' + "x\n" * 200_000, "a, line 2: not valid CSV (field larger than"),
        ("a,b\nc\n", "a, line 2: 1 column where two are expected (source, comma, target)"),
        ("a;b\nc;d;e\n", "a, line 2: 3 columns where two are expected (source, semicolon, tar"),
        ("a,b,c\n", "a, line 1: 3 columns where two are expected"),
    ],
)
def test_a_fault_in_csv_is_one_line_with_its_place(content: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read(content, "csv")
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("format_", ["tsv", "csv"])
def test_an_empty_table_holds_no_pair(format_: str) -> None:
    assert read("", format_) == []


@pytest.mark.skipif("NMT_CORPORA" not in os.environ, reason="NMT_CORPORA is not set")
def test_a_real_table_with_a_header_is_read_either_way() -> None:
    path = Path(os.environ["NMT_CORPORA"]) / "odd" / "tsv" / "tsv_files_en-pcm_dev.tsv"
    pairs = list(read_corpus_file(path, Selection("en", "pcm")))
    back = list(read_corpus_file(path, Selection("pcm", "en")))
    assert len(pairs) == 1484 and pairs[0].line == 2
    assert [(pair.target, pair.source) for pair in back] == [pair[:2] for pair in pairs]
