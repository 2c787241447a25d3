"""Columns of text in Parquet files, and in Arrow or Feather files, a batch of rows at a time."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from nmt.corpus.readers.decompression import reason
from nmt.corpus.readers.keys import KeyPath, Sides, find_sides
from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.selection import Selection
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

if TYPE_CHECKING:
    import pyarrow

ARROW_FILE_MAGIC = b"ARROW1\0\0"
_ROWS = 1024  # in a batch
_READ_BYTES = 1 << 20


def read_parquet(file: BinaryIO, name: str, selection: Selection) -> Iterator[SentencePair]:
    """The pairs of a Parquet file; `line` is the number of the row, from 1.

    Raises:
        DataError: the file is damaged, has not the columns wanted, or they hold no text.
    """
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    _check_seekable(file, name, "Parquet")
    try:
        parquet = ParquetFile(file, pre_buffer=False, buffer_size=_READ_BYTES)
        sides = sides_of_schema(parquet.schema_arrow, selection, name)
        columns = list(dict.fromkeys((sides.source[0], sides.target[0])))
        batches = parquet.iter_batches(batch_size=_ROWS, columns=columns)
        yield from pairs_of_batches(batches, sides, name)
    except (ArrowException, OSError, EOFError) as error:
        raise _damaged(name, "Parquet", error) from None


def read_arrow(file: BinaryIO, name: str, selection: Selection) -> Iterator[SentencePair]:
    """The pairs of an Arrow file or stream, or a Feather file; `line` is the number of the row.

    Raises:
        DataError: the file is damaged, has not the columns wanted, or they hold no text.
    """
    import pyarrow
    from pyarrow import ipc

    try:
        head = file.peek(1) if hasattr(file, "peek") else b""
        if head.startswith(ARROW_FILE_MAGIC):
            _check_seekable(file, name, "Arrow")
            reader = ipc.open_file(file)
            batches = (reader.get_batch(n) for n in range(reader.num_record_batches))
        else:
            reader = batches = ipc.open_stream(file)
        sides = sides_of_schema(reader.schema, selection, name)
        yield from pairs_of_batches(batches, sides, name)
    except (pyarrow.ArrowException, OSError, EOFError) as error:
        raise _damaged(name, "Arrow", error) from None


def pairs_of_batches(
    batches: "Iterable[pyarrow.RecordBatch]", sides: Sides, name: str
) -> Iterator[SentencePair]:
    """The pairs of batches of rows, or of tables.

    Raises:
        DataError: a column holds no text.
    """
    from pyarrow import ArrowInvalid

    row = 0
    for batch in batches:
        try:
            batch.validate(full=True)  # a damaged file may name places outside of it
        except ArrowInvalid as error:
            raise DataError(f"{name}, behind row {row}: damaged ({_short(error)})") from None
        sources = _texts(batch, sides.source, name)
        targets = _texts(batch, sides.target, name)
        for source, target in zip(sources, targets, strict=True):
            row += 1
            yield SentencePair(one_line(source or ""), one_line(target or ""), row)


def sides_of_schema(schema: "pyarrow.Schema", selection: Selection, name: str) -> Sides:
    """Where source and target stand in rows of a schema.

    Raises:
        DataError: they are not there, or it cannot be told which is which, as of two columns of
            one name.
    """
    if any(column.isdecimal() for column in selection.columns or ()):
        for key in schema.names:  # a number counts them all
            _check_single(schema, (key,), name)
    sides = find_sides(_skeleton(schema), selection, name)
    for path in (sides.source, sides.target):
        _check_single(schema, path, name)
    return sides


def _check_single(fields: "Iterable[pyarrow.Field]", path: KeyPath, name: str) -> None:
    """Check that each key on a path down from some fields is that of one field."""
    found = [field for field in fields if field.name == path[0]]
    if len(found) > 1:
        raise DataError(f'{name}: {len(found)} columns are named "{path[0]}"; rename all but one')
    if path[1:]:
        _check_single(found[0].type, path[1:], name)


def _texts(batch: "pyarrow.RecordBatch", path: KeyPath, name: str) -> list[str | None]:
    import pyarrow
    from pyarrow import compute

    column = batch.column(path[0])
    if len(path) > 1:
        column = compute.struct_field(column, list(path[1:]))
    kind = column.type
    if pyarrow.types.is_dictionary(kind):
        kind = kind.value_type
    is_text = pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind)
    if not is_text and not pyarrow.types.is_null(kind) and str(kind) != "string_view":
        raise DataError(f'{name}: the column "{".".join(path)}" holds no text, but {kind}')
    return column.to_pylist()  # type: ignore[no-any-return]


def _skeleton(fields: "Iterable[pyarrow.Field]") -> dict[str, Any]:
    """The names of the columns as a row without values has them, with those nested in them."""
    import pyarrow

    return {
        field.name: _skeleton(field.type) if pyarrow.types.is_struct(field.type) else None
        for field in fields
    }


def _check_seekable(file: BinaryIO, name: str, kind: str) -> None:
    if not file.seekable():
        raise DataError(
            f"{name}: a file of {kind} cannot be read from a pipe or a compressed file; unpack it"
        )


def _short(error: Exception) -> str:
    return reason(error)[:200]


def _damaged(name: str, kind: str, error: Exception) -> DataError:
    return DataError(
        f"{name}: the {kind} file is cut off or damaged ({_short(error)}); copy it again"
    )
