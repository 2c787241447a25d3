"""One file for both sides: any format, packed in any way, or a folder of shards."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import datasets
import pyarrow
import pytest
from pyarrow import feather, parquet

from nmt.corpus.readers.corpus_file import (
    READERS,
    corpus_shards,
    read_corpus_file,
    read_corpus_stream,
)
from nmt.corpus.readers.detect import TITLES
from nmt.corpus.readers.selection import Selection
from nmt.errors import DataError
from tests.corpus.readers.test_decompression import PACKERS

DE_EN = Selection("de", "en")
SEG = "<tuv xml:lang='{}'><seg>{}</seg></tuv>"
UNIT = f"<tu>{SEG.format('de', 'eins')}{SEG.format('en', 'one')}</tu>"
FILES = {
    "tmx": f"<tmx version='1.4'><header srclang='de'/><body>{UNIT}</body></tmx>",
    "xliff": "<xliff version='1.2'><file source-language='de' target-language='en'>"
    "<body><trans-unit id='1'><source>eins</source><target>one</target></trans-unit>"
    "</body></file></xliff>",
    "po": 'msgid "eins"\nmsgstr "one"\n',
    "wmt_xml": "<dataset id='x'><doc origlang='de' id='d'>"
    "<src lang='de'><p><seg id='1'>eins</seg></p></src>"
    "<ref lang='en' translator='A'><p><seg id='1'>one</seg></p></ref></doc></dataset>",
    "jsonl": '{"source": "eins", "target": "one"}\n',
    "json": '[{"de": "eins", "en": "one"}]',
    "tsv": "eins\tone\n",
    "csv": '"eins","one"\n',
}
PACK: dict[str, Callable[[bytes], bytes]] = {"plain": bytes, **PACKERS}


def pairs(path: Path, format_: str | None = None) -> list[tuple[str, str]]:
    return [(pair.source, pair.target) for pair in read_corpus_file(path, DE_EN, format_)]


def fault(path: Path, selection: Selection = DE_EN) -> str:
    with pytest.raises(DataError) as caught:
        list(read_corpus_file(path, selection))
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(path))


@pytest.mark.parametrize("pack", PACK.values(), ids=PACK)
@pytest.mark.parametrize("format_", FILES)
def test_every_format_is_read_however_it_is_packed(
    tmp_path: Path, format_: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "corpus"
    path.write_bytes(pack(FILES[format_].encode()))
    assert pairs(path) == pairs(path, format_) == [("eins", "one")]


def test_every_format_has_a_reader_and_a_title() -> None:
    assert set(FILES) | {"parquet", "arrow"} == set(READERS)
    assert set(READERS) | {"text", "sgm"} == set(TITLES)


def test_a_stream_may_be_a_pipe(tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    for data in (b"eins\tone\n", gzip.compress(b"eins\tone\n")):
        pairs = list(read_corpus_stream(Pipe(data), "standard input", DE_EN))
        assert pairs == [("eins", "one", 1)]
    for data in (b"source,target\neins,one\n", b"zwei,two\neins,one"):
        pairs = list(read_corpus_stream(Pipe(data), "standard input", DE_EN))
        assert pairs[-1] == ("eins", "one", 2)
    with pytest.raises(DataError, match=r"^standard input, line 1: 1 column .* nor is it clearly"):
        list(read_corpus_stream(Pipe(b"Ja, gut.\nNein, nie.\n"), "standard input", DE_EN))
    with pytest.raises(DataError, match=r"^standard input, line 2: 1 column"):
        list(read_corpus_stream(Pipe(b"eins\tone\nzwei\n"), "standard input", DE_EN))


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_a_zip_file_holds_one_corpus_or_two_texts(tmp_path: Path) -> None:
    one = zipped(tmp_path / "a.zip", {"README.txt": "", "a.tmx": FILES["tmx"]})
    assert pairs(one) == [("eins", "one")]
    opus = {"README": "", "Books.de-en.de": "eins\nzwei\n", "Books.de-en.en": "one\ntwo\n"}
    two = zipped(tmp_path / "b.zip", {**opus, "Books.de-en.xml": "<x/>"})
    assert pairs(two) == [("eins", "one"), ("zwei", "two")]
    back = list(read_corpus_file(two, Selection("en", "de")))
    assert back == [("one", "eins", 1), ("two", "zwei", 2)]
    assert "the zip file holds 3 files (Books.de-en.de, " in fault(two, Selection())
    table = zipped(tmp_path / "d.zip", {"in/pairs.csv": "eins,one\n"})
    assert pairs(table) == [("eins", "one")]
    table = zipped(tmp_path / "e.zip", {"in/pairs.csv": "eins,one\nzwei\n"})
    assert fault(table).startswith(", in/pairs.csv, line 2: 1 column where two are expected")
    uneven = zipped(tmp_path / "c.zip", {**opus, "Books.de-en.en": "one\n"})
    assert ", Books.de-en.de has 2 lines, " in fault(uneven) and "after line 1)" in fault(uneven)


@pytest.mark.parametrize("end", ["parquet", "arrow", "feather"])
def test_a_folder_of_shards_is_one_corpus(tmp_path: Path, end: str) -> None:
    write = parquet.write_table if end == "parquet" else feather.write_feather
    for shard in (2, 1, 0):
        texts = [str(row) for row in range(3 * shard, 3 * shard + 3)]
        write(pyarrow.table({"de": texts, "en": texts}), str(tmp_path / f"part-{shard}.{end}"))
    (tmp_path / "README.md").touch()
    expected = [(str(row), str(row), row + 1) for row in range(9)]
    assert list(read_corpus_file(tmp_path, DE_EN)) == expected
    assert [path.name for path in corpus_shards(tmp_path)] == [f"part-{n}.{end}" for n in range(3)]
    (tmp_path / f"part-1.{end}").write_bytes(b"PAR1" if end == "parquet" else b"ARROW1\0\0")
    assert fault(tmp_path).startswith(f"/part-1.{end}: the ")


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (["train-00000-of-00001", "test-00000-of-00001-a1"], "test and train files; name one of"),
        (["train", "validation", "test"], "test, train and validation files"),
        (["data.dev", "data.train.0", "data.train.1"], "dev and train files"),
        (["europarl", "test"], "test files and others"),
    ],
)
def test_shards_of_several_splits_are_not_one_corpus(
    tmp_path: Path, names: list[str], splits: str
) -> None:
    for name in names:
        table = pyarrow.table({"de": ["a"], "en": ["b"]})
        parquet.write_table(table, str(tmp_path / f"{name}.parquet"))
    assert fault(tmp_path).startswith(f": holds {splits}")


@pytest.mark.parametrize(
    "names",
    [
        ["europarl-00000-of-00001", "paracrawl-00000-of-00001"],
        ["dev_tools", "ted", "unit-test-strings"],
        ["train", "more"],
        ["cache-1", "cache-2"],
    ],
)
def test_shards_of_several_sources_are_one_corpus(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        table = pyarrow.table({"de": [name], "en": [name]})
        parquet.write_table(table, str(tmp_path / f"{name}.parquet"))
    assert [pair.source for pair in read_corpus_file(tmp_path, DE_EN)] == sorted(names)


def test_what_datasets_keeps_beside_a_data_set_is_not_read(tmp_path: Path) -> None:
    data = datasets.Dataset.from_dict({"de": ["a", "b"], "en": ["c", "d"]})
    data.save_to_disk(str(tmp_path))
    datasets.load_from_disk(str(tmp_path)).map(lambda row: row)
    assert len(list(tmp_path.glob("*.arrow"))) == 2
    assert list(read_corpus_file(tmp_path, DE_EN)) == [("a", "c", 1), ("b", "d", 2)]


def test_other_folders_and_missing_files_are_named(tmp_path: Path) -> None:
    assert fault(tmp_path).startswith(": is a folder; name a file in it")
    assert fault(tmp_path / "none") == ": no such file"


ENCODINGS = [
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "latin-1",
    "cp1250",
    "cp437",
    "mac-roman",
]


@pytest.mark.parametrize("pack", PACK.values(), ids=PACK)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("format_", ["tsv", "csv", "jsonl"])
def test_another_encoding_is_one_line_with_the_remedy(
    tmp_path: Path, format_: str, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"a.{format_}"
    path.write_bytes(
        pack((FILES[format_].replace("eins", "fünf Äpfel, schön") * 3).encode(encoding))
    )
    assert "iconv -f" in fault(path)


DAMAGE = [b"", b"\0", b"\xff", b"\n", b"\t", b'"', b"<", b"{", b"[", b"PK\x03\x04", b"\x1f\x8b"]


@pytest.mark.parametrize("format_", FILES)
@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_anywhere_is_a_line_or_harmless(tmp_path: Path, format_: str, damage: bytes) -> None:
    whole = FILES[format_].encode()
    path = tmp_path / f"a.{format_}"
    for place in range(0, len(whole), 7):
        for data in (whole[:place] + damage, whole[:place] + damage + whole[place + 1 :]):
            path.write_bytes(data)
            try:
                read = list(read_corpus_file(path, DE_EN))
            except DataError as error:
                assert str(error).startswith(str(path)) and "\n" not in str(error)
            else:
                assert all("\n" not in text for pair in read for text in pair[:2])
