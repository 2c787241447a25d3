"""What is wrong with a setting, in a line that names it and, if unknown, the nearest known one."""

import difflib
import re
from dataclasses import dataclass

from pydantic import ValidationError


@dataclass(frozen=True, slots=True)
class KnownSettings:
    """What may be written in a configuration."""

    names: list[str]  # dotted, of all settings and sections
    of_a_corpus: list[str]  # keys of an entry of data.train
    smallest_vocabulary: int


def describe_error(error: ValidationError, known: KnownSettings) -> str:
    """One line for the first of the errors that pydantic found."""
    first = error.errors()[0]
    unknown = first["type"] == "extra_forbidden"
    # where no key is unknown, what is no word is the failed member of a union
    location = [p for p in map(str, first["loc"]) if unknown or re.fullmatch(r"\w+", p)]
    name = ".".join(p if re.fullmatch(r"[\w-]+", p) else repr(p) for p in location)
    if unknown:
        kind = "section" if len(location) == 1 and isinstance(first["input"], dict) else "setting"
        nearest = _nearest_setting(name, known)
        return f"{name}: unknown {kind}{f'; did you mean {nearest}?' if nearest else ''}"
    message = first["msg"].removeprefix("Value error, ").replace("input should", "should")
    message = message.replace("Input should", "should").replace("valid dictionary", "section")
    message = message.replace("valid tuple", "list, in [ ]")
    message = re.sub(r" or instance of \w+", "", message).replace("valid integer", "whole number")
    if name == "tokenizer.vocabulary_size":
        message = f'should be a whole number of {known.smallest_vocabulary} or more, or "auto"'
    return f"{name} = {first['input']!r}: {message}"


def _nearest_setting(name: str, known_settings: KnownSettings) -> str | None:
    """The setting that a misspelt name probably means: a wrong section first, then a wrong key."""
    known = known_settings.names
    key = name.split(".")[-1]
    if name.startswith("data.") and name.count(".") > 1:
        return next(iter(difflib.get_close_matches(key, known_settings.of_a_corpus, n=1)), None)
    same_key = [other for other in known if other.split(".")[-1] == key]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    keys = {other.split(".")[-1]: other for other in known}
    close_key = [keys[match] for match in difflib.get_close_matches(key, keys, n=1, cutoff=0.6)]
    return next(iter(same_key + close + close_key), None)
