"""Findings at single pairs, gathered into the faults of a corpus."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nmt.corpus.check.fault import Example, Fault, Finding, Kind, Side
from nmt.corpus.check.messages import message_of
from nmt.corpus.sampling import EvenSample
from nmt.corpus.sentence_pair import SentencePair

EXAMPLES = 8  # kept of each fault, evenly spread over the corpus
SEVERITIES = ("error", "warning", "note")  # worst first


@dataclass(slots=True)
class _Group:
    line: int
    count: int = 0
    examples: EvenSample[Example] = field(default_factory=lambda: EvenSample(EXAMPLES))


class Tally:
    """Counts the findings of one corpus; each fault knows its first line and some examples."""

    def __init__(self, files: tuple[str, ...], pairs: int) -> None:
        self.files = files  # source and target, or one file
        self.pairs = pairs  # of the whole corpus
        self._groups: dict[tuple[Kind, str, Side], _Group] = {}

    def add(self, pair: SentencePair, findings: Iterable[Finding]) -> None:
        """Add what was found at a pair."""
        for finding in findings:
            key = (finding.kind, finding.reason, finding.side)
            group = self._groups.setdefault(key, _Group(pair.line))
            group.count += 1
            group.examples.add(Example(pair.line, pair.source, pair.target, finding.detail))

    def faults(self) -> list[Fault]:
        """The faults, the worst and most frequent first."""
        faults = [self._fault(key, group) for key, group in self._groups.items()]
        return sorted(faults, key=importance)

    def file(self, side: Side) -> str:
        """The file that a finding on one side is in; of both, the source's."""
        return self.files[-1] if side == "target" else self.files[0]

    def _fault(self, key: tuple[Kind, str, Side], group: _Group) -> Fault:
        kind, reason, side = key
        message = message_of(kind, reason)
        text = message.text.format(
            count=f"{group.count:,}",
            pairs=f"{self.pairs:,}",
            share=share(group.count, self.pairs),
            line=f"{group.line:,}",
            file=self.file(side),
        )
        return Fault(
            kind,
            reason,
            message.severity,
            self.file(side),
            group.line,
            group.count,
            text,
            tuple(group.examples.items),
        )


def share(count: int, total: int) -> str:
    """A part of a whole in per cent, such as "3.1%" or "under 0.01%"."""
    part = count / max(1, total)
    if 0 < part < 0.0001:
        return "under 0.01%"
    return f"{part:.2%}" if part < 0.01 else f"{part:.1%}"


def importance(fault: Fault) -> tuple[int, int]:
    """Sorts faults, the worst and most frequent first."""
    return SEVERITIES.index(fault.severity), -fault.count
