"""What the first bytes of an XML file tell of its encoding."""

import codecs
import re
from contextlib import suppress

HEAD_BYTES = 1024  # enough for the XML declaration

_BEFORE_TAG = codecs.BOM_UTF8 + codecs.BOM_UTF16_LE + b" \t\r\n\0"
_DECLARED = re.compile(r"""\ufeff?<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
# How a file of two or four bytes a character begins; those of four first.
_WIDE = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    b"<\0\0\0": "utf-32-le",
    b"\0\0\0<": "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
# Names in declarations that Python does not know, without "-" and "_", and the codecs meant.
_NAMES = {"windows31j": "cp932", "xsjis": "cp932", "cswindows31j": "cp932"}
_NAMES |= dict.fromkeys(("unicode", "csunicode", "ucs2", "iso10646ucs2"), "utf-16")
# Encodings of several bytes a character, which expat does not know but Python does.
_MULTI_BYTE = {"big5", "big5hkscs", "cp932", "cp949", "cp950", "euc_jis_2004", "euc_jisx0213"}
_MULTI_BYTE |= {"euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "hz", "iso2022_jp", "iso2022_kr"}
_MULTI_BYTE |= {"johab", "shift_jis", "shift_jis_2004", "shift_jisx0213"}


class Head:
    """The start of a file: its encoding, and how to bring its bytes into one that expat knows."""

    def __init__(self, head: bytes) -> None:
        wide = next((_WIDE[start] for start in _WIDE if head.startswith(start)), None)
        self.begins_with_tag = head.lstrip(_BEFORE_TAG)[:1] in (b"<", b"")
        declared = _DECLARED.match(head[:HEAD_BYTES].decode(wide or "utf-8", "replace"))
        self.encoding = declared[1] if declared else (wide or "utf-8").upper()
        self.for_expat: str | None = None  # what to tell expat; None lets it read the declaration
        self.decoder: codecs.IncrementalDecoder | None = None  # None where expat needs no help
        codec = _codec(self.encoding)
        self.is_misdeclared = (codec[:6] in ("utf-16", "utf-32")) != (wide is not None)
        if not self.is_misdeclared:
            self._help_expat(codec, wide)
        self.is_wide = wide is not None and self.decoder is None

    def _help_expat(self, codec: str, wide: str | None) -> None:
        """Name the encoding for expat, which knows few of its names, or decode it here."""
        if wide is not None and wide.startswith("utf-16"):
            self.for_expat = wide.replace("6-", "6")  # "utf-16le", as expat has it
        elif codec in ("utf-8", "utf-8-sig"):
            self.for_expat = "utf-8"
        elif wide is not None or codec in _MULTI_BYTE:
            self.for_expat = "utf-8"
            self.decoder = codecs.getincrementaldecoder(wide or codec)()

    def recode(self, chunk: bytes) -> bytes:
        """Bytes of the file as expat can read them; none at the end of the file.

        Raises:
            UnicodeDecodeError: they are not in the encoding that the file declares.
        """
        if self.decoder is None:
            return chunk
        return self.decoder.decode(chunk, not chunk).encode("utf-8")


def _codec(encoding: str) -> str:
    """Python's name of an encoding that a file declares; "" if neither knows it."""
    name = re.sub("[-_]", "", encoding).lower()
    with suppress(LookupError):
        return codecs.lookup(_NAMES.get(name, encoding)).name
    return ""
