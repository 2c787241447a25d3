"""A segment of a translation memory as one line of text."""

import re

_BREAKS = re.compile(r"[\r\n]+")
_BLANK = " \t"


def one_line(text: str) -> str:
    """The text without line breaks; everything else, white space too, stays as it is.

    A line break becomes one space, together with the spaces and tabs around it (which indent the
    lines of a pretty-printed file); at the ends of the text it vanishes.
    """
    if "\n" not in text and "\r" not in text:
        return text
    first, *middle, last = _BREAKS.split(text)
    parts = [first.rstrip(_BLANK), *(part.strip(_BLANK) for part in middle), last.lstrip(_BLANK)]
    return " ".join(filter(None, parts))
