"""Writing a corpus without its faults: kept + rejected = read, and each rejected pair is recorded.

`nmt check --fix` writes text files; `data.reject` leaves pairs out of what a model is trained on.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from nmt.atomic import write_folder_atomically
from nmt.config import Config, Rejectable
from nmt.corpus.check.doctor import Diagnosis, Log, Subject, diagnosed
from nmt.corpus.check.fault import Finding
from nmt.corpus.check.messages import message_of
from nmt.corpus.check.whole_corpus import misaligned
from nmt.corpus.rejection import Rejection
from nmt.corpus.sentence_pair import SentencePair
from nmt.corpus.workers import available_cores, in_chunks, map_chunks
from nmt.errors import ConfigError

Sifted = tuple[SentencePair, Finding | None]  # a pair, and why it is left out


@dataclass(frozen=True, slots=True)
class CleanCounts:
    """What became of one corpus: read = kept + all rejected."""

    name: str
    read: int
    kept: int
    rejected: dict[str, int]  # by kind of fault
    files: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What `nmt check --fix` wrote."""

    folder: str
    corpora: tuple[CleanCounts, ...]

    @property
    def summary(self) -> str:
        """A line for a reader."""
        read = sum(corpus.read for corpus in self.corpora)
        kept = sum(corpus.kept for corpus in self.corpora)
        return f"wrote {kept:,} of {read:,} pairs to {self.folder}; the others: rejected.jsonl"


def sift(diagnosis: Diagnosis, kinds: frozenset[str]) -> Iterator[Sifted]:
    """All pairs of a corpus, each with the first reason among `kinds` to leave it out."""
    start = 0
    chunks = in_chunks(diagnosis.pairs())
    for pairs, found in map_chunks(diagnosis.inspector, chunks, workers=available_cores()):
        repeats = diagnosis.repeats(start, len(pairs))
        slipped = misaligned(diagnosis.slips, start, len(pairs))
        for place, pair in enumerate(pairs):
            findings = [*found.found.get(place, [])]
            findings += [by[place] for by in (slipped, repeats) if place in by]
            yield pair, next((f for f in findings if _is_reason(f, kinds)), None)
        start += len(pairs)


def _is_reason(finding: Finding, kinds: frozenset[str]) -> bool:
    """Whether a finding is bad enough; of the kinds asked for, notes are let pass."""
    severity = message_of(finding.kind, finding.reason).severity
    return finding.kind in kinds and (severity != "note" or finding.kind == "near_duplicate")


def clean(subjects: Sequence[Subject], config: Config, folder: Path, *, log: Log) -> Cleaned:
    """Write the training corpora without their faults into a new folder.

    What `data.reject` names is left out; if it names nothing, every pair with a fault.

    Raises:
        ConfigError: the folder is there and not empty, or there is no training corpus.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"--fix {folder}: is not empty; name a new folder")
    training = [subject for subject in subjects if subject.role == "training"]
    if not training:
        raise ConfigError("--fix needs a training corpus: give --source and --target, or --corpus")
    kinds = frozenset(config.data.reject or get_args(Rejectable)) | {"empty"}
    if not config.data.reject:
        kinds -= {"near_duplicate"}
    names = _file_names(training)
    counts: list[CleanCounts] = []

    def write(temporary: Path) -> None:
        with diagnosed(subjects, log=log) as diagnoses:
            for diagnosis in diagnoses:
                if diagnosis.subject.role == "training":
                    log(f"cleaning {diagnosis.subject.corpus.name}")
                    files = names[len(counts)]
                    counts.append(_write(diagnosis, kinds, temporary, files))
        report = [asdict(count) for count in counts]
        (temporary / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1))

    if folder.exists():
        folder.rmdir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_folder_atomically(folder, write)
    return Cleaned(str(folder), tuple(counts))


def _write(
    diagnosis: Diagnosis, kinds: frozenset[str], folder: Path, files: tuple[str, str]
) -> CleanCounts:
    """Write the two sides of what is kept, and add what is rejected to rejected.jsonl."""
    rejected: Counter[str] = Counter()
    kept = 0
    name = diagnosis.subject.corpus.name
    with (
        (folder / files[0]).open("w", encoding="utf-8", newline="\n") as source,
        (folder / files[1]).open("w", encoding="utf-8", newline="\n") as target,
        (folder / "rejected.jsonl").open("a", encoding="utf-8") as record,
    ):
        for pair, finding in sift(diagnosis, kinds):
            if finding is None:
                source.write(f"{pair.source}\n")
                target.write(f"{pair.target}\n")
                kept += 1
            else:
                rejected[finding.kind] += 1
                Rejection(pair, finding.kind, finding.detail).write(record, name)
    read = diagnosis.survey.pairs
    assert read == kept + sum(rejected.values())
    return CleanCounts(name, read, kept, dict(rejected), files)


def _file_names(subjects: Sequence[Subject]) -> list[tuple[str, str]]:
    """A name for each side of each corpus: its own if there are two files, without compression."""
    names: list[tuple[str, str]] = []
    taken: set[str] = {"rejected.jsonl", "report.json"}
    for number, subject in enumerate(subjects):
        paths = [_plain(path) for path in subject.corpus.files]
        if len(paths) != 2:
            stem = Path(paths[0]).stem if paths else "corpus"
            source, target = subject.languages
            paths = [f"{stem}.{source or 'source'}", f"{stem}.{target or 'target'}"]
        if paths[0] == paths[1] or not taken.isdisjoint(paths):
            paths = [f"{number}.source.{paths[0]}", f"{number}.target.{paths[1]}"]
        taken.update(paths)
        names.append((paths[0], paths[1]))
    return names


def _plain(path: Path) -> str:
    return path.stem if path.suffix in (".gz", ".bz2", ".xz", ".zst", ".zip") else path.name
