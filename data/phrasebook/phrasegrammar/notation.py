"""The notation inside one line: templates with {holes} and slot descriptions."""

from __future__ import annotations

import re

from .entries import Choice, GrammarError, Item, Literal, Slots, Template

DETERMINERS = {
    "der": "der",
    "ein": "ein",
    "kein": "kein",
    "mein": "mein",
    "Ihr": "Ihr",
    "own": "own",
    "mine": "mine",
    "sein": "sein",
    "dieser": "dieser",
    "jeder": "jeder",
    "welcher": "welcher",
    "bare": "",
    "viele": "viele",
    "number": "number",
}
_HOLE = re.compile(r"\{([^{}]*)\}")
_HEAD = re.compile(r"^([^\W\d_][\w|]*)((?:\.[\w-]+)*)$")
_CHOICE = re.compile(r"^(?:(\w+) )?(?:\(([\w-]+)\) )?([\w-]+)(\.pl)?$")


def parse_choices(text: str, where: str) -> tuple[Choice, ...]:
    """Read a slot description such as 'ein (colour) clothes / der book.pl'."""
    choices = []
    for part in text.split("/"):
        match = _CHOICE.match(part.strip())
        if not match:
            raise GrammarError(f"{where}: cannot read the slot description '{part.strip()}'")
        determiner, adjective, name, plural = match.groups()
        if determiner and determiner not in DETERMINERS:
            raise GrammarError(f"{where}: unknown determiner '{determiner}'")
        is_noun_phrase = determiner is not None
        choices.append(
            Choice(name, determiner if is_noun_phrase else "-", adjective or "", bool(plural))
        )
    return tuple(choices)


def parse_template(text: str, slots: Slots, where: str) -> Template:
    """Read a template; a hole '{O.acc: ein fruit}' also declares the slot O in `slots`."""
    parts: list[Literal | Item] = []
    position = 0
    for match in _HOLE.finditer(text):
        _add_words(parts, text[position : match.start()], where)
        position = match.end()
        parts.append(_parse_item(match.group(1), slots, where))
    _add_words(parts, text[position:], where)
    return tuple(parts)


def _add_words(parts: list[Literal | Item], text: str, where: str) -> None:
    if "{" in text or "}" in text:
        raise GrammarError(f"{where}: unbalanced braces near '{text.strip()}'")
    parts.extend(Literal(word) for word in text.split())


def _parse_item(text: str, slots: Slots, where: str) -> Item:
    reference, colon, description = text.partition(":")
    words = reference.split()
    match = _HEAD.match(words[0]) if words else None
    if not match:
        raise GrammarError(f"{where}: cannot read the hole '{{{text}}}'")
    head, form = match.group(1), match.group(2).lstrip(".")
    if colon:
        if head in slots:
            raise GrammarError(f"{where}: the slot {head} is described twice")
        slots[head] = parse_choices(description, where)
    return Item(head, form, tuple(words[1:]))


def check_heads(template: Template, slots: Slots, where: str) -> None:
    """Every capitalised head or argument of a template must be a declared slot."""
    for part in template:
        if isinstance(part, Literal):
            continue
        for name in (part.head, *part.arguments):
            if name[0].isupper() and name not in slots:
                raise GrammarError(f"{where}: the slot {name} is not described")
