"""What the first bytes of an XML file tell of its encoding."""

import codecs
import re
from contextlib import suppress

HEAD_BYTES = 1024  # enough for the XML declaration

_BEFORE_TAG = codecs.BOM_UTF8 + codecs.BOM_UTF16_LE + b" \t\r\n\0"
_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
# Encodings of several bytes a character, which expat does not know but Python does.
_MULTI_BYTE = {"big5", "big5hkscs", "cp932", "cp949", "cp950", "euc_jis_2004", "euc_jisx0213"}
_MULTI_BYTE |= {"euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "hz", "iso2022_jp", "iso2022_kr"}
_MULTI_BYTE |= {"johab", "shift_jis", "shift_jis_2004", "shift_jisx0213"}


class Head:
    """The start of a file: its encoding, and how to bring its bytes into one that expat knows."""

    def __init__(self, head: bytes) -> None:
        self.is_wide = head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in head[:4]
        self.begins_with_tag = head.lstrip(_BEFORE_TAG)[:1] in (b"<", b"")
        declared = _DECLARED.match(head[:HEAD_BYTES])
        self.encoding = declared[1].decode("ascii") if declared else "UTF-8"
        self.decoder: codecs.IncrementalDecoder | None = None  # None where expat needs no help
        with suppress(LookupError):
            if codecs.lookup(self.encoding).name in _MULTI_BYTE:
                self.decoder = codecs.getincrementaldecoder(self.encoding)()

    def recode(self, chunk: bytes) -> bytes:
        """Bytes of the file as expat can read them; none at the end of the file.

        Raises:
            UnicodeDecodeError: they are not in the encoding that the file declares.
        """
        if self.decoder is None:
            return chunk
        return self.decoder.decode(chunk, not chunk).encode("utf-8")
