"""Which of the languages of a file are wanted: tags compared, languages counted, faults named."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from nmt.corpus.readers.selection import Selection
from nmt.errors import DataError
from nmt.text.languages import base_language, split_languages

_SHOWN = 12  # languages that a message lists


class Variant(NamedTuple):
    """A text of a translation unit and the tag of its language."""

    language: str
    text: str


@lru_cache(maxsize=4096)
def language_key(tag: str) -> str:
    """The same for two tags if and only if they mean one language: "en" of "EN_us"."""
    return base_language(tag) or tag.strip().casefold()


@lru_cache(maxsize=4096)
def same_tag(left: str, right: str) -> bool:
    """Whether two tags are equal, script and region included; "en_US" equals "en-us"."""
    return _plain(left) == _plain(right)


def _plain(tag: str) -> str:
    return tag.strip().casefold().replace("_", "-")


def texts_of(variants: Sequence[Variant], wanted: str, *, exact: bool) -> list[str]:
    """The texts in the wanted language.

    Those with exactly the wanted tag, if there are any; otherwise, unless only `exact` tags count,
    those of the same language in another script or region.
    """
    texts = [text for tag, text in variants if same_tag(tag, wanted)]
    if texts or exact:
        return texts
    return [text for tag, text in variants if language_key(tag) == language_key(wanted)]


class LanguageTally:
    """The languages that a file turned out to hold, in the order of their appearance."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}  # of a language, its tag as first written
        self.variants: dict[str, str] = {}  # of a tag without regard to case, the same
        self._tags: set[str] = set()

    def add(self, tag: str) -> None:
        """Note a tag; it costs little when the tag is known."""
        if tag not in self._tags and len(self._tags) < 1000:  # more tags tell nothing more
            self._tags.add(tag)
            self.variants.setdefault(_plain(tag), tag)
            self.keys.setdefault(language_key(tag), tag)

    def has(self, wanted: str, *, exact: bool) -> bool:
        """Whether a language, or with `exact` a tag, is there."""
        if exact:
            return _plain(wanted) in self.variants
        return language_key(wanted) in self.keys

    def listing(self) -> str:
        """All tags, for a message: "en, fr and de"."""
        return listing(list(self.variants.values()))

    def advice(self) -> str:
        """How to choose, for a message."""
        advice = "choose two with --languages"
        pair = [*self.keys][:2] if len(self.keys) > 1 else [*self.variants.values()][:2]
        example = "-".join(pair)
        return f"{advice}, such as {example}" if split_languages(example) else advice


def listing(names: Sequence[str]) -> str:
    """Names for a message: "en, fr and de"; of very many, the first."""
    if len(names) > _SHOWN:
        return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


class DirectionChoice:
    """Which parts of a file to take that tells source from target: XLIFF, WMT XML.

    Without a selection it is the first pair of languages that the file holds; any other pair after
    it is then a fault. A part in the opposite direction of the selection is taken reversed.
    """

    def __init__(self, name: str, selection: Selection) -> None:
        self.name = name
        self.selection = selection
        self._pairs: dict[tuple[str | None, str | None], str] = {}  # and how a message names them
        self._taken: set[tuple[str | None, str | None]] = set()
        self._inferred: tuple[str | None, str | None] = (None, None)

    def direction(self, source: str | None, target: str | None) -> int:
        """1 to take a part with these languages, -1 to take it reversed, 0 to leave it out.

        A language that the file does not tell (None) may be any.
        """
        keys = _keys(source, target)
        if len(self._pairs) < 1000:
            self._pairs.setdefault(keys, f"{source or '?'}-{target or '?'}")
        of = self.selection
        wanted = (of.source_language, of.target_language)
        if wanted == (None, None):
            chosen = int(_fit(self._inferred, (source, target)))
            if chosen:  # what the first parts do not tell, a later one may
                self._inferred = (self._inferred[0] or source, self._inferred[1] or target)
        elif _fit(wanted, (source, target)):
            chosen = 1
        else:
            chosen = -int(_fit(wanted, (target, source)) and None not in keys)
        if chosen:
            self._taken.add(keys)
        return chosen

    def require(self) -> None:
        """Check, at the end of the file, that the selection was clear and matched something.

        Raises:
            DataError: nothing was taken, or no selection told which of several pairs to take.
        """
        of = self.selection
        found = listing(list(self._pairs.values()))
        if of.source_language is None and of.target_language is None:
            if len(self._taken) < len(self._pairs):
                example = next(iter(self._pairs.values()))
                raise DataError(
                    f"{self.name}: holds {found}; choose one with --languages, such as {example}"
                )
        elif self._pairs and not self._taken:
            wanted = f"{of.source_language or '?'}-{of.target_language or '?'}"
            raise DataError(
                f"{self.name}: holds nothing in {wanted}; it holds {found}; correct --languages"
            )


def _keys(source: str | None, target: str | None) -> tuple[str | None, str | None]:
    """What two languages are told apart by: of two variants of one language, their tags."""
    keys = (source and language_key(source), target and language_key(target))
    if source and target and keys[0] == keys[1]:
        return _plain(source), _plain(target)
    return keys


def _fit(wanted: tuple[str | None, str | None], given: tuple[str | None, str | None]) -> bool:
    """Whether languages given are those wanted; of two variants of one language, the tags count."""
    first, second = wanted
    exact = bool(first and second and language_key(first) == language_key(second))
    compare = same_tag if exact else _same_language
    return all(w is None or g is None or compare(w, g) for w, g in zip(wanted, given, strict=True))


def _same_language(left: str, right: str) -> bool:
    return language_key(left) == language_key(right)
