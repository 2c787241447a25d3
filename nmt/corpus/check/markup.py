"""Markup that was left in the text: tags, character entities, wiki and LaTeX commands, subwords."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from html.entities import html5

from nmt.corpus.check.fault import Finding, Side
from nmt.corpus.sentence_pair import SentencePair

# A tag has a known name, or attributes, or closes (itself); "<Your Name>", "<see page 2>" and
# "a < b" are none.
KNOWN_TAGS = (
    "a abbr b big blockquote body br bpt bx center cite code del dd div dl dt em ept ex font "
    "footer g h1 h2 h3 h4 h5 h6 head header hi hr html i img ins it li link mrk nowiki ol p ph pre "
    "ref s script seg small span strike strong style sub sup table tbody td th title tr tt u ul x"
)
ATTRIBUTE = r"""\s+[\w:-]+\s?=\s?(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)"""
TAG = re.compile(
    rf"<(?:/?(?:{KNOWN_TAGS.replace(' ', '|')})(?:{ATTRIBUTE})*\s?/?"
    rf"|/[A-Za-z][\w:-]*|[A-Za-z][\w:-]*(?:\s?/|(?:{ATTRIBUTE})+\s?/?))>",
    re.IGNORECASE,
)
# Tokenizers tear entities apart: "& quot ;".
ENTITY = re.compile(r"&(?: ?#(?:\d{2,7}|x[\da-fA-F]{2,6})| ?[A-Za-z]{2,8}[1-4]?) ?;")
WIKI = re.compile(r"\[\[[^\[\]]*\||'''[^'\s]|\{\{[^{}]*\||^==+ [^=]+ ==+$")
LATEX = re.compile(r"\\(?:begin|end|text[a-z]{2}|emph|frac|cite|ref|item|section|mathrm)\b[{\[]?")
SUBWORD = re.compile(r"\w@@(?:\s|$)|▁\w")
MARKS = re.compile(r"[&\\[{'=@▁]")  # what any of these begins with
SHOWN = 40  # characters of a tag in a detail


def find_markup(pair: SentencePair) -> list[Finding]:
    """Markup on either side (`markup`); "different_tags" where the two sides differ in tags."""
    source, target, _ = pair
    findings: list[Finding] = []
    if ("<" in source or "<" in target) and (">" in source or ">" in target):
        findings.extend(_tags(source, target))
    if MARKS.search(source):
        findings.extend(_of_side(source, "source"))
    if MARKS.search(target):
        findings.extend(_of_side(target, "target"))
    return findings


def _of_side(text: str, side: Side) -> Iterator[Finding]:
    """Entities, commands and subword marks: at most one finding for each."""
    yield from _entities(text, side)
    if match := LATEX.search(text):
        yield Finding("markup", "latex", side, f'contains "{match[0]}"')
    if match := WIKI.search(text):
        yield Finding("markup", "wiki", side, f'contains "{match[0][:SHOWN]}"')
    if match := SUBWORD.search(text):
        around = text[max(0, match.start() - 8) : match.start() + 12]
        yield Finding("markup", "subword_marks", side, f'divided into subwords: "{around}"')


def _tags(source: str, target: str) -> list[Finding]:
    """The finding of the tags of both sides, if there are any."""
    tags = [Counter(match[0] for match in TAG.finditer(text)) for text in (source, target)]
    if not (tags[0] or tags[1]):
        return []
    names = [Counter(_tag_name(tag) for tag in side.elements()) for side in tags]
    if names[0] == names[1]:
        return [Finding("markup", "tags", "both", f"contains {_list(tags[0])}")]
    only = [side - other for side, other in (names, names[::-1])]
    parts = [
        f"only the {side} has {_list(found)}"
        for side, found in zip(("source", "target"), only, strict=True)
        if found
    ]
    side: Side = "both" if len(parts) == 2 else "source" if only[0] else "target"
    return [Finding("markup", "different_tags", side, "; ".join(parts))]


def _tag_name(tag: str) -> str:
    """A tag without its attributes: "<b>", "</b>", "<br/>"."""
    closes, name, empty = re.match(r"<(/?)([\w:-]+).*?(/?)>", tag).groups()  # type: ignore[union-attr]
    return f"<{closes}{name.lower()}{'/' if empty and name.lower() != 'br' else ''}>"


def _list(found: Counter[str]) -> str:
    """The first three of some tags."""
    shown = [tag if len(tag) <= SHOWN else f"{tag[:SHOWN]}…" for tag in found]
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")


def _entities(text: str, side: Side) -> list[Finding]:
    """The finding of the first true entity."""
    for match in ENTITY.finditer(text):
        entity = match[0].replace(" ", "")
        if entity[1] == "#" or entity[1:] in html5:
            shown = f'contains "{match[0]}", which stands for "{html.unescape(entity)}"'
            return [Finding("markup", "entities", side, shown)]
    return []
