"""Expands sentence patterns into random sentence pairs."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from .entries import (
    Adjective,
    Choice,
    Entry,
    Grammar,
    GrammarError,
    Item,
    Literal,
    Name,
    Noun,
    Pair,
    Pattern,
    Place,
    Pronoun,
    RejectedError,
    Rule,
    Slots,
    Template,
)
from .values import AdjectiveValue, NameValue, NounPhrase, PlainValue, PronounValue, Value
from .verbphrase import Not, VerbPhrase

_POSSESSORS = {
    "mein": ("mein", "mein", "dein", "unser"),
    "own": ("mein", "dein"),
    "mine": ("mein", "unser"),
}
_CANDIDATES = 3


@dataclass(frozen=True)
class Sentence:
    """A sentence pair, the pattern it comes from and the grammar lines it uses."""

    de: str
    en: str
    pattern: str
    used: tuple[str, ...]


_CONTRACTIONS = {
    "in dem": "im",
    "an dem": "am",
    "von dem": "vom",
    "zu dem": "zum",
    "bei dem": "beim",
    "zu der": "zur",
    "in das": "ins",
}
_CONTRACTIBLE = re.compile(r"\b(?:" + "|".join(_CONTRACTIONS) + r")\b", re.IGNORECASE)


def contract(text: str) -> str:
    """in dem -> im, zu der -> zur; a capital at the beginning stays."""
    return _CONTRACTIBLE.sub(_contracted, text)


def _contracted(match: re.Match[str]) -> str:
    short = _CONTRACTIONS[match.group(0).lower()]
    return short.capitalize() if match.group(0)[0].isupper() else short


def tidy(text: str) -> str:
    """Close the gaps before punctuation and begin with a capital letter."""
    for mark in ".,!?":
        text = text.replace(f" {mark}", mark)
    text = " ".join(text.split())
    return text[:1].upper() + text[1:]


class Expander:
    """Draws sentences; words used less often so far are preferred."""

    def __init__(self, grammar: Grammar, seed: int) -> None:
        self.grammar = grammar
        self.random = random.Random(seed)
        self.uses: Counter[str] = Counter()
        self._used: list[str] = []

    def pick(self, count: int) -> int:
        """A random number below `count`; random() alone is stable across Python versions."""
        return int(self.random.random() * count)

    def draw(self, pattern: Pattern) -> Sentence:
        """One random sentence of the pattern; raises RejectedError for a bad combination."""
        self._used = []
        values = self._fill(pattern.slots)
        try:
            de = tidy(contract(self._render(pattern.de, values, german=True)))
            en = tidy(self._render(pattern.en, values, german=False))
        except (KeyError, ValueError, IndexError) as error:
            raise GrammarError(f"{pattern.where}: {error}") from error
        return Sentence(de, en, pattern.name, tuple(self._used))

    def accept(self, sentence: Sentence) -> None:
        """Count the words of a sentence that goes into the corpus."""
        self.uses.update(sentence.used)

    def _fill(self, slots: Slots) -> dict[str, Value]:
        return {
            name: self._value(choices[self.pick(len(choices))]) for name, choices in slots.items()
        }

    def _member(self, name: str) -> Entry | Rule:
        """A member of a class: the least used of a few random candidates."""
        members = self.grammar.classes[name]
        candidates = [members[self.pick(len(members))] for _ in range(_CANDIDATES)]
        member = min(candidates, key=lambda candidate: self.uses[candidate.where])
        if member.where in self._used:
            raise RejectedError(f"{member.where} is used twice")
        self._used.append(member.where)
        return member

    def _value(self, choice: Choice) -> Value:
        if choice.name in self.grammar.defines:
            choices = self.grammar.defines[choice.name]
            return self._value(choices[self.pick(len(choices))])
        member = self._member(choice.name)
        if choice.determiner != "-":
            return self._noun_phrase(choice, member)
        if isinstance(member, Rule):
            return self._phrase(member)
        if isinstance(member, Pronoun):
            return PronounValue(member)
        if isinstance(member, Name):
            return NameValue(member)
        if isinstance(member, Adjective):
            return AdjectiveValue(member)
        if isinstance(member, Pair | Place):
            return PlainValue(member)
        raise GrammarError(f"{member.where}: the class '{choice.name}' needs a determiner")

    def _phrase(self, rule: Rule) -> Value:
        values = self._fill(rule.slots)
        if rule.verb_de:
            entry = self.grammar.verbs[rule.verb_de]
            self._used.append(entry.where)
            auxiliary = self.grammar.verbs[entry.verb.auxiliary].verb
            english = self.grammar.english_verbs[rule.verb_en]
            return VerbPhrase(rule, values, entry.verb, auxiliary, english)
        de = self._render(rule.de, values, german=True)
        en = self._render(rule.en, values, german=False)
        return PlainValue(Pair(rule.where, de, en))

    def _noun_phrase(self, choice: Choice, member: Entry | Rule) -> NounPhrase:
        noun = member.noun if isinstance(member, Place) else member
        if not isinstance(noun, Noun):
            raise GrammarError(f"{member.where}: '{choice.name}' takes no determiner")
        determiner, numeral, plural = choice.determiner, None, choice.plural
        if determiner in _POSSESSORS:
            possessors = _POSSESSORS[determiner]
            determiner = possessors[self.pick(len(possessors))]
        if determiner == "number":
            numeral, determiner, plural = self._member("count"), "", True
        adjective = self._member(choice.adjective) if choice.adjective else None
        if plural and not noun.plural_de:
            raise GrammarError(f"{member.where}: '{noun.de}' has no plural")
        determiner = "" if determiner == "bare" else determiner
        if not plural and not noun.plural_de and determiner == "ein":
            determiner = ""
        return NounPhrase(noun, determiner, adjective, plural, numeral)

    def _render(self, template: Template, values: Mapping[str, Value], german: bool) -> str:
        words = []
        for part in template:
            if isinstance(part, Literal):
                words.append(part.text)
                continue
            arguments = [Not() if name == "not" else values[name] for name in part.arguments]
            if part.head not in values:
                words.append(self._finite(part, arguments[0], german))
            elif german:
                words.append(values[part.head].de(part.form, arguments))
            else:
                words.append(values[part.head].en(part.form, arguments))
        return " ".join(filter(None, words))

    def _finite(self, item: Item, subject: Value, german: bool) -> str:
        """A finite verb named in the template: {wohnen S}, {sein.past S}, {do.not S}."""
        if german:
            entry = self.grammar.verbs[item.head]
            self._used.append(entry.where)
            return entry.verb.finite(subject.german_person(), item.form or "pres")
        verb = self.grammar.english_verbs[item.head]
        singular = not subject.plural
        first, third = subject.person == 1 and singular, subject.person == 3 and singular
        past = item.form.startswith("past")
        if item.form.endswith("not"):
            return verb.negative(first, third, past)
        return verb.finite(first, third, past)
