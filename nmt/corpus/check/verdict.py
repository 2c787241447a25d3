"""The second look at a corpus: every pair, and what comes of it all."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nmt.corpus.check.doctor import Diagnosis, Log
from nmt.corpus.check.fault import Fault
from nmt.corpus.check.lengths import LengthStatistics
from nmt.corpus.check.messages import message_of
from nmt.corpus.check.overlap import OverlapIndex, Place, affected_lines
from nmt.corpus.check.result import CorpusCheck
from nmt.corpus.check.tally import EXAMPLES, Tally, importance, share
from nmt.corpus.check.whole_corpus import WholeCorpus, misaligned
from nmt.corpus.workers import available_cores, in_chunks, map_chunks
from nmt.settings import TokenizerSettings
from nmt.text.vocabulary_advice import VocabularyAdvice, advise_vocabulary_size

ADVISED_KINDS = ("bpe", "unigram")  # the advice counts subwords, not characters or whole words
VOCABULARY_SAMPLE = 5000  # pairs
VOCABULARY_LINE = 2000  # characters of a line from which a vocabulary would learn
WORD_PART = re.compile(r"\S{1,60}")  # of a word: base64 and the like have no end
RELATIVE = ("length_ratio", "number_mismatch", "placeholder_mismatch")  # as to be where sides slip


def check_corpora(diagnoses: Sequence[Diagnosis], *, log: Log) -> list[CorpusCheck]:
    """Look at each pair of corpora that were looked through by `diagnosed`."""
    checks = []
    for diagnosis in diagnoses:
        log(f"looking at each pair of {diagnosis.subject.corpus.name}")
        checks.append(examine(diagnosis))
    return checks


def with_vocabulary_fault(
    checks: Sequence[CorpusCheck], settings: TokenizerSettings
) -> list[CorpusCheck]:
    """The verdicts; that on a training corpus alone also judges the size of the vocabulary."""
    training = [check for check in checks if check.role == "training"]
    size = settings.vocabulary_size
    is_advised = settings.kind in ADVISED_KINDS and settings.joint and not settings.model
    if size == "auto" or not is_advised or len(training) != 1 or not training[0].vocabulary:
        return list(checks)
    message = training[0].vocabulary.fault(size)
    if message is None:
        return list(checks)
    fault = Fault("vocabulary", "size", "warning", training[0].name, None, 1, message)
    faults = tuple(sorted((*training[0].faults, fault), key=importance))
    return [replace(check, faults=faults) if check is training[0] else check for check in checks]


def examine(diagnosis: Diagnosis) -> CorpusCheck:
    """Look at every pair of a corpus, and gather what is wrong with it."""
    survey, subject = diagnosis.survey, diagnosis.subject
    tally = Tally(subject.files, survey.pairs)
    lengths, overlaps = LengthStatistics(), set[Place]()
    whole = WholeCorpus(diagnosis)
    row = 0
    chunks = in_chunks(diagnosis.pairs())
    for pairs, found in map_chunks(diagnosis.inspector, chunks, workers=available_cores()):
        lengths.merge(found.lengths)
        overlaps |= found.overlaps
        slipped = misaligned(diagnosis.slips, row, len(pairs))
        for place, findings in found.found.items():
            of_pair = [f for f in findings if place not in slipped or f.kind not in RELATIVE]
            tally.add(pairs[place], of_pair)
        for place, (finding, _) in diagnosis.repeats(row, len(pairs)).items():
            tally.add(pairs[place], [finding])
        whole.look(pairs, row)
        row += len(pairs)
    diagnosis.check_seen(row)
    faults = [*survey.faults, *whole.faults()]
    faults += _with_held_out_lines(tally.faults(), diagnosis.inspector.overlap, overlaps)
    profile = diagnosis.inspector.profiles.languages
    advice = _vocabulary(diagnosis) if subject.role == "training" else None
    return CorpusCheck(
        subject.corpus.name,
        subject.role,
        survey.pairs,
        tuple(sorted(faults, key=importance)),
        lengths,
        (profile.source.shares, profile.target.shares),
        advice,
    )


def _vocabulary(diagnosis: Diagnosis) -> VocabularyAdvice | None:
    """The sizes that suit a joint vocabulary; None where there is too little text to tell."""
    sample = diagnosis.survey.sample.items
    chosen = sample[:: max(1, len(sample) // VOCABULARY_SAMPLE)]
    texts = [text[:VOCABULARY_LINE] for pair in chosen for text in (pair.source, pair.target)]
    lines = [" ".join(WORD_PART.findall(text)) for text in texts]
    if not any(lines):
        return None
    return advise_vocabulary_size(lines, scale=diagnosis.survey.pairs / len(chosen))


def _with_held_out_lines(
    faults: Sequence[Fault], index: OverlapIndex | None, places: set[Place]
) -> Iterator[Fault]:
    """The faults, of which overlaps count the held-out lines that training has seen."""
    lines = affected_lines(index, places) if index else {}
    for fault in _one_for_each_reason(faults):
        if fault.kind != "overlap" or index is None:
            yield fault
            continue
        affected = {name: n for (name, reason), n in lines.items() if reason == fault.reason}
        count, total = sum(affected.values()), len(index.lines)
        text = message_of("overlap", fault.reason).text.format(
            count=f"{count:,}", pairs=f"{total:,}", share=share(count, total)
        )
        yield replace(fault, message=f"{' and '.join(affected)}: {text}")


def _one_for_each_reason(faults: Sequence[Fault]) -> Iterator[Fault]:
    """The faults, of which overlaps of one reason are one, whichever side was found."""
    overlaps: dict[str, Fault] = {}
    for fault in faults:
        if fault.kind != "overlap":
            yield fault
        elif other := overlaps.get(fault.reason):
            examples = sorted((*other.examples, *fault.examples), key=lambda example: example.line)
            first = min((other, fault), key=lambda one: one.line or 0)
            overlaps[fault.reason] = replace(
                first, count=other.count + fault.count, examples=tuple(examples[:EXAMPLES])
            )
        else:
            overlaps[fault.reason] = fault
    yield from overlaps.values()
