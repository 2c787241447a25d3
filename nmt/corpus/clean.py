"""Writing a corpus without its faults: kept + rejected = read, and each rejected pair is recorded.

`nmt check --fix` writes text files; `data.reject` leaves pairs out of what a model is trained on.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TextIO, get_args

from nmt.atomic import write_folder_atomically
from nmt.corpus.check.doctor import Diagnosis, Log, Subject, diagnosed
from nmt.corpus.check.fault import Finding
from nmt.corpus.check.language_profile import corpus_findings
from nmt.corpus.check.messages import message_of
from nmt.corpus.check.row_marks import RowSet
from nmt.corpus.check.whole_corpus import misaligned
from nmt.corpus.realign import REASON as REALIGNED
from nmt.corpus.realign import Realigned
from nmt.corpus.rejection import Rejection, open_record
from nmt.corpus.sentence_pair import SentencePair
from nmt.corpus.sides import read_sides
from nmt.corpus.spool import spool
from nmt.corpus.workers import available_cores, in_chunks, map_chunks
from nmt.errors import ConfigError
from nmt.settings import Rejectable

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
    not_mended: tuple[str, ...]  # faults of a whole corpus, which leaving out pairs does not mend

    @property
    def summary(self) -> str:
        """A line for a reader."""
        read = sum(corpus.read for corpus in self.corpora)
        kept = sum(corpus.kept for corpus in self.corpora)
        left = f"; not mended: {', '.join(self.not_mended)}" if self.not_mended else ""
        return (
            f"wrote {kept:,} of {read:,} pairs to {self.folder}; the others: rejected.jsonl{left}"
        )


def sift(diagnosis: Diagnosis, kinds: frozenset[str], lost: RowSet) -> Iterator[Sifted]:
    """All pairs of a corpus, each with the first reason among `kinds` to leave it out.

    Args:
        lost: rows left out so far that no copy stands for, in all corpora: one that is faulty in
            itself is no reason to leave out a sound copy of it.
    """
    start = 0
    chunks = in_chunks(diagnosis.pairs())
    for pairs, found in map_chunks(diagnosis.inspector, chunks, workers=available_cores()):
        repeats = diagnosis.repeats(start, len(pairs))
        slipped = misaligned(diagnosis.slips, start, len(pairs))
        for place, pair in enumerate(pairs):
            findings = [*found.found.get(place, []), *filter(None, [slipped.get(place)])]
            reason = next((f for f in findings if _is_reason(f, kinds)), None)
            repeat, first = repeats.get(place, (None, -1))
            if reason is not None:
                lost.add(diagnosis.first_row + start + place)
            elif repeat is not None and _is_reason(repeat, kinds):
                reason = None if first in lost else repeat
                lost.discard(first)  # from now on this pair stands for it
            yield pair, reason
        start += len(pairs)
    diagnosis.check_seen(start)


def _is_reason(finding: Finding, kinds: frozenset[str]) -> bool:
    """Whether a finding is bad enough; of the kinds asked for, notes are let pass.

    But for repetitions: one of each is left, so nothing is lost by it.
    """
    severity = message_of(finding.kind, finding.reason).severity
    is_repetition = finding.kind in ("duplicate", "near_duplicate")
    return finding.kind in kinds and (severity != "note" or is_repetition)


def check_cleaning(folder: Path, subjects: Iterable[Subject]) -> None:
    """Refuse early what could not be cleaned.

    Raises:
        ConfigError: the folder is not empty or cannot be, or there is no training corpus.
    """
    if all(subject.role != "training" for subject in subjects):
        raise ConfigError("--fix needs a training corpus: give --source and --target, or --corpus")
    above = next(path for path in folder.absolute().parents if path.exists())
    if not above.is_dir():
        raise ConfigError(f"--fix {folder}: {above} is no folder; name a new folder")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"--fix {folder}: is not empty; name a new folder")


def clean(
    diagnoses: Sequence[Diagnosis], reject: Sequence[str], folder: Path, *, log: Log
) -> Cleaned:
    """Write the training corpora without their faults into a new folder.

    Sides that slip are paired anew first. What `reject` names is left out; if it names nothing,
    every pair with a fault.

    Raises:
        ConfigError: the folder is not empty, or there is no training corpus.
    """
    check_cleaning(folder, [diagnosis.subject for diagnosis in diagnoses])
    training = [d for d in diagnoses if d.subject.role == "training"]
    kinds = frozenset(reject or get_args(Rejectable)) | {"empty"}
    if not reject:
        kinds -= {"near_duplicate"}
    for diagnosis in training:
        diagnosis.survey.refuse("unreadable", *(() if diagnosis.survey.pairs else ("empty",)))
    names = _file_names([diagnosis.subject for diagnosis in training])
    counts: list[CleanCounts] = []

    def write(temporary: Path) -> None:
        with (
            tempfile.TemporaryDirectory(prefix="nmt-fix-") as spool_folder,
            open_record(temporary) as record,
            ExitStack() as stack,
        ):
            subjects, early = _realign(training, Path(spool_folder), record)
            cleaned: Sequence[Diagnosis] = training
            if any(early):
                held_out = [d.subject for d in diagnoses if d not in training]
                cleaned = stack.enter_context(diagnosed([*subjects, *held_out], log=log))
            lost = RowSet()
            for diagnosis, files, unpaired in zip(cleaned, names, early, strict=False):
                log(f"cleaning {diagnosis.subject.corpus.name}")
                sifted = sift(diagnosis, kinds, lost)
                counts.append(_write(diagnosis, sifted, temporary, files, record, unpaired))
        report = json.dumps([asdict(count) for count in counts], indent=1)
        (temporary / "report.json").write_text(report, encoding="utf-8")

    if folder.exists():
        folder.rmdir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_folder_atomically(folder, write)
    return Cleaned(str(folder), tuple(counts), _not_mended(training))


def _not_mended(diagnoses: Sequence[Diagnosis]) -> tuple[str, ...]:
    """Faults of whole corpora, which leaving out pairs does not mend."""
    kinds = [
        finding.kind.replace("_", " ")
        for diagnosis in diagnoses
        for finding in corpus_findings(diagnosis.inspector.profiles.languages)
        if message_of(finding.kind, finding.reason).severity != "note"
    ]
    return tuple(dict.fromkeys(kinds))


def _realign(
    diagnoses: Sequence[Diagnosis], folder: Path, record: TextIO
) -> tuple[list[Subject], list[int]]:
    """The corpora, those whose sides slip paired anew; and how many of their lines have no pair."""
    subjects, unpaired = [], []
    for number, diagnosis in enumerate(diagnoses):
        subject, counts = diagnosis.subject, diagnosis.survey.counts
        slips = any(slip.offset for slip in diagnosis.slips) or counts.source != counts.target
        if not slips:
            subjects.append(subject)
            unpaired.append(0)
            continue
        name = subject.corpus.name
        sides = read_sides(subject.corpus, subject.languages)
        realigned = Realigned(*sides, diagnosis.slips, record, name)
        corpus = spool(realigned, folder / f"{number}.arrow", name)
        subjects.append(replace(subject, corpus=corpus))
        unpaired.append(realigned.rejected)
    return subjects, unpaired


def _write(
    diagnosis: Diagnosis,
    sifted: Iterable[Sifted],
    folder: Path,
    files: tuple[str, str],
    record: TextIO,
    unpaired: int,
) -> CleanCounts:
    """Write the two sides of what is kept, and add what is rejected to rejected.jsonl."""
    rejected: Counter[str] = Counter({REALIGNED: unpaired} if unpaired else {})
    kept = 0
    name = diagnosis.subject.corpus.name
    with (
        (folder / files[0]).open("w", encoding="utf-8", newline="\n") as source,
        (folder / files[1]).open("w", encoding="utf-8", newline="\n") as target,
    ):
        for pair, finding in sifted:
            if finding is None:
                source.write(_one_line(pair.source))
                target.write(_one_line(pair.target))
                kept += 1
            else:
                rejected[finding.kind] += 1
                Rejection(pair, finding.kind, finding.detail).write(record, name)
    read = diagnosis.survey.pairs + unpaired
    assert read == kept + sum(rejected.values()), "each pair is kept or rejected"
    return CleanCounts(name, read, kept, dict(rejected), files)


def _one_line(text: str) -> str:
    """A sentence as a line of a file; a line break inside it would shift all that follow."""
    return f"{' '.join(text.splitlines())}\n"


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
