"""Faults of a whole corpus: sides that slip, wrong languages, sentences with many translations.

They are known before the second look at the corpus, which finds the pairs that show them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nmt.corpus.check.doctor import Diagnosis
from nmt.corpus.check.evidence import REACH
from nmt.corpus.check.fault import Example, Fault, Finding
from nmt.corpus.check.language_profile import corpus_findings
from nmt.corpus.check.messages import message_of
from nmt.corpus.check.repetition import Variety
from nmt.corpus.check.slips import Slip
from nmt.corpus.check.tally import share
from nmt.corpus.sentence_pair import SentencePair

EXAMPLES = 3  # pairs where a slip begins


@dataclass(slots=True)
class _Group:
    """A fault, the rows of the corpus that show it, and these pairs once they were seen."""

    fault: Fault
    rows: tuple[int, ...] = ()
    detail: str = ""
    examples: list[Example] = field(default_factory=list)


class WholeCorpus:
    """The faults of a whole corpus, for which `look` finds examples on the way through it."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        self.diagnosis = diagnosis
        self.files = diagnosis.subject.files
        self.groups = [*self._slips(), *self._languages(), *self._varieties()]

    def look(self, pairs: Sequence[SentencePair], start: int) -> None:
        """Keep those of the pairs, rows `start` and following, that show a fault."""
        for group in self.groups:
            for row in group.rows:
                if start <= row < start + len(pairs):
                    pair = pairs[row - start]
                    example = Example(pair.line, pair.source, pair.target, group.detail)
                    group.examples.append(example)

    def faults(self) -> Iterator[Fault]:
        """The faults, with the examples that were seen."""
        for group in self.groups:
            if group.examples or not group.rows:
                fault = group.fault
                yield Fault(
                    fault.kind,
                    fault.reason,
                    fault.severity,
                    fault.file,
                    group.examples[0].line if group.examples else fault.line,
                    fault.count,
                    fault.message,
                    tuple(group.examples),
                )

    def _slips(self) -> Iterator[_Group]:
        for slip in self.diagnosis.slips:
            reason = "shuffled" if slip.offset is None else "shifted"
            severity = message_of("misalignment", reason).severity
            fault = Fault(
                "misalignment",
                reason,
                severity,
                self.files[-1],
                slip.first_line,
                slip.pairs,
                slip_message(slip, "line" if len(self.files) == 2 else "pair"),
            )
            first = slip.first_line - 1
            yield _Group(fault, tuple(range(first, first + min(EXAMPLES, slip.pairs))), "no pair")

    def _languages(self) -> Iterator[_Group]:
        pairs = self.diagnosis.survey.pairs
        for kind, reason, side, detail in corpus_findings(
            self.diagnosis.inspector.profiles.languages
        ):
            message = message_of(kind, reason)
            file = self.files[-1 if side == "target" else 0]
            text = f"{detail}: {message.text.format(file=file, pairs=f'{pairs:,}')}"
            yield _Group(Fault(kind, reason, message.severity, file, 1, pairs, text))

    def _varieties(self) -> Iterator[_Group]:
        repetition = self.diagnosis.repetition
        first = self.diagnosis.first_row
        for side, variety in (("source", repetition.sources), ("target", repetition.targets)):
            rows = tuple(row - first for row in variety.rows)
            if rows and 0 <= rows[0] < self.diagnosis.survey.pairs:
                file = self.files[0 if side == "source" else -1]
                fault = _variety_fault(side, variety, file, repetition.pairs)
                yield _Group(fault, rows, f"one of {variety.most} for the same {side}")


def _variety_fault(side: str, variety: Variety, file: str, pairs: int) -> Fault:
    message = message_of("one_to_many", side)
    text = message.text.format(
        count=f"{variety.pairs:,}",
        pairs=f"{pairs:,}",
        share=share(variety.pairs, pairs),
    )
    return Fault("one_to_many", side, message.severity, file, None, variety.pairs, text)


def slip_message(slip: Slip, unit: str) -> str:
    """Where the sides slip, by how much, and what to do.

    `unit` is "line", or "pair" where one file holds both sides: its lines are no pairs.
    """
    until = f" to {slip.last_line:,}" if slip.last_line else " on"
    pairs = "1 pair" if slip.pairs == 1 else f"{slip.pairs:,} pairs"
    stretch = f"from {unit} {slip.first_line:,}{until} ({pairs})"
    if slip.offset is None:
        return (
            f"{stretch}, the two sides do not belong together: one side was replaced, sorted or "
            f"shuffled, or has more than {REACH} {unit}s too many or too few; make this part anew "
            "from its origin, or remove it"
        )
    text = "line" if unit == "line" else "sentence"
    count = abs(slip.offset)
    places, texts, them = (
        (f"{count} {unit}s", f"{count} {text}s", "them")
        if count > 1
        else (f"a {unit}", f"a {text}", "it")
    )
    down = "down" if slip.offset > 0 else "up"
    fuller, other = ("target", "source") if slip.offset > 0 else ("source", "target")
    return (
        f"{stretch}, the translation of each {text} stands {places} further {down}: near {unit} "
        f"{slip.first_line:,} the {fuller} has {texts} too many (delete {them}), or the {other} "
        f"{texts} too few (add {them})"
    )


def misaligned(slips: Sequence[Slip], start: int, pairs: int) -> dict[int, Finding]:
    """Which of the rows `start` and following are in a slip, by place from `start`."""
    found = {}
    for slip in slips:
        first = slip.first_line - 1
        for row in range(max(start, first), min(start + pairs, first + slip.pairs)):
            detail = f"the sides slip from pair {slip.first_line:,}"
            reason = "shuffled" if slip.offset is None else "shifted"
            found[row - start] = Finding("misalignment", reason, "both", detail)
    return found
