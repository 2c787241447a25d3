"""Encoded corpora: token ids in an Arrow file, memory-mapped through `datasets`."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import datasets
import numpy as np
import pyarrow
from datasets.arrow_writer import ArrowWriter

from nmt.errors import DataError

FEATURES = datasets.Features(
    {
        "source": datasets.List(datasets.Value("int32")),
        "target": datasets.List(datasets.Value("int32")),
    }
)


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

    def sentence(self, row: int) -> np.ndarray:
        """The token ids of one sentence (length,)."""
        chunk = int(np.searchsorted(self.first_rows, row, side="right")) - 1
        start, end = self.offsets[chunk][row - self.first_rows[chunk] :][:2]
        view: np.ndarray = self.values[chunk][start:end]
        return view

    def lengths(self) -> np.ndarray:
        """The number of tokens of each sentence (rows,)."""
        if not self.offsets:
            return np.zeros(0, dtype=np.int32)
        return np.concatenate([np.diff(offsets) for offsets in self.offsets])


@dataclass(frozen=True, slots=True)
class EncodedCorpus:
    """Token ids of sentence pairs, without BOS and EOS."""

    source: EncodedSide
    target: EncodedSide

    def __len__(self) -> int:
        return sum(len(offsets) - 1 for offsets in self.source.offsets)


def write_encoded(path: Path, rows: Iterable[tuple[list[int], list[int]]]) -> int:
    """Write pairs of token ids into an Arrow file; returns how many."""
    count = 0
    with ArrowWriter(path=str(path), features=FEATURES) as writer:
        for count, (source, target) in enumerate(rows, start=1):  # noqa: B007
            writer.write({"source": source, "target": target})
        writer.finalize()
    return count


def load_encoded(path: Path) -> EncodedCorpus:
    """Memory-map an Arrow file that `write_encoded` wrote.

    Raises:
        DataError: the file is missing or damaged.
    """
    try:
        table = datasets.Dataset.from_file(str(path)).data
    except (OSError, pyarrow.ArrowException, ValueError) as error:
        raise DataError(
            f"{path}: the encoded corpus is damaged; delete its folder ({error})"
        ) from None
    return EncodedCorpus(*(EncodedSide.of_column(table.column(s)) for s in ("source", "target")))
