"""Parquet, Arrow and Feather: the pairs of columns, and one line for whatever is wrong."""

import io
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import feather, ipc, parquet

from nmt.corpus.readers.arrow import sides_of_schema
from nmt.corpus.readers.corpus_file import read_corpus_file
from nmt.corpus.readers.selection import Selection
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

DE_EN = Selection("de", "en")
ROWS = 3000


def write_file(table: pyarrow.Table, path: str) -> None:
    with ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=500)


def write_stream(table: pyarrow.Table, path: str) -> None:
    with ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=500)


WRITERS: dict[str, Callable[[pyarrow.Table, str], object]] = {
    "parquet": parquet.write_table,
    "arrow file": write_file,
    "arrow stream": write_stream,
    "feather": feather.write_feather,
}
every_format = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
TABLE = pyarrow.table(
    {
        "id": list(range(ROWS)),
        "de": [f"Satz {n}" for n in range(ROWS)],
        "en": [f"sentence {n}" for n in range(ROWS)],
    }
)


def read(path: Path, selection: Selection = DE_EN) -> list[SentencePair]:
    return list(read_corpus_file(path, selection))


@every_format
def test_the_pairs_are_the_rows(tmp_path: Path, write: Callable[..., Any]) -> None:
    write(TABLE, str(tmp_path / "a"))
    expected = [(f"Satz {n}", f"sentence {n}", n + 1) for n in range(ROWS)]
    assert read(tmp_path / "a") == expected
    assert read(tmp_path / "a", Selection(columns=("en", "2")))[7] == ("sentence 7", "Satz 7", 8)


@every_format
@pytest.mark.parametrize("kind", [pyarrow.string(), pyarrow.large_string()])
def test_nested_rows_and_missing_values_are_read(
    tmp_path: Path, write: Callable[..., Any], kind: pyarrow.DataType
) -> None:
    rows = [{"de": "eins", "en": "one"}, None, {"de": "zwei\ndrei", "en": None}]
    struct = pyarrow.struct([("de", kind), ("en", kind)])
    write(pyarrow.table({"translation": pyarrow.array(rows, struct)}), str(tmp_path / "a"))
    expected = [("eins", "one", 1), ("", "", 2), ("zwei drei", "", 3)]
    assert read(tmp_path / "a") == expected
    dotted = Selection(columns=("translation.de", "translation.en"))
    assert read(tmp_path / "a", dotted) == expected


@every_format
def test_dictionaries_and_nothing_but_missing_values_are_text(
    tmp_path: Path, write: Callable[..., Any]
) -> None:
    words = pyarrow.array(["a", "b", "a"]).dictionary_encode()
    write(
        pyarrow.table({"de": words, "en": pyarrow.nulls(3, pyarrow.string())}), str(tmp_path / "a")
    )
    assert read(tmp_path / "a") == [("a", "", 1), ("b", "", 2), ("a", "", 3)]


@every_format
def test_an_empty_table_holds_no_pair(tmp_path: Path, write: Callable[..., Any]) -> None:
    write(TABLE.slice(0, 0), str(tmp_path / "a"))
    assert read(tmp_path / "a") == []


@every_format
@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (Selection(), 'cannot tell the source and the target among the keys "id", "de", "en"'),
        (Selection("de", "fr"), "the source (de) and the target (fr)"),
        (Selection(columns=("de", "x")), 'no column "x"; it has "id", "de", "en"'),
        (Selection(columns=("de", "id")), 'the column "id" holds no text, but int64'),
        (Selection(columns=("de", "9")), 'no column "9"'),
    ],
)
def test_wrong_columns_are_one_line(
    tmp_path: Path, write: Callable[..., Any], selection: Selection, message: str
) -> None:
    write(TABLE, str(tmp_path / "a"))
    with pytest.raises(DataError) as caught:
        read(tmp_path / "a", selection)
    assert message in str(caught.value) and "\n" not in str(caught.value)


