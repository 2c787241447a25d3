"""Reads the files of a grammar folder; every mistake is reported with file and line."""

from __future__ import annotations

import re
from pathlib import Path

from . import lines
from .entries import Entry, Grammar, GrammarError, Item, Pattern, Rule, Slots, VerbEntry
from .german import Verb
from .notation import check_heads, parse_choices, parse_template

_HEADING = re.compile(r"^\[(\w+)(?::\s*([^\]|]*))?(?:\|([^\]]*))?\]$")
_LEXICAL = {
    "noun": lines.read_noun,
    "adjective": lines.read_adjective,
    "pair": lines.read_pair,
    "name": lines.read_name,
    "pronoun": lines.read_pronoun,
}
_KINDS = (*_LEXICAL, "place", "verb", "irregular", "phrase", "vp", "define", "pattern")


class _Reader:
    """Reads one file after the other into a grammar."""

    def __init__(self) -> None:
        self.grammar = Grammar()
        self.kind = ""
        self.names: list[str] = []
        self.class_kinds: dict[str, str] = {}
        self.defaults = ""
        self.block: dict[str, str] = {}
        self.block_where = ""

    def read_file(self, path: Path) -> None:
        """Read one file; a heading holds until the next one."""
        self.kind = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            text = line.split("#")[0].strip()
            where = f"{path.name}:{number}"
            if text.startswith("["):
                self._close_pattern()
                self._open_section(text, where)
            elif text:
                self._read_line(text, where)
        self._close_pattern()

    def _open_section(self, text: str, where: str) -> None:
        match = _HEADING.match(text)
        if not match or match.group(1) not in _KINDS:
            raise GrammarError(f"{where}: cannot read the heading {text}")
        self.kind = match.group(1)
        self.names = (match.group(2) or "").split()
        self.defaults = match.group(3) or ""
        self.block, self.block_where = {}, where

    def _read_line(self, text: str, where: str) -> None:
        if self.kind in _LEXICAL:
            self._add(_LEXICAL[self.kind](text, where))
        elif self.kind == "place":
            self._add(lines.read_place(text, self.defaults, where))
        elif self.kind == "verb":
            self._add_verb(lines.read_verb(text, where))
        elif self.kind == "irregular":
            self._read_irregular(text, where)
        elif self.kind in ("phrase", "vp"):
            self._add(self._read_rule(text, where))
        elif self.kind in ("define", "pattern"):
            self._read_setting(text, where)
        else:
            raise GrammarError(f"{where}: this line stands before any [heading]")

    def _add(self, member: Entry | Rule) -> None:
        if not self.names:
            raise GrammarError(f"{member.where}: the heading above names no class")
        kind = "pair" if self.kind == "phrase" else self.kind
        for name in self.names:
            if self.class_kinds.setdefault(name, kind) != kind:
                raise GrammarError(
                    f"{member.where}: the class {name} already holds another kind of entry"
                )
            self.grammar.classes.setdefault(name, []).append(member)

    def _add_verb(self, entry: VerbEntry) -> None:
        if entry.de in self.grammar.verbs:
            raise GrammarError(f"{entry.where}: the verb {entry.de} is listed twice")
        if entry.de:
            self.grammar.verbs[entry.de] = entry
        known = self.grammar.english_verbs.get(entry.en)
        if known is None or not known.past:
            self.grammar.english_verbs[entry.en] = entry.english

    def _read_irregular(self, text: str, where: str) -> None:
        """'sein | pres: bin bist ... | past: war warst ...' completes a verb listed above."""
        lemma, *tables = [part.strip() for part in text.split("|")]
        if lemma not in self.grammar.verbs:
            raise GrammarError(f"{where}: the verb {lemma} is not listed")
        verb: Verb = self.grammar.verbs[lemma].verb
        for table in tables:
            tense, _, forms = table.partition(":")
            if len(forms.split()) != 6:
                raise GrammarError(f"{where}: {lemma} needs six {tense} forms")
            verb.table[tense.strip()] = forms.split()

    def _read_rule(self, text: str, where: str) -> Rule:
        german, equals, english = text.partition(" = ")
        if not equals:
            raise GrammarError(f"{where}: expected 'German = English'")
        verb_de = verb_en = ""
        if self.kind == "vp":
            german, _, verb_de = german.strip().rpartition(" ")
            verb_en, _, english = english.strip().partition(" ")
        slots: Slots = {}
        de = parse_template(german, slots, where)
        en = parse_template(english, slots, where)
        check_heads(de, slots, where)
        check_heads(en, slots, where)
        return Rule(where, slots, de, en, verb_de, verb_en)

    def _read_setting(self, text: str, where: str) -> None:
        """A 'name: value' line of a pattern, or 'name = choices' of a define section."""
        if self.kind == "define":
            name, equals, value = text.partition("=")
            if not equals:
                raise GrammarError(f"{where}: expected 'name = choices'")
            self.grammar.defines[name.strip()] = parse_choices(value, where)
            return
        name, colon, value = text.partition(":")
        if not colon or name in self.block:
            raise GrammarError(f"{where}: expected 'NAME: value', each NAME once")
        self.block[name.strip()] = value.strip()

    def _close_pattern(self) -> None:
        if self.kind != "pattern":
            return
        where, block, self.kind = self.block_where, dict(self.block), ""
        if "de" not in block or "en" not in block:
            raise GrammarError(f"{where}: a pattern needs a de: and an en: line")
        german, english = block.pop("de"), block.pop("en")
        weight = float(block.pop("weight", "1"))
        slots = {name: parse_choices(value, where) for name, value in block.items()}
        de = parse_template(german, slots, where)
        en = parse_template(english, slots, where)
        check_heads(de, slots, where)
        check_heads(en, slots, where)
        name = " ".join(self.names)
        if any(pattern.name == name for pattern in self.grammar.patterns):
            raise GrammarError(f"{where}: there are two patterns called '{name}'")
        self.grammar.patterns.append(Pattern(where, name, weight, slots, de, en))


