"""Pairs kept on disk between two steps, as Arrow: read as often as needed, in constant memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow

from nmt.atomic import write_error
from nmt.corpus.readers.text import SideCounts
from nmt.corpus.sentence_pair import SentencePair, aligned_pair, alignment_of
from nmt.corpus.workers import in_chunks

SCHEMA = pyarrow.schema(
    [("source", pyarrow.string()), ("target", pyarrow.string()), ("line", pyarrow.int64())]
)
ALIGNED_SCHEMA = pyarrow.schema([*SCHEMA, ("alignment", pyarrow.string())])


@dataclass(frozen=True, slots=True)
class SpooledCorpus:
    """Pairs of a corpus that were written to a temporary file."""

    path: Path
    name: str  # of the corpus that they came from
    files: tuple[Path, ...] = ()  # that a user knows: none

    def read_unequal(self, counts: SideCounts) -> Iterator[SentencePair]:
        """The pairs, as `iter` gives them; their sides are never unequal."""
        for pair in self:
            counts.source += 1
            counts.target += 1
            yield pair

    def __iter__(self) -> Iterator[SentencePair]:
        """The pairs, in order, each with the line where it stood in its corpus."""
        with pyarrow.memory_map(str(self.path)) as file, pyarrow.ipc.open_stream(file) as batches:
            for batch in batches:
                columns = [column.to_pylist() for column in batch.columns]
                pairs = map(SentencePair, *columns[:3])
                yield from map(aligned_pair, pairs, columns[3]) if columns[3:] else pairs


def spool(
    pairs: Iterable[SentencePair], path: Path, name: str, *, aligned: bool = False
) -> SpooledCorpus:
    """Write pairs to a file, and their alignments if they are `aligned`.

    Raises:
        NmtError: the file cannot be written.
    """
    try:
        schema = ALIGNED_SCHEMA if aligned else SCHEMA
        with pyarrow.RecordBatchStreamWriter(str(path), schema) as writer:
            for chunk in in_chunks(pairs):
                columns = [list(column) for column in zip(*chunk, strict=True)]
                columns += [list(map(alignment_of, chunk))] if aligned else []
                writer.write_batch(pyarrow.record_batch(columns, schema=schema))
    except OSError as error:
        raise write_error(path, error) from None
    return SpooledCorpus(path, name)
