"""Chosen words and noun phrases: each knows its German and its English forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import english, german
from .entries import Adjective, Name, Noun, Pair, Place, Pronoun, RejectedError

_PLACE_FORMS = ("to", "at", "from")
_EN_POSSESSIVE = {
    "mein": "my",
    "dein": "your",
    "unser": "our",
    "euer": "your",
    "Ihr": "your",
}
_EN_SINGULAR = {"der": "the", "dieser": "this", "jeder": "every", "welcher": "which"}
_EN_PLURAL = {"der": "the", "dieser": "these", "viele": "many", "welcher": "which"}


class Value:
    """What fills a slot. Persons agree with verbs; other values never serve as subjects."""

    person = 3
    plural = False
    gender = "n"

    def de(self, form: str, arguments: Sequence[Value]) -> str:
        """The German text in the given form."""
        raise NotImplementedError

    def en(self, form: str, arguments: Sequence[Value]) -> str:
        """The English text in the given form."""
        raise NotImplementedError

    def german_person(self) -> str:
        """The row of the conjugation table that this subject takes."""
        if self.plural:
            return ("wir", "ihr", "sie")[self.person - 1]
        return ("ich", "du", "er")[self.person - 1]

    def reflexive(self, case: str) -> tuple[str, str]:
        """sich with its English counterpart."""
        if self.plural:
            return "sich", "themselves"
        return "sich", "herself" if self.gender == "f" else "himself"

    def pronoun_pair(self) -> tuple[str, str]:
        """The pronoun that takes up this person again: (er, he), (sie, she), (sie, they)."""
        if self.plural:
            return "sie", "they"
        return {"m": ("er", "he"), "f": ("sie", "she"), "n": ("es", "it")}[self.gender]

    def possessive(self) -> tuple[str, str]:
        """The possessive that refers back to this subject: (sein, his), (ihr, her) ..."""
        if self.plural:
            return "ihr", "their"
        if self.gender == "n":
            raise RejectedError("a neuter possessor")
        return ("ihr", "her") if self.gender == "f" else ("sein", "his")


@dataclass(frozen=True)
class PlainValue(Value):
    """An uninflected word or phrase."""

    pair: Pair | Place

    def de(self, form: str, arguments: Sequence[Value]) -> str:
        """The word, or the phrase of a place: to, at, from."""
        return self._text(form, 0)

    def en(self, form: str, arguments: Sequence[Value]) -> str:
        """The word, or the phrase of a place: to, at, from."""
        return self._text(form, 1)

    def _text(self, form: str, side: int) -> str:
        if form in ("", "obj"):
            return (self.pair.de, self.pair.en)[side]
        if not isinstance(self.pair, Place) or form not in _PLACE_FORMS:
            raise KeyError(f"{self.pair.where}: there is no form '{form}'")
        return self.pair.forms[_PLACE_FORMS.index(form)][side]


@dataclass(frozen=True)
class NameValue(Value):
    """A person's name."""

    name: Name

    @property
    def gender(self) -> str:  # type: ignore[override]
        """m or f."""
        return self.name.gender

    def de(self, form: str, arguments: Sequence[Value]) -> str:
        """The name; the genitive takes -s; 'pro' is er or sie."""
        if form == "pro":
            return self.pronoun_pair()[0]
        name = self.name.de
        if form in ("acc", "dat", "gen") and name.startswith("Herr "):
            name = name.replace("Herr", "Herrn", 1)
        return name + ("s" if form == "gen" else "")

    def en(self, form: str, arguments: Sequence[Value]) -> str:
        """The name; the genitive takes 's; 'pro' is he or she."""
        if form == "pro":
            return self.pronoun_pair()[1]
        return self.name.en + ("'s" if form == "gen" else "")


