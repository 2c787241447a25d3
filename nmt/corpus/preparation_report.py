"""What preparing a corpus did, for people and for the next run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

REASONS = {"empty": "with an empty side", "too_long": "longer than data.max_length"}


@dataclass(frozen=True, slots=True)
class CorpusCounts:
    """What happened to the pairs of one corpus."""

    name: str
    read: int
    kept: int


@dataclass(frozen=True, slots=True)
class PreparationReport:
    """What happened to the pairs: read = kept + all rejected."""

    read: int
    kept: int
    rejected: dict[str, int]  # pairs by the reason why they were left out
    source_tokens: int
    target_tokens: int
    corpora: tuple[CorpusCounts, ...]

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> "PreparationReport":
        """A report that was written as JSON."""
        corpora = tuple(CorpusCounts(**counts) for counts in values["corpora"])
        return cls(**{**values, "corpora": corpora})

    def renamed(self, names: Sequence[str]) -> "PreparationReport":
        """The same of corpora under other names."""
        pairs = zip(self.corpora, names, strict=True)
        return replace(self, corpora=tuple(replace(counts, name=name) for counts, name in pairs))

    @property
    def reasons(self) -> list[str]:
        """The pairs left out, by reason, for a reader."""
        return [
            f"{count:,} {REASONS.get(reason, reason.replace('_', ' '))}"
            for reason, count in self.rejected.items()
        ]

    def nothing_left(self, max_length: int) -> str:
        """Why no pair was kept."""
        if self.read == 0:
            return "the corpus is empty"
        limit = f" (data.max_length = {max_length})" if "too_long" in self.rejected else ""
        return f"no pair is left of {self.read:,}: {', '.join(self.reasons)}{limit}"
