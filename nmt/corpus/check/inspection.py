"""Everything that can be said of single pairs: all detectors, one after the other.

What a detector must know of the corpus beforehand is its profile, learnt from a sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from nmt.corpus.check.characters import find_characters
from nmt.corpus.check.fault import Finding
from nmt.corpus.check.language_profile import LanguageProfile, learn_languages
from nmt.corpus.check.languages import find_language
from nmt.corpus.check.lengths import (
    LengthProfile,
    LengthStatistics,
    find_length_faults,
    learn_lengths,
)
from nmt.corpus.check.markup import find_markup
from nmt.corpus.check.mojibake import find_mojibake
from nmt.corpus.check.numbers import find_number_mismatch
from nmt.corpus.check.overlap import OverlapIndex, Place, find_matches, finding
from nmt.corpus.check.placeholders import find_placeholder_mismatch
from nmt.corpus.check.scripts import ScriptProfile, find_scripts, learn_scripts
from nmt.corpus.check.trivial import find_trivial
from nmt.corpus.check.unicode_forms import FormProfile, find_form_faults, learn_forms
from nmt.corpus.sentence_pair import SentencePair

Languages = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Profiles:
    """What is usual in a corpus."""

    lengths: LengthProfile
    languages: LanguageProfile
    scripts: ScriptProfile
    forms: FormProfile


def learn_profiles(sample: Sequence[SentencePair], languages: Languages) -> Profiles:
    """Learn what is usual from some pairs; `languages` are those that the user named."""
    return Profiles(
        learn_lengths(sample, languages),
        learn_languages(sample, languages),
        learn_scripts(sample, languages),
        learn_forms(sample, languages),
    )


@dataclass(slots=True)
class Inspection:
    """What was found in a chunk."""

    found: dict[int, list[Finding]] = field(default_factory=dict)  # by place in the chunk
    overlaps: set[Place] = field(default_factory=set)
    lengths: LengthStatistics = field(default_factory=LengthStatistics)


@dataclass(frozen=True, slots=True)
class Inspector:
    """Looks at chunks of pairs of one corpus."""

    profiles: Profiles
    overlap: OverlapIndex | None = None  # of held-out data, for a training corpus

    def __call__(self, pairs: list[SentencePair]) -> Inspection:
        """Look at a chunk."""
        inspection = Inspection()
        inspection.lengths.add(pairs)
        for place, pair in enumerate(pairs):
            findings = self.find(pair)
            if self.overlap is not None:
                matches = find_matches(pair, self.overlap)
                inspection.overlaps.update(match.place for match in matches)
                # A pair whose sides are both in other pairs, and short, is one finding.
                of_reason = {match.place.reason: match for match in reversed(matches)}
                findings += map(finding, of_reason.values())
            if findings:
                inspection.found[place] = findings
        return inspection

    def find(self, pair: SentencePair) -> list[Finding]:
        """What is wrong with a pair by itself; of an empty side, nothing more can be said."""
        if findings := find_trivial(pair):
            return findings
        findings = find_length_faults(pair, self.profiles.lengths)
        findings += find_markup(pair)
        findings += find_placeholder_mismatch(pair)
        findings += find_number_mismatch(pair)
        findings += find_characters(pair)
        findings += find_mojibake(pair)
        findings += find_form_faults(pair, self.profiles.forms)
        findings += find_scripts(pair, self.profiles.scripts)
        findings += find_language(pair, self.profiles.languages)
        return findings