@dataclass(frozen=True)
class PronounValue(Value):
    """A personal pronoun."""

    pronoun: Pronoun

    @property
    def person(self) -> int:  # type: ignore[override]
        """1, 2 or 3; the polite Sie counts as 2."""
        return self.pronoun.person

    @property
    def plural(self) -> bool:  # type: ignore[override]
        """Whether it takes a plural verb."""
        return self.pronoun.plural

    def german_person(self) -> str:
        """The polite Sie takes the verb of the third person plural."""
        return "sie" if self.pronoun.de == "Sie" else super().german_person()

    def de(self, form: str, arguments: Sequence[Value]) -> str:
        """The form of a case."""
        case = "nom" if form in ("", "pro") else form
        return self.pronoun.forms_de[("nom", "acc", "dat").index(case)]

    def en(self, form: str, arguments: Sequence[Value]) -> str:
        """'obj' (or a German case) gives me, him ...; otherwise I, he ..."""
        if form == "gen":
            return self.pronoun.forms_en[3]
        return self.pronoun.forms_en[0 if form in ("", "pro") else 1]

    def reflexive(self, case: str) -> tuple[str, str]:
        """mich/mir, dich/dir, sich ..."""
        reflexive = self.pronoun.forms_de[3]
        own = reflexive if reflexive == "sich" or case == "acc" else self.pronoun.forms_de[2]
        return own, self.pronoun.forms_en[2]

    def possessive(self) -> tuple[str, str]:
        """mein/my ..."""
        return self.pronoun.forms_de[4], self.pronoun.forms_en[3]


@dataclass(frozen=True)
class AdjectiveValue(Value):
    """A predicative adjective: plain, comparative ('comp') or superlative ('sup')."""

    adjective: Adjective

    def de(self, form: str, arguments: Sequence[Value]) -> str:
        """schnell, schneller, am schnellsten; 'stem' + ending for attributive use."""
        word = self.adjective
        table = {"": word.de, "comp": word.comparative_de, "sup": f"am {word.superlative_de}en"}
        return table[form]

    def en(self, form: str, arguments: Sequence[Value]) -> str:
        """fast, faster, fastest."""
        word = self.adjective
        table = {"comp": word.comparative_en, "sup": word.superlative_en}
        return table.get(form, word.en)


@dataclass(frozen=True)
class NounPhrase(Value):
    """Determiner, adjective and noun."""

    noun: Noun
    determiner: str
    adjective: Adjective | None = None
    plural: bool = False  # type: ignore[misc]
    numeral: Pair | None = None

    @property
    def gender(self) -> str:  # type: ignore[override]
        """The gender of the noun."""
        return self.noun.gender

    @property
    def cell(self) -> str:
        """The column of the inflection tables."""
        return "pl" if self.plural else self.noun.gender

    def can_be_kein(self) -> bool:
        """Whether negation turns this phrase into 'kein ...'."""
        return self.determiner in ("ein", "")

    def de(self, form: str, arguments: Sequence[Value]) -> str:
        """The phrase in a case; 'rel-acc' is its relative pronoun; 'noun' the bare word."""
        if form.startswith("rel-"):
            return german.relative_pronoun(form[4:], self.cell)
        if form == "noun":
            return self.noun.plural_de if self.plural else self.noun.de
        if form == "pro":
            return self.pronoun_pair()[0]
        return self.with_determiner(self.determiner, form or "nom", arguments)

    def with_determiner(self, determiner: str, case: str, arguments: Sequence[Value]) -> str:
        """The German phrase with another determiner; 'sein' refers to arguments[0]."""
        if determiner == "sein":
            determiner = arguments[0].possessive()[0]
        if determiner == "ein" and self.plural:
            determiner = ""
        article = german.article(determiner, case, self.cell)
        words = [self.numeral.de if self.numeral else article]
        if self.adjective:
            words.append(german.adjective(self.adjective.stem, determiner, case, self.cell))
        noun = self.noun
        words.append(german.noun(noun.de, noun.plural_de, noun.weak, case, self.cell))
        return " ".join(filter(None, words))

    def en(self, form: str, arguments: Sequence[Value]) -> str:
        """The English phrase; 'gen' adds 's; 'noun' is the bare word."""
        noun = self.noun.plural_en if self.plural else self.noun.en
        if form == "noun":
            return noun
        if form == "pro":
            return self.pronoun_pair()[1]
        if form == "gen":
            noun += "'" if self.plural and noun.endswith("s") else "'s"
        words = [self.adjective.en] if self.adjective else []
        words.append(noun)
        return " ".join(filter(None, [self._english_determiner(words[0], arguments), *words]))

    def _english_determiner(self, following: str, arguments: Sequence[Value]) -> str:
        if self.numeral:
            return self.numeral.en
        if self.determiner == "sein":
            return arguments[0].possessive()[1]
        if self.determiner in _EN_POSSESSIVE:
            return _EN_POSSESSIVE[self.determiner]
        if self.determiner in ("ein", "kein"):
            countable = bool(self.noun.plural_de) and not self.plural
            return english.indefinite_article(following) if countable else ""
        return (_EN_PLURAL if self.plural else _EN_SINGULAR).get(self.determiner, "")
