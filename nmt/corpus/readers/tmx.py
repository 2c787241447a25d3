"""Translation memories: TMX 1.1 to 1.4, with inline tags (level 2) or without (level 1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, product
from typing import BinaryIO

from nmt.corpus.readers.language_choice import (
    LanguageTally,
    Variant,
    language_key,
    same_tag,
    texts_of,
)
from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.xml_events import Element, read_elements
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

# The content of these is code of the document's format, not text; <hi> is not among them.
CODES = frozenset({"bpt", "ept", "it", "ph", "sub", "ut"})

_SAMPLE_UNITS = 100  # from which the two languages are learnt when nobody names them
_SAMPLE_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class _Unit:
    line: int
    source_language: str | None
    variants: list[Variant]


@dataclass(frozen=True, slots=True)
class _Languages:
    source: str
    target: str
    inferred: bool


def read_tmx(file: BinaryIO, name: str, selection: Selection) -> Iterator[SentencePair]:
    """The pairs of a translation memory, each with the line of its <tu>.

    The two languages are those of the selection, or, if the file holds just two (or two variants of
    one), that of its `srclang` (else the first to appear) and the other. In a unit, a variant of
    exactly the selected tag ("en-GB") wins over other variants of the language; without a selection
    all count. All variants in a unit translate one another, so with several of a language each
    source makes a pair with each target. A unit without one of the two languages is no pair of this
    corpus. Codes of inline tags are dropped, the text in <hi> is kept, and line breaks become
    spaces (see `one_line`). An empty <seg> is an empty side.

    Raises:
        DataError: the file is no TMX or damaged, no unit holds both languages, or nobody says which
            two of several languages are meant.
    """
    memory = _Memory(file, name)
    units = memory.units()
    sample: list[_Unit] = []
    languages = _given(selection)
    if languages is None:
        sample = _sample(units)
        languages = _infer(memory, selection, sample)
    pairs = 0
    if languages is not None:
        for unit in chain(sample, units):
            for pair in _pairs(unit, languages):
                pairs += 1
                yield pair
            if not _is_clear(memory.tally, languages):
                break
    for _ in units:  # to the end, so that all languages are known
        pass
    if languages is None or not _is_clear(memory.tally, languages):
        raise _ambiguous(memory)
    if not pairs:
        raise _nothing(memory, languages)


class _Memory:
    """The units of a file, and what is learnt of it on the way."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file = file
        self.name = name
        self.source_language: str | None = None
        self.tally = LanguageTally()
        self.count = 0

    def units(self) -> Iterator[_Unit]:
        """All units, in order; `source_language` is known when the first appears."""
        for element in read_elements(self.file, self.name, root="tmx", units={"tu"}):
            if element.name == "header":
                self.source_language = _source_language(element)
            elif element.name == "tu":
                self.count += 1
                variants = [self._variant(variant) for variant in element.children("tuv")]
                for tag, _ in variants:
                    self.tally.add(tag)
                yield _Unit(element.line, _source_language(element), variants)

    def _variant(self, variant: Element) -> Variant:
        tag = variant.attributes.get("xml:lang") or variant.attributes.get("lang") or ""
        if not tag.strip():
            raise DataError(
                f"{self.name}, line {variant.line}: a <tuv> without a language; "
                'add xml:lang="..." to it'
            )
        segments = list(variant.children("seg"))
        if len(segments) > 1:
            raise DataError(
                f"{self.name}, line {variant.line}: a <tuv> with {len(segments)} <seg>, where one "
                "is expected; put each into a <tu> of its own"
            )
        return Variant(tag.strip(), one_line(segments[0].text(CODES)) if segments else "")


def _source_language(element: Element) -> str | None:
    tag = element.attributes.get("srclang")
    return None if tag == "*all*" else tag


def _given(selection: Selection) -> _Languages | None:
    source, target = selection.source_language, selection.target_language
    return None if source is None or target is None else _Languages(source, target, False)