def _check_choices(grammar: Grammar, slots: Slots, where: str) -> None:
    for choice in (choice for choices in slots.values() for choice in choices):
        for name in filter(None, (choice.name, choice.adjective)):
            if name not in grammar.classes and name not in grammar.defines:
                raise GrammarError(f"{where}: there is no class called '{name}'")


def _check_verbs(grammar: Grammar, rule: Rule | Pattern) -> None:
    if isinstance(rule, Rule) and rule.verb_de and rule.verb_de not in grammar.verbs:
        raise GrammarError(f"{rule.where}: the German verb '{rule.verb_de}' is not listed")
    if isinstance(rule, Rule) and rule.verb_en and rule.verb_en not in grammar.english_verbs:
        raise GrammarError(f"{rule.where}: the English verb '{rule.verb_en}' is not listed")
    for known, template in ((grammar.verbs, rule.de), (grammar.english_verbs, rule.en)):
        for part in template:
            if isinstance(part, Item) and part.head not in known and part.head[0].islower():
                raise GrammarError(f"{rule.where}: the verb '{part.head}' is not listed")


def read_grammar(folder: Path) -> Grammar:
    """Read lexicon/*.txt, then patterns/*.txt, and check that all names are known."""
    reader = _Reader()
    for path in sorted(folder.glob("lexicon/*.txt")) + sorted(folder.glob("patterns/*.txt")):
        reader.read_file(path)
    grammar = reader.grammar
    for rule in [*grammar.phrases(), *grammar.patterns]:
        _check_choices(grammar, rule.slots, rule.where)
        _check_verbs(grammar, rule)
    define_slots = {name: choices for name, choices in grammar.defines.items()}
    _check_choices(grammar, define_slots, "define")
    if not grammar.patterns:
        raise GrammarError(f"{folder}: there are no patterns here")
    return grammar
