"""How far the preparation of corpora has come, so that an interrupted one goes on where it was.

It is written whenever a shard is full: the position in each corpus is exact then.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from nmt.atomic import write_atomically

FILE = "progress.json"


@dataclass(slots=True)
class CorpusProgress:
    """What has become of one corpus so far."""

    read: int = 0  # pairs that were encoded or rejected by the encoder
    kept: int = 0
    rejected: dict[str, int] = field(default_factory=dict)  # by reason

    def reject(self, reason: str) -> None:
        """Count a pair that was left out."""
        self.rejected[reason] = self.rejected.get(reason, 0) + 1


@dataclass(slots=True)
class PreparationProgress:
    """What has become of all corpora so far."""

    corpora: list[CorpusProgress]
    source_tokens: int = 0
    target_tokens: int = 0
    shards: int = 0  # that are full
    rejected_bytes: int = 0  # of rejected.jsonl

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """What an interrupted preparation left in its folder, if it came as far as a full shard."""
        try:
            values = json.loads((folder / FILE).read_text(encoding="utf-8"))
            corpora = [CorpusProgress(**corpus) for corpus in values.pop("corpora")]
            return cls(corpora, **values)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def save(self, folder: Path) -> None:
        """Write it into the folder."""
        text = json.dumps(asdict(self))
        write_atomically(folder / FILE, lambda path: path.write_text(text, encoding="utf-8"))
