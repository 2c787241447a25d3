"""Encoded corpora: token ids in Arrow files, memory-mapped through `datasets`."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow

from nmt.errors import DataError

SHARD_ROWS = 1_000_000  # pairs in one file
TOKEN_IDS = pyarrow.list_(pyarrow.int32())
SCHEMA = pyarrow.schema([("source", TOKEN_IDS), ("target", TOKEN_IDS)])
# Text is kept where each epoch cuts it into tokens anew.
SCHEMA_WITH_TEXT = pyarrow.schema(
    [*SCHEMA, ("source_text", pyarrow.string()), ("target_text", pyarrow.string())]
)
# Links between tokens are kept where a corpus came with word alignments; `nmt.corpus.token_links`
# has their form. Numbers of tokens fit into 16 bits.
SCHEMA_WITH_LINKS = pyarrow.schema([*SCHEMA, ("links", pyarrow.list_(pyarrow.uint16()))])


@dataclass(frozen=True, slots=True)
class EncodedSide:
    """The sentences of one language as views into a memory-mapped Arrow column."""

    values: tuple[np.ndarray, ...]  # of each chunk: its token ids, one sentence after the other
    offsets: tuple[np.ndarray, ...]  # of each chunk: where its sentences start and end
    first_rows: np.ndarray  # of each chunk: its first row

    @classmethod
    def of_column(cls, column: pyarrow.ChunkedArray) -> "EncodedSide":
        """Views of a column of lists; nothing is copied."""
        chunks = [chunk for chunk in column.chunks if len(chunk)]
        sizes = [len(chunk) for chunk in chunks]
        return cls(
            tuple(chunk.values.to_numpy() for chunk in chunks),
            tuple(chunk.offsets.to_numpy() for chunk in chunks),
            np.cumsum([0, *sizes[:-1]]) if sizes else np.zeros(0, dtype=np.int64),
        )

    def __len__(self) -> int:
        return int(self.first_rows[-1]) + len(self.offsets[-1]) - 1 if self.offsets else 0

    def sentence(self, row: int) -> np.ndarray:
        """The token ids of one sentence (length,)."""
        chunk = int(np.searchsorted(self.first_rows, row, side="right")) - 1
        start, end = self.offsets[chunk][row - self.first_rows[chunk] :][:2]
        view: np.ndarray = self.values[chunk][start:end]
        return view

    def lengths(self, rows: np.ndarray | None = None) -> np.ndarray:
        """The number of tokens of the sentences of ascending `rows`, or of all (rows,)."""
        rows = np.arange(len(self)) if rows is None else rows
        lengths = np.empty(len(rows), dtype=np.int32)
        starts = np.searchsorted(rows, [*self.first_rows, len(self)])
        for chunk, (start, end) in enumerate(pairwise(starts)):
            local = rows[start:end] - self.first_rows[chunk]
            offsets = self.offsets[chunk]
            lengths[start:end] = offsets[local + 1] - offsets[local]
        return lengths


@dataclass(frozen=True, slots=True)
class EncodedCorpus:
    """Token ids of sentence pairs, without BOS and EOS; their text too if it was kept."""

    source: EncodedSide
    target: EncodedSide
    table: pyarrow.Table
    links: EncodedSide | None = None  # of each pair, where a corpus came with alignments

    def __len__(self) -> int:
        return len(self.source)

    def text(self, row: int) -> tuple[str, str]:
        """The normalized text of one pair, of a corpus that kept it."""
        source, target = (self.table.column(f"{side}_text")[row] for side in ("source", "target"))
        return source.as_py(), target.as_py()


@dataclass(frozen=True, slots=True)
class EncodedChunk:
    """Some encoded pairs on their way to the disk."""

    sources: list[list[int]]
    targets: list[list[int]]
    source_texts: list[str] | None = None
    target_texts: list[str] | None = None
    links: list[list[int]] | None = None

    def __len__(self) -> int:
        return len(self.sources)

    def record_batch(self) -> pyarrow.RecordBatch:
        """The same as Arrow arrays."""
        columns = [pyarrow.array(side, TOKEN_IDS) for side in (self.sources, self.targets)]
        if self.links is not None:
            links = pyarrow.array(self.links, SCHEMA_WITH_LINKS.field("links").type)
            return pyarrow.record_batch([*columns, links], schema=SCHEMA_WITH_LINKS)
        if self.source_texts is None:
            return pyarrow.record_batch(columns, schema=SCHEMA)
        return pyarrow.record_batch(
            [*columns, self.source_texts, self.target_texts], schema=SCHEMA_WITH_TEXT
        )


class ShardWriter:
    """Writes encoded pairs into `train-00000.arrow` and so on, `SHARD_ROWS` in each or a few more.

    Args:
        with_text, with_links: whether the pairs come with the one or with the other.
        shards: full ones that are there already; others are overwritten.
    """

    def __init__(
        self,
        folder: Path,
        *,
        with_text: bool,
        with_links: bool = False,
        shard_rows: int = SHARD_ROWS,
        shards: int = 0,
    ) -> None:
        assert not (with_text and with_links), "text is cut anew, and would need other links"
        self.folder = folder
        self.schema = SCHEMA_WITH_TEXT if with_text else SCHEMA
        if with_links:
            self.schema = SCHEMA_WITH_LINKS
        self.shard_rows = shard_rows
        self.full_shards = shards
        self._rows = 0  # of the shard being written
        self._writer: pyarrow.RecordBatchStreamWriter | None = None

    def write(self, batch: pyarrow.RecordBatch) -> bool:
        """Add pairs; returns whether they filled a shard, which is on the disk then."""
        if self._writer is None:
            path = self.folder / f"train-{self.full_shards:05d}.arrow"
            self._writer = pyarrow.RecordBatchStreamWriter(str(path), self.schema)
        self._writer.write_batch(batch)
        self._rows += len(batch)
        if self._rows < self.shard_rows:
            return False
        self._close()
        self.full_shards += 1
        self._rows = 0
        return True

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()


def load_encoded(folder: Path) -> EncodedCorpus:
    """Memory-map the shards that a `ShardWriter` wrote.

    Raises:
        DataError: one is missing or damaged.
    """
    import datasets  # a second or more, which translating need not wait for

    try:
        shards = [datasets.Dataset.from_file(str(p)) for p in sorted(folder.glob("train-*.arrow"))]
        if not shards:
            raise FileNotFoundError("it holds no train-00000.arrow")
        table = datasets.concatenate_datasets(shards).data.table
    except (OSError, pyarrow.ArrowException, ValueError) as error:
        raise DataError(
            f"{folder}: the encoded corpus is damaged; delete this folder ({error})"
        ) from None
    source, target = (EncodedSide.of_column(table.column(side)) for side in ("source", "target"))
    links = EncodedSide.of_column(table.column("links")) if "links" in table.schema.names else None
    return EncodedCorpus(source, target, table, links)
