"""Pairs that were left out: each is an object of `rejected.jsonl`, so that nothing is lost."""

import json
from dataclasses import dataclass
from typing import TextIO

from nmt.corpus.sentence_pair import SentencePair

# JSON allows these inside strings, but many readers take them for the end of a line.
ODD_SEPARATORS = str.maketrans({c: f"\\u{ord(c):04x}" for c in "\u0085\u2028\u2029"})


@dataclass(frozen=True, slots=True)
class Rejection:
    """A pair that was left out, and why."""

    pair: SentencePair
    reason: str
    detail: str | None = None

    def write(self, file: TextIO, corpus: str) -> None:
        """Add the pair to rejected.jsonl; `corpus` names where it came from."""
        record: dict[str, object] = {
            "corpus": corpus,
            "line": self.pair.line,
            "reason": self.reason,
            "source": self.pair.source,
            "target": self.pair.target,
        }
        if self.detail:
            record["detail"] = self.detail
        file.write(json.dumps(record, ensure_ascii=False).translate(ODD_SEPARATORS) + "\n")
