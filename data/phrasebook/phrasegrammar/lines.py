"""Reads single lines of the lexicon into entries."""

from __future__ import annotations

import re

from . import english
from .entries import Adjective, GrammarError, Name, Noun, Pair, Place, Pronoun, VerbEntry
from .german import Verb

_GENDERS = {"der": "m", "die": "f", "das": "n"}
_NOUN = re.compile(r"^(der|die|das) (.+?)(\*?), (.+)$")
_ADJECTIVE = re.compile(r"^(\w+)(?: \((\w+)-\))?(?:, (\w+)(?:, (\w+))?)?$")
_VERB = re.compile(r"^(?:(\w+)\|)?(\w+)(?: (\w+))?(?: (\w+))?, (hat|ist) (\w+)$")


def _sides(text: str, where: str) -> tuple[str, str]:
    german, equals, english_side = text.partition("=")
    if not equals or not german.strip() or not english_side.strip():
        raise GrammarError(f"{where}: expected 'German = English'")
    return german.strip(), english_side.strip()


def read_noun(text: str, where: str) -> Noun:
    """'der Apfel, Äpfel = apple'; 'der Reis, - = rice'; 'der Student*, ...' is a weak noun."""
    german, english_side = _sides(text, where)
    match = _NOUN.match(german)
    if not match:
        raise GrammarError(f"{where}: expected 'der/die/das Singular, Plural = English'")
    article, singular, star, plural = match.groups()
    word, _, plural_en = (part.strip() for part in english_side.partition(","))
    mass = plural == "-"
    plural_en = "" if mass else plural_en or english.plural(word)
    plural_de = "" if mass else plural
    return Noun(where, singular, word, _GENDERS[article], plural_de, plural_en, bool(star))


def read_place(text: str, defaults: str, where: str) -> Place:
    """'das Kino, Kinos = cinema | ins = to the | im = at the | aus dem = from the'."""
    head, _, forms = text.partition("|")
    pairs = [_sides(part, where) for part in (forms or defaults).split("|")]
    german, english_side = _sides(head, where)
    if not _NOUN.match(german):
        full = tuple((f"{de} {german}", f"{en} {english_side}") for de, en in pairs)
        return Place(where, german, english_side, full, None)
    noun = read_noun(head, where)
    full = tuple((f"{de} {noun.de}", f"{en} {noun.en}") for de, en in pairs)
    return Place(where, noun.de, noun.en, full, noun)


def read_adjective(text: str, where: str) -> Adjective:
    """'alt, älter, ältest = old, older, oldest'; 'teuer (teur-) = expensive'."""
    german, english_side = _sides(text, where)
    match = _ADJECTIVE.match(german)
    if not match:
        raise GrammarError(f"{where}: expected 'adjective (stem-), comparative, superlative-'")
    word, stem, comparative, superlative = match.groups()
    stem = stem or word
    forms = [part.strip() for part in english_side.split(",")]
    base = forms[0]
    more, most = (forms[1], forms[2]) if len(forms) == 3 else (f"more {base}", f"most {base}")
    return Adjective(
        where, word, base, stem, comparative or stem + "er", more, superlative or word + "st", most
    )


def read_pair(text: str, where: str) -> Pair:
    """'morgen = tomorrow'."""
    return Pair(where, *_sides(text, where))


def read_name(text: str, where: str) -> Name:
    """'Anna, f = Anna'."""
    german, english_side = _sides(text, where)
    name, _, gender = (part.strip() for part in german.partition(","))
    if gender not in ("m", "f"):
        raise GrammarError(f"{where}: a name needs its gender, m or f")
    return Name(where, name, english_side, gender)


def read_pronoun(text: str, where: str) -> Pronoun:
    """'ich mich mir mich mein, 1 = I me myself my'; 'wir ..., 1 plural = we us ourselves our'."""
    german, english_side = _sides(text, where)
    forms, _, features = german.partition(",")
    forms_de, forms_en, person = forms.split(), english_side.split(), features.split()
    if len(forms_de) != 5 or len(forms_en) != 4 or not person:
        raise GrammarError(f"{where}: a pronoun needs five German and four English forms")
    return Pronoun(
        where,
        forms_de[0],
        forms_en[0],
        tuple(forms_de),
        tuple(forms_en),
        int(person[0]),
        "plural" in person,
    )


def read_verb(text: str, where: str) -> VerbEntry:
    """'an|rufen, hat angerufen = call'; 'essen isst, hat gegessen = eat ate eaten'."""
    german, _, english_side = (part.strip() for part in text.partition("="))
    forms = english_side.split()
    if not 1 <= len(forms) <= 3:
        raise GrammarError(f"{where}: expected one to three English forms")
    english_verb = english.EnglishVerb(*forms)
    if not german:
        return VerbEntry(where, "", forms[0], Verb(""), english_verb)
    match = _VERB.match(german)
    if not match:
        raise GrammarError(f"{where}: expected 'infinitive er-form, hat/ist participle = English'")
    particle, infinitive, third, second, auxiliary, participle = match.groups()
    verb = Verb(
        infinitive,
        particle or "",
        third or "",
        second or "",
        "haben" if auxiliary == "hat" else "sein",
        participle,
    )
    lemma = f"{particle}|{infinitive}" if particle else infinitive
    return VerbEntry(where, lemma, forms[0], verb, english_verb)
