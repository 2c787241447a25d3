"""Unicode normalization of one line of text."""

import unicodedata
from typing import Literal

Normalization = Literal["nfkc", "nfc", "none"]


def normalize(line: str, form: Normalization = "nfkc") -> str:
    """Bring a line into one Unicode form, with single spaces between words.

    A line stays one line: whatever Python's `str.split` counts as white space in it (tab, "\\r",
    U+0085, U+2028, no-break space ...) becomes a space. So do NUL and other control characters,
    which carry no text.
    """
    if form != "none":
        line = unicodedata.normalize(form.upper(), line)  # type: ignore[arg-type]
    if not line.isprintable():
        line = "".join(" " if unicodedata.category(c) == "Cc" else c for c in line)
    return " ".join(line.split())