# Feather is written with no two columns of one name.
@pytest.mark.parametrize("form", sorted(set(WRITERS) - {"feather"}))
def test_columns_of_one_name_are_one_line(tmp_path: Path, form: str) -> None:
    texts = pyarrow.array(["a"])
    for names, selection, message in [
        (["de", "de", "en"], DE_EN, '2 columns are named "de"; rename all but one'),
        (["x", "x", "de", "en"], Selection(columns=("3", "4")), '2 columns are named "x"; rename'),
        (["x", "x", "de", "en"], DE_EN, ""),
    ]:
        WRITERS[form](pyarrow.table([texts] * len(names), names=names), str(tmp_path / "a"))
        if not message:
            assert read(tmp_path / "a", selection) == [("a", "a", 1)]
            continue
        with pytest.raises(DataError, match=re.escape(message)):
            read(tmp_path / "a", selection)


def test_nested_columns_of_one_name_are_one_line() -> None:
    text = pyarrow.string()
    inner = pyarrow.struct([("de", text), ("en", text), ("en", text)])
    with pytest.raises(DataError, match=r'^a: 2 columns are named "en"; rename all but one$'):
        sides_of_schema(pyarrow.schema([("translation", inner)]), DE_EN, "a")


@every_format
def test_a_file_cut_off_is_one_line(tmp_path: Path, write: Callable[..., Any]) -> None:
    write(TABLE, str(tmp_path / "a"))
    data = (tmp_path / "a").read_bytes()
    for share in (0.0005, 0.01, 0.5, 0.8):
        (tmp_path / "b").write_bytes(data[: max(int(len(data) * share), 9)])
        with pytest.raises(DataError, match=r"cut off or damaged .*; copy it again") as caught:
            read(tmp_path / "b")
        assert "\n" not in str(caught.value)


@every_format
def test_changed_bytes_are_one_line_or_change_little(
    tmp_path: Path, write: Callable[..., Any]
) -> None:
    write(TABLE, str(tmp_path / "a"))
    chosen = random.Random(2)
    faults = 0
    for _ in range(60):
        data = bytearray((tmp_path / "a").read_bytes())
        for _ in range(3):
            data[chosen.randrange(8, len(data))] ^= 1 << chosen.randrange(8)
        (tmp_path / "b").write_bytes(data)
        try:
            read(tmp_path / "b")
        except DataError as error:
            assert "\n" not in str(error)
            faults += 1
    assert faults > 5


def test_text_that_is_not_utf8_is_one_line(tmp_path: Path) -> None:
    bad = pyarrow.array([b"eins", b"f\xfcnf"]).cast(pyarrow.binary()).view(pyarrow.string())
    write_stream(pyarrow.table({"de": bad, "en": bad}), str(tmp_path / "a"))
    with pytest.raises(DataError, match=r"behind row 0: damaged .*UTF8"):
        read(tmp_path / "a")


def test_a_packed_parquet_file_says_to_unpack_it(tmp_path: Path) -> None:
    import gzip

    buffer = io.BytesIO()
    parquet.write_table(TABLE, buffer)
    (tmp_path / "a.parquet.gz").write_bytes(gzip.compress(buffer.getvalue()))
    with pytest.raises(DataError, match="cannot be read from a pipe or a compressed file; unpack"):
        read(tmp_path / "a.parquet.gz")


def test_a_large_file_is_read_in_parts(tmp_path: Path) -> None:
    schema = TABLE.schema.remove(0)
    table = pyarrow.table({"de": ["ein Satz " * 20] * 20_000, "en": ["a " * 90] * 20_000})
    with parquet.ParquetWriter(tmp_path / "a", schema, use_dictionary=False) as writer:
        for _ in range(5):
            writer.write_table(table)
    del table
    before = pyarrow.total_allocated_bytes()
    most = 0
    for pair in read_corpus_file(tmp_path / "a", DE_EN):
        if pair.line % 5_000 == 0:
            most = max(most, pyarrow.total_allocated_bytes() - before)
    assert pair.line == 100_000 and most < 15_000_000  # of 36 MB
