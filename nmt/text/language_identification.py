"""Which language a sentence is in, by py3langid, which carries its model and needs no network.

The model is a naive Bayes classifier over byte n-grams (Lui and Baldwin 2011, "Cross-domain feature
selection for language identification"). benchmarks/language_identification.py compares it with
others. Languages are given as `nmt.text.languages.macrolanguage` names them, so near kin that it
can't tell apart in one sentence (hr, bs and sr) is one language.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from nmt.errors import ConfigError, NmtError
from nmt.text.languages import macrolanguage

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNDETERMINED = "und"  # the language of a line without letters
NO_LANGUAGE = "zxx"  # py3langid's label for what is no language: code, addresses
MAX_CHARACTERS = 250  # what comes after them changes no verdict and costs time

# Tags, addresses, entities, mentions and placeholders: of no language, or English in any text.
_MARKUP = re.compile(
    r"<[^<>]{1,200}>|https?://\S+|www\.\S+|\S+@\S+|&#?\w{1,8};|[@#]\w+|\{[^{}]{0,40}\}|%\w|[\d_]+"
)


def is_available() -> bool:
    """Whether the library is installed (it comes with `pip install "nmt[languages]"`)."""
    return find_spec("py3langid") is not None


def known_languages() -> frozenset[str]:
    """The languages that can be told apart.

    Raises:
        ConfigError: If the library is not installed.
    """
    return frozenset(_names().values()) - {NO_LANGUAGE}


def identify(lines: Sequence[str]) -> list[tuple[str, float]]:
    """Each line's likeliest language and its probability, from 0 to 1.

    A line without letters is `UNDETERMINED`, with probability 0. Threads and processes may call
    it side by side; each process loads the model once, in about half a second.

    Raises:
        ConfigError: If the library is not installed.
    """
    found = []
    for line in lines:
        shares = probabilities(line)
        language = max(shares, key=shares.__getitem__, default=UNDETERMINED)
        found.append((language, shares.get(language, 0.0)))
    return found


def probabilities(line: str) -> dict[str, float]:
    """The probability of each known language; empty for a line without letters.

    Raises:
        ConfigError: If the library is not installed.
    """
    text = strip_markup(line)[:MAX_CHARACTERS]
    names = _names()
    if not any(map(str.isalpha, text)):
        return {}
    shares: dict[str, float] = {}
    for label, share in _identifier().rank(text):
        shares[names[label]] = shares.get(names[label], 0.0) + share
    return shares


def strip_markup(line: str) -> str:
    """The line without digits and without what isn't in its language: tags, addresses, entities."""
    return " ".join(_MARKUP.sub(" ", line).split())


@cache
def _identifier() -> "LanguageIdentifier":
    # Two threads may both load it; either copy will do, since none is ever changed.
    if not is_available():
        raise ConfigError(
            'identifying languages needs py3langid: install it with pip install "nmt[languages]"'
        )
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    try:
        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    except OSError as error:  # the library unpacks it into a temporary file
        raise NmtError(
            f"the model of py3langid cannot be unpacked ({error.strerror}); name a "
            "folder with more room in TMPDIR"
        ) from None


@cache
def _names() -> dict[str, str]:
    # Our name of each of the library's labels, such as "gn" for its "gug".
    return {label: macrolanguage(label) or label for label in _identifier().labels}
