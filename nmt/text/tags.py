"""Tags in front of a source, which say what language or kind of text to translate into.

A model knows those that it was trained with (Johnson et al. 2017; Kobus et al. 2017). A line is
looked at as the model sees it: normalized.
"""

import re
from collections.abc import Collection, Iterable

from nmt.errors import ConfigError
from nmt.text.normalization import Normalization, normalize
from nmt.text.vocabulary import SPECIAL_TOKENS


def tagged(
    lines: Iterable[str],
    tag: str | None,
    known: Collection[str],
    form: Normalization = "nfkc",
) -> list[str]:
    """Each line with the tag in front; one that is empty or has a known tag stays as it is.

    Args:
        form: the normalization of the model, as in `tokenizer.normalization`.

    Raises:
        ConfigError: the tag is not known.
    """
    if tag is None:
        return list(lines)
    if tag not in known:
        raise _unknown(tag, known)

    def is_bare(line: str) -> bool:
        text = normalize(line, form)
        return bool(text) and not split_tag(text, known)[0]

    return [f"{tag} {line}" if is_bare(line) else line for line in lines]


def split_tag(line: str, known: Collection[str]) -> tuple[str, str]:
    """The known tag that a normalized line begins with, or nothing, and the text behind it."""
    first, _, rest = line.partition(" ")
    return (first, rest) if first in known else ("", line)


def check_tags(tags: Iterable[str], form: Normalization) -> None:
    """Refuse tags that a new tokenizer would find within words too, or that it could not hold.

    Raises:
        ConfigError: a tag does not begin and end with a sign, as "<law>" does, or is none of its
            own.
    """
    for tag in tags:
        advice = f"data.train: the tag {tag!r}"
        if tag != normalize(tag, form):
            raise ConfigError(f"{advice} is not in the form {form}; write {normalize(tag, form)!r}")
        if tag in SPECIAL_TOKENS or re.fullmatch("<0x[0-9A-F]{2}>", tag):
            raise ConfigError(f"{advice} is a token of its own already; choose another name")
        if len(tag) < 3 or tag[0].isalnum() or tag[-1].isalnum():
            word = re.sub(r"^\W+|\W+$", "", tag) or "law"
            raise ConfigError(
                f"{advice} would be found in the text too, and cut its words; write it between "
                f"signs, such as '<{word}>'"
            )


def _unknown(tag: str, known: Collection[str]) -> ConfigError:
    if not known:
        return ConfigError(f"tag {tag}: the model was trained without tags; leave it out")
    there = ", ".join(sorted(known))
    return ConfigError(f"tag {tag}: the model was not trained with it; it knows {there}")
