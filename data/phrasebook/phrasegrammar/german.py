"""German inflection: articles, adjective endings, noun cases and verb forms."""

from __future__ import annotations

from dataclasses import dataclass, field

CASES = ("nom", "acc", "dat", "gen")
CELLS = ("m", "f", "n", "pl")

_DEFINITE = {
    "nom": ("der", "die", "das", "die"),
    "acc": ("den", "die", "das", "die"),
    "dat": ("dem", "der", "dem", "den"),
    "gen": ("des", "der", "des", "der"),
}
_RELATIVE = {**_DEFINITE, "dat": ("dem", "der", "dem", "denen")}
_STRONG = {
    "nom": ("er", "e", "es", "e"),
    "acc": ("en", "e", "es", "e"),
    "dat": ("em", "er", "em", "en"),
    "gen": ("es", "er", "es", "er"),
}
_POSSESSIVE = {**_STRONG, "nom": ("", "e", "", "e"), "acc": ("en", "e", "", "e")}
_MIXED = {
    "nom": ("er", "e", "es", "en"),
    "acc": ("en", "e", "es", "en"),
    "dat": ("en", "en", "en", "en"),
    "gen": ("en", "en", "en", "en"),
}
_WEAK = {
    "nom": ("e", "e", "e", "en"),
    "acc": ("en", "e", "e", "en"),
    "dat": ("en", "en", "en", "en"),
    "gen": ("en", "en", "en", "en"),
}
_BARE = {**_STRONG, "gen": ("en", "er", "en", "er")}
_EIN_WORDS = ("ein", "kein", "mein", "dein", "sein", "ihr", "Ihr", "unser", "euer")
_DIES_WORDS = {"dieser": "dies", "jeder": "jed", "welcher": "welch"}
_PERSONS = ("ich", "du", "er", "wir", "ihr", "sie")
_SIBILANTS = ("s", "ß", "z", "x")


def _cell(table: dict[str, tuple[str, ...]], case: str, cell: str) -> str:
    return table[case][CELLS.index(cell)]


def article(determiner: str, case: str, cell: str) -> str:
    """The form of an article, possessive or numeral before a noun ('' for bare nouns)."""
    if determiner == "der":
        return _cell(_DEFINITE, case, cell)
    if determiner in _DIES_WORDS:
        return _DIES_WORDS[determiner] + _cell(_STRONG, case, cell)
    if determiner in _EIN_WORDS:
        ending = _cell(_POSSESSIVE, case, cell)
        return ("eur" if determiner == "euer" and ending else determiner) + ending
    return determiner


def relative_pronoun(case: str, cell: str) -> str:
    """The relative pronoun that agrees with its noun: der, die, das, dem ..."""
    return _cell(_RELATIVE, case, cell)


def adjective(stem: str, determiner: str, case: str, cell: str) -> str:
    """An attributive adjective with its strong, weak or mixed ending."""
    if determiner == "der" or determiner in _DIES_WORDS:
        table = _WEAK
    elif determiner in _EIN_WORDS:
        table = _MIXED
    else:
        table = _BARE
    return stem + _cell(table, case, cell)


def noun(singular: str, plural: str, weak: bool, case: str, cell: str) -> str:
    """A noun in the given case; weak masculine nouns take -en outside the nominative."""
    if cell == "pl":
        return plural if case != "dat" or plural[-1] in "ns" else plural + "n"
    if weak and case != "nom":
        return plural
    if case != "gen" or cell == "f":
        return singular
    short = sum(1 for a, b in zip(" " + singular, singular, strict=False) if _starts_vowel(a, b))
    return singular + ("es" if singular.endswith(_SIBILANTS) or short == 1 else "s")


def _starts_vowel(before: str, letter: str) -> bool:
    vowels = "aeiouäöüyAEIOUÄÖÜ"
    return letter in vowels and before not in vowels


@dataclass
class Verb:
    """A German verb: `particle` is the separable part ('ein' in 'ein|kaufen')."""

    infinitive: str
    particle: str = ""
    third: str = ""
    second: str = ""
    auxiliary: str = "haben"
    participle: str = ""
    table: dict[str, list[str]] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The infinitive without -en or -n."""
        return self.infinitive[: -2 if self.infinitive.endswith("en") else -1]

    def _needs_e(self) -> bool:
        stem = self.stem
        hard = stem[-1] in "mn" and stem[-2] not in "aeiouäöülrhmn"
        return stem[-1] in "td" or hard

    def finite(self, person: str, tense: str = "pres") -> str:
        """The finite form without its particle, e.g. finite('er') -> 'kauft'."""
        index = _PERSONS.index(person)
        if tense in self.table:
            return self.table[tense][index]
        if tense != "pres":
            raise KeyError(f"the verb {self.infinitive} has no {tense} forms")
        regular_third = self.stem + ("et" if self._needs_e() else "t")
        third = self.third or regular_third
        if person in ("wir", "sie"):
            return self.infinitive
        if person == "ich":
            return (self.stem[:-2] + "l" if self.stem.endswith("el") else self.stem) + "e"
        if person == "ihr":
            return regular_third
        if person == "du":
            base = third[:-1]
            return self.second or base + ("t" if base.endswith(_SIBILANTS) else "st")
        return third

    def imperative(self) -> str:
        """The du imperative without its particle: kauf, warte, nimm."""
        if self.third and "i" in self.third and "i" not in self.stem:
            return self.third if self.stem.endswith("t") else self.third[:-1]
        if self._needs_e() or self.stem.endswith(("el", "er", "ig")):
            return self.finite("ich")
        return self.stem

    @property
    def full_infinitive(self) -> str:
        """The infinitive with its particle: einkaufen."""
        return self.particle + self.infinitive

    @property
    def zu_infinitive(self) -> str:
        """The infinitive with zu: einzukaufen, zu lesen."""
        if self.particle:
            return f"{self.particle}zu{self.infinitive}"
        return f"zu {self.infinitive}"
