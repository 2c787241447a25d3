"""Tags in front of a source, which say what language or kind of text to translate into.

A model knows those that it was trained with (Johnson et al. 2017; Kobus et al. 2017). A line is
looked at as the model sees it: normalized.
"""

from collections.abc import Collection, Iterable

from nmt.errors import ConfigError
from nmt.text.normalization import Normalization, normalize


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


def _unknown(tag: str, known: Collection[str]) -> ConfigError:
    if not known:
        return ConfigError(f"tag {tag}: the model was trained without tags; leave it out")
    there = ", ".join(sorted(known))
    return ConfigError(f"tag {tag}: the model was not trained with it; it knows {there}")