def _sample(units: Iterator[_Unit]) -> list[_Unit]:
    """The first units that hold several variants; the others are no pairs whatever is chosen."""
    sample: list[_Unit] = []
    size = 0
    for unit in units:
        if len(unit.variants) > 1:
            sample.append(unit)
            size += sum(len(text) for _, text in unit.variants)
        if len(sample) == _SAMPLE_UNITS or size > _SAMPLE_CHARACTERS:
            break
    return sample


def _infer(memory: _Memory, selection: Selection, sample: list[_Unit]) -> _Languages | None:
    """The two languages of a file that holds just two; None of another file."""
    tags = memory.tally.keys
    if len(tags) == 1:
        tags = memory.tally.variants
    if len(tags) != 2:
        return None
    if selection.target_language is not None:
        source = _other(tags, selection.target_language)
        return _Languages(source, selection.target_language, True) if source else None
    source = selection.source_language
    if source is None:
        told = [memory.source_language, *(unit.source_language for unit in sample)]
        held = [tag for tag in told if tag is not None and _other(tags, tag)]
        source = held[0] if held else next(iter(tags.values()))
    target = _other(tags, source)
    return _Languages(source, target, True) if target else None


def _other(tags: dict[str, str], tag: str) -> str | None:
    """Of two languages, or two variants of one, that which is not this; None if neither is this."""
    others = [other for other in tags.values() if language_key(other) != language_key(tag)]
    if not others:
        others = [other for other in tags.values() if not same_tag(other, tag)]
    return others[0] if len(others) == 1 else None


def _is_clear(tally: LanguageTally, languages: _Languages) -> bool:
    """Whether languages that nobody named are still the only two."""
    if not languages.inferred:
        return True
    if _of_one_language(languages):
        return len(tally.variants) == 2
    return len(tally.keys) == 2


def _pairs(unit: _Unit, languages: _Languages) -> Iterator[SentencePair]:
    source, target = languages.source, languages.target
    exact = _of_one_language(languages)
    if languages.inferred and not exact:
        source_key, target_key = language_key(source), language_key(target)
        sources = [text for tag, text in unit.variants if language_key(tag) == source_key]
        targets = [text for tag, text in unit.variants if language_key(tag) == target_key]
    else:
        sources = texts_of(unit.variants, source, exact=exact)
        targets = texts_of(unit.variants, target, exact=exact)
    for left, right in product(sources, targets):
        yield SentencePair(left, right, unit.line)


def _of_one_language(languages: _Languages) -> bool:
    """Whether two variants of a language are asked for (en-US and en-GB): then tags must agree."""
    return language_key(languages.source) == language_key(languages.target)


def _ambiguous(memory: _Memory) -> DataError:
    if not memory.count:
        return DataError(f"{memory.name}: holds no translation unit (<tu>)")
    found = memory.tally.listing()
    if not found:
        return DataError(f"{memory.name}: holds no <tuv> in its units (<tu>); is it damaged?")
    if len(memory.tally.variants) < 2:
        return DataError(f"{memory.name}: holds only {found}; a corpus needs two languages")
    return DataError(f"{memory.name}: holds {found}; {memory.tally.advice()}")


def _nothing(memory: _Memory, languages: _Languages) -> DataError:
    """Why a file yields no pair."""
    tally, exact = memory.tally, _of_one_language(languages)
    if not memory.count:
        return DataError(f"{memory.name}: holds no translation unit (<tu>)")
    wanted = (languages.source, languages.target)
    if same_tag(*wanted):  # "en-en"
        return _ambiguous(memory)
    missing = [tag for tag in wanted if not tally.has(tag, exact=exact)]
    if missing:
        return DataError(
            f"{memory.name}: holds no {' and no '.join(missing)}; it holds "
            f"{tally.listing() or 'no language'}; {tally.advice()}"
        )
    return DataError(
        f"{memory.name}: no unit (<tu>) holds both {languages.source} and {languages.target}, "
        "so there is no pair; choose other languages or another file"
    )
