"""The corpus doctor as the tests of injected faults call it."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from nmt.corpus.check.doctor import diagnosed, subject_of
from nmt.corpus.check.fault import Fault
from nmt.corpus.check.result import CorpusCheck
from nmt.corpus.check.verdict import check_corpora
from nmt.corpus.pairs import ParallelCorpus
from nmt.corpus.readers.selection import Selection

ROOT = Path(__file__).resolve().parents[2]
GERMAN_ENGLISH = ("de", "en")
Sides = tuple[list[str], list[str]]


def check(
    files: Sequence[Path],
    *,
    languages: tuple[str | None, str | None] = GERMAN_ENGLISH,
    test: Sequence[Path] = (),
) -> CorpusCheck:
    """The verdict on a training corpus, beside a test set if one is given."""
    selection = Selection(*languages)
    subjects = [subject_of(ParallelCorpus(tuple(files), selection), "training")]
    if test:
        subjects.append(subject_of(ParallelCorpus(tuple(test), selection), "test"))
    with diagnosed(subjects, log=lambda line: None) as diagnoses:
        return check_corpora(diagnoses[:1], log=lambda line: None)[0]


def of_kind(found: CorpusCheck, kind: str) -> list[Fault]:
    """The faults of a kind."""
    return [fault for fault in found.faults if fault.kind == kind]


def lines_of(faults: Sequence[Fault]) -> set[int]:
    """The lines of all examples."""
    return {example.line for fault in faults for example in fault.examples}


def read_lines(path: Path) -> list[str]:
    """The lines of a file; only a line feed ends one."""
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def write_lines(folder: Path, sides: Sides, name: str = "train") -> tuple[Path, Path]:
    """Write German and English as two files; a lone carriage return stays what it is."""
    paths = (folder / f"{name}.de", folder / f"{name}.en")
    for path, lines in zip(paths, sides, strict=True):
        path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8"))
    return paths


def make_phrasebook(folder: Path) -> Path:
    """Write the German-English phrasebook, in which nothing is wrong."""
    generator = ROOT / "data" / "phrasebook" / "generate.py"
    subprocess.run([sys.executable, generator, folder], check=True, capture_output=True)
    return folder
