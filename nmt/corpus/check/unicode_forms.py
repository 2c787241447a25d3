"""Lines in another Unicode form than the rest of their side: "é" as one character, or as two.

A side wholly in one form is sound, whichever it is. In a mixed one the same word is spelled in two
ways that look alike, and a model learns it twice.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nmt.corpus.check.fault import Finding, Side
from nmt.corpus.sentence_pair import SentencePair

Form = Literal["composed", "decomposed"]
AROUND = 6  # characters shown on either side of one


@dataclass(frozen=True, slots=True)
class FormProfile:
    """The usual form of each side; None where no line shows one."""

    source: Form | None
    target: Form | None


def learn_forms(
    sample: Sequence[SentencePair], languages: tuple[str | None, str | None]
) -> FormProfile:
    """The form of most lines of each side, from some pairs; the languages are not needed."""
    return FormProfile(
        _usual([pair.source for pair in sample]), _usual([pair.target for pair in sample])
    )


def find_form_faults(pair: SentencePair, profile: FormProfile) -> list[Finding]:
    """Sides in another form than the rest of the corpus (`unicode_form`)."""
    source, target, _ = pair
    findings: list[Finding] = []
    if not source.isascii():
        findings.extend(_of_side(source, profile.source, "source"))
    if not target.isascii():
        findings.extend(_of_side(target, profile.target, "target"))
    return findings


def _of_side(text: str, usual: Form | None, side: Side) -> list[Finding]:
    """The finding of one side."""
    if usual == "decomposed":
        # A text that composes is decomposed; one of base letters alone has no form.
        if _form(text) != "composed":
            return []
        return [Finding("unicode_form", "composed", side, _show(text, "NFD"))]
    if unicodedata.is_normalized("NFC", text) or _form(text) != "decomposed":
        return []
    return [Finding("unicode_form", "decomposed", side, _show(text, "NFC"))]


def _usual(lines: Sequence[str]) -> Form | None:
    """The form of most lines that have one."""
    forms = [_form(line) for line in lines if not line.isascii()]
    composed, decomposed = forms.count("composed"), forms.count("decomposed")
    if not composed and not decomposed:
        return None
    return "decomposed" if decomposed > composed else "composed"


def _form(text: str) -> Form | None:
    """Whether a line has letters and marks that would be one character, or such characters.

    Characters that NFC replaces by others, such as the compatibility ideographs, are no question
    of form.
    """
    if len(unicodedata.normalize("NFC", text)) < len(text):
        return "decomposed"
    return None if unicodedata.is_normalized("NFD", text) else "composed"


def _show(text: str, form: Literal["NFC", "NFD"]) -> str:
    """The first place where the other form differs, by its code points."""
    other = unicodedata.normalize(form, text)
    at = next(
        (i for i, (one, two) in enumerate(zip(text, other, strict=False)) if one != two),
        min(len(text), len(other)) - 1,
    )
    start = at - 1 if form == "NFC" and at and unicodedata.combining(text[at]) else at
    size = 2 if form == "NFC" else 1
    points = " ".join(f"U+{ord(one):04X}" for one in text[start : start + size])
    around = text[max(0, start - AROUND) : start + AROUND]
    return f'{points} in "{around}"'
