"""The corpus doctor's first look: what is usual in a corpus, what repeats, where its sides slip.

`nmt.corpus.check.verdict` then looks at each pair, and `nmt.corpus.clean` leaves out what is wrong.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from threadpoolctl import threadpool_limits

from nmt.corpus.check.alignment import are_unrelated, learn_alignment
from nmt.corpus.check.far_slips import far_offset
from nmt.corpus.check.fault import Finding, Kind
from nmt.corpus.check.inspection import Inspector, Languages, learn_profiles
from nmt.corpus.check.overlap import OverlapIndex, learn_overlap
from nmt.corpus.check.repetition import Repetition, RepetitionSurvey
from nmt.corpus.check.result import Role
from nmt.corpus.check.row_marks import RowMarks
from nmt.corpus.check.slips import Slip, find_slips
from nmt.corpus.check.survey import Readable, Survey, survey_corpus
from nmt.corpus.pairs import ParallelCorpus
from nmt.corpus.readers.text import SideCounts
from nmt.corpus.sentence_pair import SentencePair
from nmt.corpus.sides import read_sides
from nmt.errors import DataError

Log = Callable[[str], None]


class Corpus(Readable, Protocol):
    """What can be looked at: pairs on disk."""

    @property
    def name(self) -> str:
        """What an error or a report calls it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A corpus to look at, and what it is for."""

    corpus: Corpus
    role: Role
    languages: Languages

    @property
    def title(self) -> str:
        """A short name, for a line of text."""
        return " + ".join(Path(file).name for file in self.files)

    @property
    def files(self) -> tuple[str, ...]:
        """Source and target file, or the one that holds both."""
        return tuple(map(str, self.corpus.files)) or (self.corpus.name,)


def subject_of(corpus: ParallelCorpus, role: Role) -> Subject:
    """A corpus in the languages that were selected from it."""
    selection = corpus.selection
    return Subject(corpus, role, (selection.source_language, selection.target_language))


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known of a corpus after the first pass; valid while `diagnosed` is open."""

    subject: Subject
    survey: Survey
    first_row: int
    inspector: Inspector
    slips: tuple[Slip, ...]
    repetition: Repetition

    def pairs(self) -> Iterator[SentencePair]:
        """The pairs that the first pass could read."""
        return islice(self.subject.corpus.read_unequal(SideCounts()), self.survey.pairs)

    def check_seen(self, pairs: int) -> None:
        """Make sure that a second look saw what the first one saw.

        Raises:
            DataError: the corpus has changed meanwhile, or can be read once only.
        """
        if pairs != self.survey.pairs:
            name, first = self.subject.corpus.name, self.survey.pairs
            raise DataError(f"{name}: had {first:,} pairs, and now {pairs:,}: it has changed")

    def repeats(self, start: int, pairs: int) -> dict[int, tuple[Finding, int]]:
        """Which of the rows `start` and following repeat an earlier one, by place from `start`.

        With each finding stands the row that is repeated, counted through all corpora.
        """
        first, found = self.first_row + start, dict[int, tuple[Finding, int]]()
        for kind, reason, marks in self._marks():
            for mark in marks.between(first, first + pairs):
                detail = f"repeats pair {mark.first - self.first_row + 1:,}"
                if mark.first < self.first_row:
                    detail = "repeats a pair of another corpus"
                found[mark.row - first] = (Finding(kind, reason, "both", detail), mark.first)
        return found

    def _marks(self) -> tuple[tuple[Kind, str, RowMarks], ...]:
        return (
            ("duplicate", "exact", self.repetition.exact),
            ("duplicate", "normalized", self.repetition.normalized),
            ("near_duplicate", "near", self.repetition.near),
        )


@contextmanager
def diagnosed(subjects: Sequence[Subject], *, log: Log) -> Iterator[list[Diagnosis]]:
    """Look through corpora a first time; what was learnt is valid within the block.

    Raises:
        NmtError: a file is missing, or temporary files cannot be written.
    """
    training = [subject for subject in subjects if subject.role == "training"]
    held_out = [subject for subject in subjects if subject.role != "training"]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nmt-check-")))
        looked: list[_Look] = []
        for group in (training, *([subject] for subject in held_out)):
            repetition = stack.enter_context(RepetitionSurvey(folder))
            looked += _look_through(group, repetition, log)
        overlap = None
        if training and held_out:
            overlap = learn_overlap(_named(looked[len(training) :]))
        yield [
            _diagnose(look, overlap if look.subject.role == "training" else None, log)
            for look in looked
        ]


@dataclass(frozen=True, slots=True)
class _Look:
    """What the first pass gave."""

    subject: Subject
    survey: Survey
    first_row: int
    repetition: Repetition

    def pairs(self) -> Iterator[SentencePair]:
        """The pairs that could be read."""
        return islice(self.subject.corpus.read_unequal(SideCounts()), self.survey.pairs)


def _look_through(group: Sequence[Subject], survey: RepetitionSurvey, log: Log) -> list[_Look]:
    """Look through corpora that must not repeat one another."""
    first_row, looks = 0, []
    for subject in group:
        log(f"reading {subject.corpus.name}")
        found = survey_corpus(subject.corpus, subject.files, survey, first_row)
        looks.append((subject, found, first_row))
        first_row += found.pairs
    repetition = survey.finish()
    return [_Look(*look, repetition) for look in looks]


def _named(looks: Sequence[_Look]) -> dict[str, Iterator[SentencePair]]:
    """The pairs of corpora by their names: short ones, where they tell them apart."""
    titles = Counter(look.subject.title for look in looks)
    named: dict[str, Iterator[SentencePair]] = {}
    for look in looks:
        subject = look.subject
        name = subject.title if titles[subject.title] == 1 else subject.corpus.name
        named[name if name not in named else f"{name} ({subject.role})"] = look.pairs()
    return named


def _diagnose(look: _Look, overlap: OverlapIndex | None, log: Log) -> Diagnosis:
    """Learn what is usual in a corpus, and find where its sides slip."""
    survey, languages = look.survey, look.subject.languages
    inspector = Inspector(learn_profiles(survey.sample.items, languages), overlap)
    slips: tuple[Slip, ...] = ()
    with threadpool_limits(1, "blas"):  # products are small: more threads only wait for each other
        windows = survey.consecutive_pairs()
        far = far_offset(survey.counts, lambda: read_sides(look.subject.corpus, languages))
        model = learn_alignment(windows)
        if model := far.better_model(model) if far else model:
            log("following the alignment of its sides")
            slips = tuple(find_slips(look.pairs(), model))
            slips = far.follow(slips, model) if far else slips
        elif are_unrelated(windows):
            slips = (Slip(1, None, None, survey.pairs),)
    return Diagnosis(look.subject, survey, look.first_row, inspector, slips, look.repetition)
