"""A guess at the encoding of text that is not UTF-8, for a message that helps."""

import codecs
from collections.abc import Callable
from itertools import pairwise

STRETCH_BYTES = 1 << 16  # enough to tell encodings apart

_BOMS = (  # those of UTF-32 first, which begin like those of UTF-16
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_UPPER_BYTES = {
    "UTF-32LE": (2, 3),
    "UTF-32BE": (0, 1),
    "UTF-16LE": (1, 3),
    "UTF-16BE": (0, 2),
}
_SMALL = bytes(range(16))
_WIDE = 16  # bytes at least, before zeros among them tell anything

# What text in an encoding is made of, beyond ASCII. The share of such characters is its score; of
# equal scores the first wins. The names are those that iconv knows.
_LATIN = {
    "WINDOWS-1252": "äöüßéèêëàâçîïôûùœñáíóúãõåæøðþÄÖÜÉÈÀÇÅØÁÍÓÚÑ¿¡«»°§–—’‘“”„…€",
    "WINDOWS-1250": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉŘŠŽőűöüľĺŕôäâăîşţđ„”“’–…",
    "ISO-8859-2": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉŘŠŽőűöüľĺŕôäâăîşţđ",
    "WINDOWS-1254": "ığşçöüİĞŞÇÖÜâîû’“”",
    "WINDOWS-1257": "āčēģīķļņšūžąęėįųõäöü",
}
# Alphabets of small letters, the most frequent ten first: their share counts half, since most
# bytes are some letter of several alphabets.
_RUSSIAN = "оеаинтсрвлкмдпуяызьбгчйхжюшцщэфёіїєґў"
_ALPHABETS = {
    "WINDOWS-1251": _RUSSIAN,
    "KOI8-R": _RUSSIAN,
    "IBM866": _RUSSIAN,
    "ISO-8859-5": _RUSSIAN,
    "WINDOWS-1253": "αοιετσνηυρπκμλςωγδχθφβξζψέάίόύήώϊ",
    "WINDOWS-1255": "יוהלאתמרשבנדעפקחגכסטזצםןךףץ",
    "WINDOWS-1256": "اليمونرتبةعدفسهكقحجشصطخذىزضغثءظأإآئؤ،؟",
}
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r\x1b")
_ENOUGH = 0.6  # a lower score tells nothing


def guess_encoding(stretch: bytes) -> str | None:
    """What some bytes that are not UTF-8 seem to be, as iconv names it; None is no idea."""
    # Bytes beyond ASCII side by side are words of another alphabet, or characters of several bytes;
    # in Latin text most stand alone.
    if _adjacent(stretch) < 0.5:
        scores = {
            encoding: _share(_decode(stretch, encoding), letters.__contains__)
            for encoding, letters in _LATIN.items()
        }
    else:
        scores = _east_asian(stretch)
        for encoding, letters in _ALPHABETS.items():
            text = _decode(stretch, encoding)
            share = _share(text, letters.__contains__) + _share(text, letters[:10].__contains__)
            scores[encoding] = share / 2
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] >= _ENOUGH else None


def _east_asian(stretch: bytes) -> dict[str, float]:
    tests = {
        "SHIFT_JIS": ("cp932", _is_kana),
        "EUC-JP": ("euc_jp", _is_kana),
        "EUC-KR": ("cp949", _is_frequent_hangul),
        "GB18030": ("gb18030", _is_frequent_in_gb),
        "BIG5": ("cp950", _is_frequent_in_big5),
    }
    scores = {name: _share(_decode(stretch, codec), of) for name, (codec, of) in tests.items()}
    for name in ("SHIFT_JIS", "EUC-JP"):
        scores[name] = min(3 * scores[name], 1.0)  # a third of kana is plenty
    return scores


def wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32 by a byte-order mark, or by the small upper bytes of an alphabet."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if len(head) < _WIDE or b"\0" not in head:
        return None
    places = [head[place::4] for place in range(4)]
    small = [1 - len(bytes_.translate(None, _SMALL)) / len(bytes_) for bytes_ in places]
    for encoding, pattern in _UPPER_BYTES.items():
        upper = [small[place] for place in pattern]
        lower = [small[place] for place in range(4) if place not in pattern]
        if min(upper) > 0.9 and min(lower) < 0.2:
            return encoding
    return None


def is_mostly_utf8(stretch: bytes) -> bool:
    """Whether there are more characters in UTF-8, beyond ASCII, than bytes that are none."""
    text = stretch.decode("utf-8", "replace")
    beyond = sum(not character.isascii() for character in text)
    return beyond > 2 * text.count("\ufffd")


def is_binary(stretch: bytes) -> bool:
    """Whether so many bytes are control characters that this is no text in any encoding."""
    controls = len(stretch) - len(stretch.translate(None, _CONTROLS))
    return controls > 0.05 * len(stretch) and wide_encoding(stretch) is None


def _decode(stretch: bytes, encoding: str) -> str:
    """The text; nothing where it cannot be in this encoding (a last character may be cut)."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(stretch)
    except UnicodeDecodeError:
        pass
    if encoding.startswith("WINDOWS"):  # they leave a few bytes undefined
        return stretch.decode(encoding, "replace")
    return ""


def _share(text: str, of: Callable[[str], bool]) -> float:
    beyond = [character for character in text if not character.isascii()]
    return sum(map(of, beyond)) / len(beyond) if beyond else 0.0


def _adjacent(stretch: bytes) -> float:
    """How many of the bytes beyond ASCII have one to the left."""
    high = [byte >= 0x80 for byte in stretch]
    together = sum(left and right for left, right in pairwise(high))
    return together / max(sum(high), 1)


def _is_kana(character: str) -> bool:
    return "\u3041" <= character <= "\u30fe"


def _is_frequent_hangul(character: str) -> bool:
    return _lead(character, "euc_kr") in range(0xB0, 0xC9)


def _is_frequent_in_gb(character: str) -> bool:
    return (
        _lead(character, "gb2312") in range(0xB0, 0xD8) or character in "，。、？！：；“”《》（）"
    )


def _is_frequent_in_big5(character: str) -> bool:
    return (
        _lead(character, "big5") in range(0xA4, 0xC7) or character in "，。、？！：；「」《》（）"
    )


def _lead(character: str, encoding: str) -> int:
    """The first byte of a character of two, which tells how frequent it is; or 0."""
    encoded = character.encode(encoding, "ignore")
    return encoded[0] if len(encoded) == 2 else 0
