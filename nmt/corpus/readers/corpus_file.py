"""One file, or a folder of shards, that holds both sides of a corpus, in any format."""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile

from nmt.corpus.readers.arrow import read_arrow, read_parquet
from nmt.corpus.readers.container import open_plain, unpack
from nmt.corpus.readers.decompression import decompress, packed_as
from nmt.corpus.readers.detect import choose_format
from nmt.corpus.readers.json_lines import read_json_lines, read_json_list
from nmt.corpus.readers.language_choice import listing
from nmt.corpus.readers.lines import read_text_side
from nmt.corpus.readers.po import read_po
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.table import read_csv, read_tsv
from nmt.corpus.readers.text import SideCounts, pair_sides, unequal
from nmt.corpus.readers.tmx import read_tmx
from nmt.corpus.readers.wmt_xml import read_wmt_xml
from nmt.corpus.readers.xliff import read_xliff
from nmt.corpus.readers.zip_archive import moses_members, only_member, open_archive, open_member
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

Reader = Callable[[BinaryIO, str, Selection], Iterator[SentencePair]]

READERS: dict[str, Reader] = {
    "tmx": read_tmx,
    "xliff": read_xliff,
    "po": read_po,
    "wmt_xml": read_wmt_xml,
    "jsonl": read_json_lines,
    "json": read_json_list,
    "tsv": read_tsv,
    "csv": read_csv,
    "parquet": read_parquet,
    "arrow": read_arrow,
}
_SHARDS = ("*.parquet", "*.arrow", "*.feather")
_HELD_OUT = frozenset({"valid", "validation", "val", "dev", "test"})
_SPLIT = re.compile(r"(?:^|[-_.])(train|valid|validation|val|dev|test)$")
_NUMBER = re.compile(r"[-_.]?\d+(-of-\d+(-[0-9a-f]+)?)?$")  # of a shard


def read_corpus_file(
    path: Path, selection: Selection, format_: str | None = None
) -> Iterator[SentencePair]:
    """The pairs of a file, compressed or not, or of the Parquet or Arrow files of a folder.

    Args:
        format_: a key of `READERS`; None lets the content tell.

    Raises:
        DataError: there is no such file, or it is damaged, or in no format or another than given.
    """
    if not path.is_dir():
        with open_plain(path) as file:
            yield from read_corpus_stream(file, str(path), selection, format_)
        return
    shards = (read_corpus_file(shard, selection, format_) for shard in corpus_shards(path))
    for row, pair in enumerate(chain.from_iterable(shards), start=1):
        yield pair._replace(line=row)


def corpus_shards(folder: Path) -> list[Path]:
    """The files of a corpus in a folder, in the order of their names.

    Raises:
        DataError: the folder holds no such files, or those of several splits.
    """
    for pattern in _SHARDS:
        # `datasets` keeps what was computed from a data set beside it, as cache-*.arrow
        shards = sorted(s for s in folder.glob(pattern) if not s.match("cache-*.arrow"))
        splits = dict.fromkeys(_split_name(shard) for shard in shards)
        named = [split for split in splits if split]
        if len(named) > 1 or (len(splits) > 1 and not _HELD_OUT.isdisjoint(named)):
            raise DataError(
                f"{folder}: holds {listing(named)} files{' and others' if '' in splits else ''}; "
                "name one of them, or give the folder as hub with its split "
                '(data.train = [{hub = "FOLDER", split = "train"}])'
            )
        if shards:
            return shards
    raise DataError(f"{folder}: is a folder; name a file in it (it has no Parquet or Arrow files)")


def _split_name(shard: Path) -> str:
    """The split that the name of a file tells, or nothing."""
    found = _SPLIT.search(_NUMBER.sub("", shard.stem).casefold())
    return found[1] if found else ""


def read_corpus_stream(
    file: BinaryIO, name: str, selection: Selection, format_: str | None = None
) -> Iterator[SentencePair]:
    """The pairs of a file that is open already, such as standard input; see `read_corpus_file`."""
    with decompress(file, name, None) as plain:
        if packed_as(plain.peek(1)) == "zip":
            with open_archive(plain, name) as archive:
                yield from _read_archive(archive, name, selection, format_)
        else:
            with unpack(plain, name) as stream:
                read = READERS[choose_format(stream.peek(1), name, format_)]
                yield from read(stream, name, selection)


def _read_archive(
    archive: ZipFile, name: str, selection: Selection, format_: str | None
) -> Iterator[SentencePair]:
    """The pairs of the two texts in an archive, or of its only file."""
    if two := moses_members(archive, selection):
        with (
            open_member(archive, two[0], name) as source,
            open_member(archive, two[1], name) as target,
        ):
            yield from _pair_members((source, target), two, name)
        return
    member = only_member(archive, name)
    with open_member(archive, member, name) as stream:
        place = f"{name}, {member}"
        read = READERS[choose_format(stream.peek(1), place, format_, (member, name))]
        yield from read(stream, place, selection)


def _pair_members(
    files: tuple[BinaryIO, BinaryIO], members: tuple[str, str], name: str
) -> Iterator[SentencePair]:
    """The pairs of the two texts in an archive."""
    names = [f"{name}, {member}" for member in members]
    sources, targets = (
        read_text_side(file, of, None) for file, of in zip(files, names, strict=True)
    )
    counts = SideCounts()
    yield from pair_sides(sources, targets, counts)
    if counts.source != counts.target:
        raise DataError(unequal(names[0], names[1], counts))
