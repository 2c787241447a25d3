"""Counts how many derivations a grammar has: an upper bound on its distinct sentences."""

from __future__ import annotations

from .entries import Choice, Grammar, Rule, Slots


def derivations(grammar: Grammar, slots: Slots) -> int:
    """The product over the slots of the number of ways to fill each."""
    total = 1
    for choices in slots.values():
        total *= sum(_ways(grammar, choice) for choice in choices)
    return total


def _ways(grammar: Grammar, choice: Choice) -> int:
    if choice.name in grammar.defines:
        return sum(_ways(grammar, inner) for inner in grammar.defines[choice.name])
    members = grammar.classes[choice.name]
    ways = sum(
        derivations(grammar, member.slots) if isinstance(member, Rule) else 1 for member in members
    )
    if choice.adjective:
        ways *= len(grammar.classes[choice.adjective])
    if choice.determiner == "number":
        ways *= len(grammar.classes["count"])
    return ways
