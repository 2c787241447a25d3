"""Zip files: one text, or the two texts of a corpus as OPUS packs it."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from nmt.corpus.readers.decompression import DAMAGE, as_stream, reason, refuse_nested
from nmt.corpus.readers.selection import Selection
from nmt.errors import DataError
from nmt.text.languages import same_language

_NOTES = ("README", "LICENSE", "LICENCE", "COPYING", "INFO", "ABOUT", "_ABOUT")


@contextmanager
def open_archive(file: BinaryIO, name: str) -> Iterator[zipfile.ZipFile]:
    """Open a zip file.

    Raises:
        DataError: it is damaged, or comes from a pipe.
    """
    if not file.seekable():
        raise DataError(f"{name}: is a zip file, which cannot be read from a pipe; unpack it")
    try:
        archive = zipfile.ZipFile(file)
    except (*DAMAGE, NotImplementedError) as error:
        message = f"{name}: the zip file is cut off or damaged ({reason(error)}); copy it again"
        raise DataError(message) from None
    with archive:
        _refuse_document(archive, name)
        yield archive


def members(archive: zipfile.ZipFile) -> list[str]:
    """The names of the texts in a zip file: neither folders, nor README and the like."""
    return [name for name in archive.namelist() if not _is_beside_the_text(name)]


def only_member(archive: zipfile.ZipFile, name: str) -> str:
    """The text in a zip file that holds one.

    Raises:
        DataError: it holds none, or several.
    """
    found = members(archive)
    if len(found) == 1:
        return found[0]
    if not found:
        raise DataError(f"{name}: the zip file holds no text")
    listed = ", ".join(found[:8]) + (f" and {len(found) - 8} more" if len(found) > 8 else "")
    raise DataError(
        f"{name}: the zip file holds {len(found)} files ({listed}); unpack it, and name the ones "
        "to use as source and target"
    )


def moses_members(archive: zipfile.ZipFile, selection: Selection) -> tuple[str, str] | None:
    """The two texts of an OPUS archive ("Books.de-en.de" and "Books.de-en.en"), or None."""
    found = []
    for language in (selection.source_language, selection.target_language):
        ends = [(name, name.rpartition(".")[2]) for name in members(archive)]
        of_it = [name for name, end in ends if language and same_language(end, language)]
        if len(of_it) != 1:
            return None
        found.append(of_it[0])
    return (found[0], found[1]) if found[0] != found[1] else None


@contextmanager
def open_member(archive: zipfile.ZipFile, member: str, name: str) -> Iterator[io.BufferedReader]:
    """Open one file of a zip file.

    Raises:
        DataError: it is encrypted, damaged, or packed again.
    """
    if archive.getinfo(member).flag_bits & 1:
        raise DataError(f"{name}: the zip file is encrypted; unpack it with its password")
    try:
        file = cast(zipfile.ZipExtFile, archive.open(member))
    except (*DAMAGE, NotImplementedError) as error:
        message = f"{name}: {member} in the zip file cannot be unpacked ({reason(error)})"
        raise DataError(message) from None
    with file, as_stream(file, name, "zip") as stream:
        refuse_nested(stream.peek(1), name, "zip")
        yield stream


def _is_beside_the_text(name: str) -> bool:
    *folders, last = name.split("/")
    stem = last.split(".")[0].upper()
    return not last or last.startswith(".") or "__MACOSX" in folders or stem in _NOTES


def _refuse_document(archive: zipfile.ZipFile, name: str) -> None:
    names = set(archive.namelist())
    if any(member.startswith("xl/") for member in names) and "[Content_Types].xml" in names:
        raise DataError(f"{name}: is an Excel table; save it as CSV UTF-8 (.csv)")
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise DataError(f"{name}: is an office document; save it as plain text in UTF-8")
