"""Pairs that were left out: each is an object of `rejected.jsonl`, so that nothing is lost."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from nmt.corpus.sentence_pair import SentencePair

REJECTED_FILE = "rejected.jsonl"
# JSON allows these inside strings, but many readers take them for the end of a line.
ODD_SEPARATORS = str.maketrans({c: f"\\u{ord(c):04x}" for c in "\u0085\u2028\u2029"})


def open_record(folder: Path, kept_bytes: int = 0) -> TextIO:
    """Open rejected.jsonl in a folder to write to, behind the bytes of it that are kept.

    Names of files that are not UTF-8 are escaped in the way of JSON.
    """
    file = (folder / REJECTED_FILE).open("a", encoding="utf-8", errors="backslashreplace")
    file.truncate(kept_bytes)
    file.seek(0, os.SEEK_END)
    return file


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
