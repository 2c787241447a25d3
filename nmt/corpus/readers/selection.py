"""Which two sides to take from a file that holds several."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """What a user said of the two sides; None leaves it to the file, where the file can tell."""

    source_language: str | None = None
    target_language: str | None = None
    # Of tables and JSON: names, or numbers from 1, of the source and the target column. A dot goes
    # into a nested object: "translation.de".
    columns: tuple[str, str] | None = None
