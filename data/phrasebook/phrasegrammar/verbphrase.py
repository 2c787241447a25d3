"""Verb phrases such as 'einen Apfel essen = eat an apple' in every form a clause needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .english import EnglishVerb
from .entries import Item, Literal, RejectedError, Rule
from .german import Verb
from .values import NounPhrase, PronounValue, Value


class Not(Value):
    """The argument 'not' of a verb phrase: it puts nicht or kein into the German clause."""


def _clashes(subject: Value, other: Value) -> bool:
    """'I see me' and 'you help you' need a reflexive; such sentences are not made."""
    return (
        isinstance(other, PronounValue) and subject.person == other.person and subject.person != 3
    )


@dataclass(frozen=True)
class VerbPhrase(Value):
    """A verb with its complement; `slots` holds the chosen values of the rule."""

    rule: Rule
    slots: Mapping[str, Value]
    verb: Verb
    auxiliary: Verb
    english: EnglishVerb

    def de(self, form: str, arguments: Sequence[Value]) -> str:
        """Forms: v, aux, paux, imp (verb alone); rest, last, inf, zu, pp (with complement)."""
        if not arguments:
            raise KeyError(f"{self.rule.where}: the form '{form}' needs a subject")
        subject = arguments[0]
        person = subject.german_person()
        if form == "v":
            return self.verb.finite(person)
        if form in ("aux", "paux"):
            return self.auxiliary.finite(person, "pres" if form == "aux" else "past")
        if form == "imp":
            return self.verb.imperative()
        ends = {
            "rest": self.verb.particle,
            "last": self.verb.particle + self.verb.finite(person),
            "inf": self.verb.full_infinitive,
            "zu": self.verb.zu_infinitive,
            "pp": self.verb.participle,
        }
        return " ".join(filter(None, [*self._middle(arguments), ends[form]]))

    def _middle(self, arguments: Sequence[Value]) -> list[str]:
        """The complement with adverbs and negation in their places."""
        subject, *others = arguments
        negated = any(isinstance(value, Not) for value in others)
        adverbs = [value.de("", ()) for value in others if not isinstance(value, Not)]
        words: list[str] = []
        light = 0  # pronouns stay before the adverbs
        mark: int | None = None
        for part in self.rule.de:
            if isinstance(part, Literal) and part.text == "~":
                mark = len(words)
                continue
            text, is_light = self._part(part, subject, negated and mark is None)
            if text.startswith("kein") and negated and mark is None:
                negated = False
            if is_light and light == len(words):
                light += 1
            words.append(text)
        if negated:
            words.insert(len(words) if mark is None else mark, "nicht")
        return words[:light] + adverbs + words[light:]

    def _part(self, part: Literal | Item, subject: Value, to_kein: bool) -> tuple[str, bool]:
        if isinstance(part, Literal):
            if part.text in ("sich", "sich.dat"):
                case = "dat" if part.text.endswith("dat") else "acc"
                return subject.reflexive(case)[0], True
            return part.text, False
        value = self.slots[part.head]
        if _clashes(subject, value):
            raise RejectedError("the object repeats the subject")
        if to_kein and isinstance(value, NounPhrase) and value.can_be_kein():
            return value.with_determiner("kein", part.form or "nom", [subject]), False
        return value.de(part.form, [subject]), isinstance(value, PronounValue)

    def en(self, form: str, arguments: Sequence[Value]) -> str:
        """Forms: v, past (finite), inf, ing, pp; each with its complement."""
        if not arguments:
            raise KeyError(f"{self.rule.where}: the form '{form}' needs a subject")
        subject = arguments[0]
        singular = not subject.plural
        first, third = subject.person == 1 and singular, subject.person == 3 and singular
        verb = self.english
        forms = {
            "v": verb.finite(first, third),
            "past": verb.finite(first, third, past=True),
            "inf": verb.base,
            "ing": verb.progressive(),
            "pp": verb.past_participle(),
        }
        words = [forms[form]]
        for part in self.rule.en:
            if isinstance(part, Item):
                words.append(self.slots[part.head].en(part.form or "obj", [subject]))
            elif part.text == "self":
                words.append(subject.reflexive("acc")[1])
            elif part.text == "own":
                words.append(subject.possessive()[1])
            else:
                words.append(part.text)
        return " ".join(words)
