"""What a check finds: findings at single pairs, gathered into faults of the corpus."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Side = Literal["source", "target", "both"]
Severity = Literal["error", "warning", "note"]
Kind = Literal[
    "unequal_counts",
    "misalignment",
    "wrong_language",
    "swapped_sides",
    "empty",
    "identical",
    "duplicate",
    "near_duplicate",
    "one_to_many",
    "overlap",
    "length_ratio",
    "length",
    "encoding",
    "separator",
    "unicode_form",
    "markup",
    "placeholder_mismatch",
    "number_mismatch",
    "script",
    "vocabulary",
    "unreadable",
]


class Finding(NamedTuple):
    """Something wrong with one pair."""

    kind: Kind
    reason: str  # which of the kind, in snake case: "mojibake"
    side: Side
    detail: str  # for a reader, short: 'contains "Ã¼", which is "ü" decoded wrongly'


@dataclass(frozen=True, slots=True)
class Example:
    """A pair that shows a fault."""

    line: int
    source: str
    target: str
    detail: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble in a corpus: what, where first, how often, and what to do."""

    kind: Kind
    reason: str
    severity: Severity  # errors and warnings are faults; a note is worth knowing
    file: str
    line: int | None  # the first line concerned; None when it concerns the whole file
    count: int  # pairs concerned
    message: str  # one line: what is wrong, and the remedy
    examples: tuple[Example, ...] = field(default=())

    @property
    def names_file(self) -> bool:
        """Whether the message begins with the file, so that a reader needs no other."""
        return self.message.startswith(self.file)
