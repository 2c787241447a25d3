"""What a grammar is made of: lexical entries, phrase rules and sentence patterns."""

from __future__ import annotations

from dataclasses import dataclass, field

from .english import EnglishVerb
from .german import Verb


class GrammarError(Exception):
    """A mistake in a grammar file; the message begins with file:line."""


class RejectedError(Exception):
    """One random choice that does not make a sensible sentence; the generator tries again."""


@dataclass(frozen=True)
class Entry:
    """A line of the lexicon; `where` is its file:line and serves as its identity."""

    where: str
    de: str
    en: str


@dataclass(frozen=True)
class Noun(Entry):
    """A noun; a noun without plural (plural_de == '') is a mass noun."""

    gender: str
    plural_de: str
    plural_en: str
    weak: bool


@dataclass(frozen=True)
class Place(Entry):
    """A place with its fixed phrases: forms[0] where to, forms[1] where, forms[2] from where."""

    forms: tuple[tuple[str, str], ...]
    noun: Noun | None


@dataclass(frozen=True)
class Adjective(Entry):
    """An adjective with its stem (teuer, teur-), comparative and superlative."""

    stem: str
    comparative_de: str
    comparative_en: str
    superlative_de: str
    superlative_en: str


@dataclass(frozen=True)
class Pair(Entry):
    """An uninflected word or phrase."""


@dataclass(frozen=True)
class Name(Entry):
    """A person's name with its gender."""

    gender: str


@dataclass(frozen=True)
class Pronoun(Entry):
    """A personal pronoun: forms_de are nom, acc, dat, reflexive, possessive."""

    forms_de: tuple[str, ...]
    forms_en: tuple[str, ...]
    person: int
    plural: bool


@dataclass(frozen=True)
class VerbEntry(Entry):
    """A verb of the lexicon."""

    verb: Verb
    english: EnglishVerb


@dataclass(frozen=True)
class Literal:
    """Fixed text in a template."""

    text: str


@dataclass(frozen=True)
class Item:
    """A hole in a template: {head.form argument argument}."""

    head: str
    form: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """One alternative of a slot: a determiner, an adjective class and a noun class."""

    name: str
    determiner: str = ""
    adjective: str = ""
    plural: bool = False


Template = tuple[Literal | Item, ...]
Slots = dict[str, tuple[Choice, ...]]


@dataclass(frozen=True)
class Rule:
    """A phrase rule: a German and an English template that share their slots."""

    where: str
    slots: Slots
    de: Template
    en: Template
    verb_de: str = ""
    verb_en: str = ""


@dataclass(frozen=True)
class Pattern:
    """A sentence pattern; `weight` says how many turns it gets in each round."""

    where: str
    name: str
    weight: float
    slots: Slots
    de: Template
    en: Template


@dataclass
class Grammar:
    """Everything the files under lexicon/ and patterns/ say."""

    classes: dict[str, list[Entry | Rule]] = field(default_factory=dict)
    defines: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    verbs: dict[str, VerbEntry] = field(default_factory=dict)
    english_verbs: dict[str, EnglishVerb] = field(default_factory=dict)
    patterns: list[Pattern] = field(default_factory=list)

    def entries(self) -> list[Entry]:
        """Every lexical entry once, in file order."""
        found: dict[str, Entry] = {entry.where: entry for entry in self.verbs.values()}
        for members in self.classes.values():
            for member in members:
                if isinstance(member, Entry):
                    found[member.where] = member
        return list(found.values())

    def phrases(self) -> list[Rule]:
        """Every phrase rule once, in file order."""
        found = {m.where: m for ms in self.classes.values() for m in ms if isinstance(m, Rule)}
        return list(found.values())
