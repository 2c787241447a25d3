"""The verdict on a corpus, as data."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from nmt.corpus.check.fault import Fault
from nmt.corpus.check.lengths import LengthStatistics
from nmt.text.vocabulary_advice import VocabularyAdvice

Role = Literal["training", "validation", "test"]


@dataclass(frozen=True, slots=True)
class CorpusCheck:
    """What was found in one corpus."""

    name: str
    role: Role
    pairs: int
    faults: tuple[Fault, ...]  # the worst first
    lengths: LengthStatistics = field(default_factory=LengthStatistics)
    languages: tuple[dict[str, float], dict[str, float]] = ({}, {})  # shares, of a sample
    vocabulary: VocabularyAdvice | None = None  # sizes that suit it


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found in all corpora that belong together."""

    corpora: tuple[CorpusCheck, ...]
    seconds: float

    @property
    def faults(self) -> list[Fault]:
        """Those of all corpora."""
        return [fault for corpus in self.corpora for fault in corpus.faults]

    @property
    def has_faults(self) -> bool:
        """Whether anything was found that is more than a note."""
        return any(fault.severity != "note" for fault in self.faults)

    def as_json(self) -> dict[str, Any]:
        """What `nmt check --json` prints."""
        return {
            "pairs": sum(c.pairs for c in self.corpora if c.role == "training"),
            "faults": [asdict(fault) for fault in self.faults],
            "corpora": [
                {
                    "name": corpus.name,
                    "role": corpus.role,
                    "pairs": corpus.pairs,
                    "languages": dict(zip(("source", "target"), corpus.languages, strict=True)),
                    "vocabulary_size": asdict(corpus.vocabulary) if corpus.vocabulary else None,
                }
                for corpus in self.corpora
            ],
            "seconds": round(self.seconds, 2),
        }
