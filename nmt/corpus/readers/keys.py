"""Which two values of a row with named values, as JSON and Parquet have it, are the two sides."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.selection import Selection
from nmt.errors import DataError
from nmt.text.languages import same_language

KeyPath = tuple[str, ...]  # the keys from the row down to a value
_NAMED_SIDES = (("source", "target"), ("src", "tgt"), ("src", "trg"))
_PAIR = "translation"  # the key that `datasets` keeps a pair of languages under


@dataclass(frozen=True, slots=True)
class Sides:
    """Where the source and the target stand in each row."""

    source: KeyPath
    target: KeyPath


def find_sides(row: Mapping[str, Any], selection: Selection, place: str) -> Sides:
    """The two sides, by the columns or languages selected, or else by keys "source" and "target".

    Args:
        row: a row, or its keys with whatever values; of nested rows, with theirs.
        place: names the row in an error.

    Raises:
        DataError: they are not there, or it cannot be told which is which.
    """
    if selection.columns is not None:
        source, target = (_find_column(row, column, place) for column in selection.columns)
        return Sides(source, target)
    inner = row.get(_PAIR)
    for mapping, above in ((row, ()), (inner, (_PAIR,))):
        if isinstance(mapping, Mapping) and (found := _find_pair(mapping, selection)):
            return Sides((*above, found[0]), (*above, found[1]))
    of = [
        f" ({language})" if language else ""
        for language in (selection.source_language, selection.target_language)
    ]
    raise DataError(
        f"{place}: cannot tell the source{of[0]} and the target{of[1]} among the keys "
        f"{listed(inner or row)}; give the "
        'languages, or columns = ["KEY OF THE SOURCE", "KEY OF THE TARGET"]'
    )


def text_at(row: Any, path: KeyPath, place: str) -> str:
    """The text at a place in a row, on one line; a value that is missing (null) is empty.

    Raises:
        DataError: there is no such key, or the value is no text.
    """
    value = row
    for depth, key in enumerate(path):
        if value is None:
            return ""
        if not isinstance(value, Mapping) or key not in value:
            above = value if isinstance(value, Mapping) else row
            name = ".".join(path[: depth + 1])
            raise DataError(f'{place}: no key "{name}"; it has {listed(above)}')
        value = value[key]
    if isinstance(value, str):
        return one_line(value)
    if value is None:
        return ""
    kind = type(value).__name__
    raise DataError(
        f'{place}: the value of "{".".join(path)}" is no text ({_KINDS.get(kind, kind)})'
    )


_KINDS = {"int": "a number", "float": "a number", "list": "a list", "dict": "an object"}
_KINDS |= {"bool": "true or false"}


def listed(keys: Any) -> str:
    """The keys of a row, for a message."""
    shown = [f'"{str(key)[:40]}"' for key in keys][:10] if isinstance(keys, Mapping) else []
    more = f" and {len(keys) - 10} more" if len(shown) == 10 and len(keys) > 10 else ""
    return (", ".join(shown) + more) or "none"


def _find_column(row: Mapping[str, Any], column: str, place: str) -> KeyPath:
    """The path of a column: a key, a number from 1, or keys with dots between them."""
    if column in row:
        return (column,)
    if column.isdecimal() and 1 <= int(column) <= len(row):
        return (list(row)[int(column) - 1],)
    path = tuple(column.split("."))
    value: Any = row
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            raise DataError(f'{place}: no column "{column}"; it has {listed(row)}')
        value = value[key]
    return path


def _find_pair(keys: Mapping[str, Any], selection: Selection) -> tuple[str, str] | None:
    languages = (selection.source_language, selection.target_language)
    if languages[0] and languages[1]:
        found = [_of_language(keys, language) for language in languages if language]
        if found[0] and found[1] and found[0] != found[1]:
            return found[0], found[1]
    return next((pair for pair in _NAMED_SIDES if pair[0] in keys and pair[1] in keys), None)


def _of_language(keys: Mapping[str, Any], language: str) -> str | None:
    """The key that is this language's tag; as it is written, before one that means the same."""
    if language in keys:
        return language
    return next((key for key in keys if same_language(key, language)), None)
