"""The first look through a corpus: count it, sample it, and enter it among what may repeat."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from nmt.corpus.check.alignment import WINDOW, WINDOWS
from nmt.corpus.check.fault import Fault, Kind
from nmt.corpus.check.messages import message_of
from nmt.corpus.check.repetition import RepetitionSurvey
from nmt.corpus.readers.text import SideCounts
from nmt.corpus.sampling import EvenSample
from nmt.corpus.sentence_pair import SentencePair
from nmt.corpus.workers import in_chunks
from nmt.errors import DataError

SAMPLE = 20_000  # pairs, to learn what is usual
LONGEST_KEPT = 10_000  # characters of a pair of a sample


@dataclass(slots=True)
class Survey:
    """What a look through a corpus gave."""

    counts: SideCounts = field(default_factory=SideCounts)
    pairs: int = 0
    has_text: bool = False
    sample: EvenSample[SentencePair] = field(default_factory=lambda: EvenSample(SAMPLE))
    windows: EvenSample[list[SentencePair]] = field(default_factory=lambda: EvenSample(WINDOWS))
    faults: list[Fault] = field(default_factory=list)  # of the whole file
    _window: list[SentencePair] = field(default_factory=list)  # being filled

    def add_to_samples(self, pair: SentencePair) -> None:
        """Let a pair follow the one before it; of a very long one, the beginning is kept."""
        if len(pair.source) + len(pair.target) > LONGEST_KEPT:
            half = LONGEST_KEPT // 2
            pair = SentencePair(pair.source[:half], pair.target[:half], pair.line)
        self.has_text = self.has_text or bool(pair.source.strip() and pair.target.strip())
        self.sample.add(pair)
        if not self._window:
            self.windows.add(self._window)
        self._window.append(pair)
        if len(self._window) == WINDOW:
            self._window = []

    def consecutive_pairs(self) -> list[list[SentencePair]]:
        """Windows of neighbours, to learn how they belong together; one, of a small corpus."""
        if self.pairs <= WINDOW * WINDOWS:
            return [[pair for window in self.windows.items for pair in window]]
        return self.windows.items

    def refuse(self, *kinds: Kind) -> None:
        """Refuse to go on with a corpus that has such a fault as a whole.

        Raises:
            DataError: what is wrong with it.
        """
        for fault in self.faults:
            if fault.kind in kinds:
                raise DataError(fault.message)


class Readable(Protocol):
    """A corpus whose sides may be of unequal lengths."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it is in."""

    def read_unequal(self, counts: SideCounts) -> Iterator[SentencePair]:
        """The pairs, until the shorter side ends; then `counts` has the lines of both."""


def survey_corpus(
    corpus: Readable, files: tuple[str, ...], repetition: RepetitionSurvey, first_row: int
) -> Survey:
    """Look through a corpus, whose rows count from `first_row`.

    What cannot be read, and sides of unequal lengths, are faults; what comes before them counts.

    Raises:
        DataError: a file is missing.
    """
    survey = Survey()
    try:
        for chunk in in_chunks(corpus.read_unequal(survey.counts)):
            repetition.add(chunk, first_row + survey.pairs)
            survey.pairs += len(chunk)
            for pair in chunk:
                survey.add_to_samples(pair)
    except DataError as error:
        sides = len(corpus.files) == 2
        if not corpus.files or not all(_is_there(path, sides) for path in corpus.files):
            raise
        survey.faults.append(_unreadable(error, files))
    else:
        if survey.counts.source != survey.counts.target:
            survey.faults.append(_unequal(survey.counts, files))
        elif not survey.has_text:
            what = "no pair has text on both sides" if survey.pairs else "the corpus is empty"
            text = f"{' + '.join(files)}: {what}"
            survey.faults.append(Fault("empty", "corpus", "error", files[0], None, 0, text))
    return survey


def _is_there(path: Path, sides: bool) -> bool:
    """Whether there is something to read: a side is a file, a whole corpus may be a folder."""
    return path.exists() and not (sides and path.is_dir())


def _unreadable(error: DataError, files: tuple[str, ...]) -> Fault:
    text = str(error)
    place = re.search(r"line ([\d,]+)", text)
    line = int(place[1].replace(",", "")) if place else None
    file = next((name for name in files if text.startswith(name)), files[0])
    severity = message_of("unreadable", "").severity
    return Fault("unreadable", "unreadable", severity, file, line, 1, text)


def _unequal(counts: SideCounts, files: tuple[str, ...]) -> Fault:
    shorter, longer = sorted((counts.source, counts.target))
    message = message_of("unequal_counts", "")
    file = files[0] if counts.source > counts.target else files[-1]
    text = (
        f"{files[0]} has {counts.source:,} lines and {files[-1]} has {counts.target:,}: a line was "
        "lost, added or divided on one side; see where misalignment begins, if it is found, and "
        "mend that line"
    )
    return Fault(
        "unequal_counts", "unequal", message.severity, file, shorter + 1, longer - shorter, text
    )
