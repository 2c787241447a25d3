"""What divides the fields of CSV: a header or even rows tell, and punctuation of prose does not."""

import csv
import io
import time

import pytest

from nmt.corpus.readers.delimiter import csv_line, find_delimiter, given_delimiter, seems_csv
from nmt.errors import DataError


def is_header(fields: list[str]) -> bool:
    return {"source", "target"} <= set(fields)


def found(lines: list[str]) -> str:
    return find_delimiter([csv_line(line) for line in lines], is_header, "a.csv")


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["eins;one", "zwei, drei;two, three"], ";"),
        (["eins,one", "zwei;drei,two"], ","),
        (['"a;b";"c"', '"d";"e"'], ";"),
        (["eins\tone, two", "drei\tthree"], "\t"),
        (["eins;one", "", "zwei, drei;two, three", ""], ";"),
        ([], ","),
        (["eins"], ","),
    ],
)
def test_the_delimiter_is_what_makes_even_rows(lines: list[str], delimiter: str) -> None:
    assert found(lines) == delimiter


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["Hallo Welt;Hello, world", "Ja bitte;Yes, please"], ";"),
        (["Hallo Welt;Hello, world", "Ja bitte;Yes,please"], ";"),
        (["Ja; bitte,Yes; please"], ","),
        (["3,50 Euro;half", "1,20 Euro;less"], ";"),
        (["Hallo Welt\tHello,world", "Ja bitte\tYes,please"], "\t"),
        (['Hallo,"Hello;you"'], ","),
        (['a,"x\ty"'], ","),
        (['Er sagte "Nein", und ging;He said no and left, quickly'], ";"),
        (["source;target", "Hallo,du;Hello", "a,b;c;d"], ";"),
        (["id;source,target", "1;Hallo,Hello"], None),
        (["source,target", "Hallo;Welt,Hello", "a;b,c;d;e", "f"], ","),
    ],
)
def test_of_several_that_make_even_rows_the_header_or_the_text_tells(
    lines: list[str], delimiter: str | None
) -> None:
    if delimiter is not None:
        assert found(lines) == delimiter
        return
    with pytest.raises(DataError) as caught:
        found(lines)
    assert str(caught.value) == (
        "a.csv, line 1: commas and semicolons both divide the rows evenly; write a line "
        '"sep=," or "sep=;" above it to choose'
    )


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("sep=;\n", ";"),
        ("SEP=,", ","),
        ("sep=\t\n", "\t"),
        ('"sep=|"', "|"),
        ("sep=ab", None),
        ("sep=", None),
        ("sep=a", None),
        ('sep="', None),
        ("sep=;;", None),
        ("a sep=;", None),
    ],
)
def test_a_first_line_may_give_the_delimiter(line: str, delimiter: str | None) -> None:
    assert given_delimiter(line) == delimiter


@pytest.mark.parametrize("line", ["a\rb,c", "a,b\r", "a\r\rb,c\r\r", '"a\rb",c'])
def test_a_lone_carriage_return_is_a_space_to_the_module_csv(line: str) -> None:
    rows = list(csv.reader([csv_line(line)], strict=True))
    assert len(rows) == 1 and len(rows[0]) == 2
    assert rows[0][0] == ("a" if line.startswith("a,") else "a b")


CSV = [
    "source,target\n",
    "source;target\nHallo, du;Hello\n",
    "eins,one\nzwei,two",
    "eins;one\nzwei;two, three\n",
    '"Hallo, du","Hello, you"\nJa,Yes\n',
    '"eins","one"',
    "1,eins,one\n2,zwei,two\n",
    'eins,one\n"zwei\ndrei","two"\nvier,four\n"cut o',
    "eins,one\n" * 20 + "zwei, two\n",
]
TEXTS = [
    "",
    "eins",
    "eins,one\n",
    "Hallo, du.\nJa, bitte.\n",
    "Hallo, du.\nJa,bitte.\n",
    "Es kostet 3,50 Euro.\nEs wiegt 1,5 Kilo.\n",
    '"Ja", sagte er.\n"Nein", sagte sie.\n',
    "Ein Satz.\nNoch ein Satz.\n",
    "Ein Satz,\nnoch ein Satz.\n",
    "Hallo; du.\nJa; bitte.\n",
]


@pytest.mark.parametrize("text", CSV + TEXTS)
def test_csv_is_told_from_a_text_with_commas(text: str) -> None:
    lines = [csv_line(line) for line in text.split("\n") if line]
    assert seems_csv(lines, is_header) == (text in CSV)


def test_a_long_line_takes_no_time() -> None:
    begin = time.monotonic()
    for character in ' \r,;"':
        line = csv_line(character * 65_000)
        seems_csv([line, line], is_header)
        given_delimiter(line)
    assert time.monotonic() - begin < 5


def test_what_the_module_csv_writes_is_csv() -> None:
    for delimiter in ",;":
        file = io.StringIO()
        csv.writer(file, delimiter=delimiter).writerows([("Hallo, du; da", "you"), ("Ja", "Yes")])
        lines = [csv_line(line) for line in file.getvalue().splitlines()]
        assert seems_csv(lines, is_header)
        assert find_delimiter(lines, is_header, "a") == delimiter
