"""The cheap part of a check, before every training: what would waste the hours to come.

It reads the corpora once, looks closely at a sample only, and looks up each pair in the validation
data. `nmt check` does all of it, and says where.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from threadpoolctl import threadpool_limits

from nmt.corpus.check.alignment import WINDOW, are_unrelated, learn_alignment
from nmt.corpus.check.doctor import Subject
from nmt.corpus.check.fault import Finding
from nmt.corpus.check.inspection import Inspector, learn_profiles
from nmt.corpus.check.language_profile import corpus_findings
from nmt.corpus.check.messages import message_of
from nmt.corpus.check.overlap import (
    OverlapIndex,
    Place,
    affected_lines,
    find_matches,
    learn_overlap,
)
from nmt.corpus.check.slips import find_slips
from nmt.corpus.check.tally import share
from nmt.corpus.readers.text import SideCounts
from nmt.corpus.sampling import EvenSample
from nmt.corpus.sentence_pair import SentencePair
from nmt.corpus.workers import in_chunks

SAMPLE = 4_000  # pairs looked at closely
WINDOWS = 24  # stretches of consecutive pairs, to see whether the sides slip
MOST_PAIRS = 2_000_000  # read of a corpus
LEAST_SHARE = 0.01  # of the sample with one kind of fault: less is for `nmt check` to say


def quick_check(
    training: Sequence[Subject],
    validation: Subject | None,
    rejected: frozenset[str] = frozenset(),
) -> list[str]:
    """What is likely to be wrong, a line for each kind.

    Args:
        rejected: kinds of faults of which no pair is trained on (`data.reject`); they are not told.
    """
    index = None
    if validation is not None:
        pairs = validation.corpus.read_unequal(SideCounts())
        index = learn_overlap({validation.title: pairs})
    places: set[Place] = set()
    warnings: list[str] = []
    for subject in training:
        warnings += _check(subject, index, places, rejected)
    if index and "overlap" not in rejected:
        warnings += _overlaps(index, places)
    return warnings


def _check(
    subject: Subject, index: OverlapIndex | None, places: set[Place], rejected: frozenset[str]
) -> Iterator[str]:
    """Look at one corpus, and enter what it shares with the validation data into `places`."""
    sample: EvenSample[SentencePair] = EvenSample(SAMPLE)
    windows: EvenSample[list[SentencePair]] = EvenSample(WINDOWS)
    pairs = islice(subject.corpus.read_unequal(SideCounts()), MOST_PAIRS)
    for chunk in in_chunks(pairs):
        for pair in chunk:
            sample.add(pair)
            if index:
                places.update(match.place for match in find_matches(pair, index))
        for start in range(0, len(chunk), WINDOW):
            windows.add(chunk[start : start + WINDOW])
    if "misalignment" not in rejected:
        yield from _slips(subject, windows.items)
    inspector = Inspector(learn_profiles(sample.items, subject.languages))
    for finding in corpus_findings(inspector.profiles.languages):
        if _is_told(finding, rejected):
            yield f"{subject.title}: {finding.detail}"
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], tuple[SentencePair, Finding]] = {}
    for pair in sample.items:
        for finding in inspector.find(pair):
            if _is_told(finding, rejected):
                counts[finding.kind, finding.reason] += 1
                examples.setdefault((finding.kind, finding.reason), (pair, finding))
    for key, count in counts.most_common():
        if count >= LEAST_SHARE * len(sample.items):
            pair, finding = examples[key]
            name = finding.kind.replace("_", " ")
            yield (
                f"{subject.title}: {name} in about {share(count, len(sample.items))} of the pairs, "
                f"such as line {pair.line:,}: {finding.detail}"
            )


def _is_told(finding: Finding, rejected: frozenset[str]) -> bool:
    is_note = message_of(finding.kind, finding.reason).severity == "note"
    return not is_note and finding.kind not in rejected


def _slips(subject: Subject, windows: Sequence[list[SentencePair]]) -> Iterator[str]:
    """The first stretch, among some, where the sides do not belong together."""
    with threadpool_limits(1, "blas"):
        model = learn_alignment(windows)
        if model is None:
            if are_unrelated(windows):
                yield f"{subject.title}: nothing connects the lines of the two sides"
            return
        slipped = [(window, slip) for window in windows for slip in find_slips(window, model)]
    if slipped:
        line = slipped[0][0][0].line
        part = share(sum(slip.pairs for _, slip in slipped), sum(map(len, windows)))
        yield (
            f"{subject.title}: the sides slip from about line {line:,} on (about {part} of the "
            "pairs): they do not translate each other"
        )


def _overlaps(index: OverlapIndex, places: set[Place]) -> Iterator[str]:
    lines = affected_lines(index, places)
    for (name, reason), count in lines.items():
        if reason == "pair":
            part = share(count, len(index.lines))
            yield (
                f"{name}: {count:,} pairs ({part}) are in the training data too, so its scores "
                "will be better than the model is"
            )
