"""Guessing encodings: right for text of the languages that are written in them."""

import pytest

from nmt.corpus.readers.character_encoding import (
    guess_encoding,
    is_binary,
    is_mostly_utf8,
    wide_encoding,
)

TEXTS = {
    "de": "Über den Dächern läuft ein Mädchen, größer als früher. Schöne Grüße aus Köln!",
    "fr": "Une fillette à côté d'un garçon élégant ; où êtes-vous né ? Noël était là.",
    "es": "¿Dónde está el niño? Mañana habrá una reunión pequeña en español.",
    "pl": "Pies biegnie przez zieloną łąkę. Dwie kobiety siedzą na ławce, żona śpi.",
    "cs": "Žena v červeném tričku běží přes zelenou louku. Dítě skáče do vody.",
    "ru": "Собака бежит по зелёной траве. Две женщины сидят на скамейке и разговаривают.",
    "el": "Ένας σκύλος τρέχει στο γρασίδι και δύο γυναίκες κάθονται στο παγκάκι.",
    "tr": "Köpek yeşil çimlerde koşuyor. Işığı gördüm, şimdi değil, yağmur yağıyor.",
    "ar": "كلب يركض عبر العشب الأخضر وامرأتان تجلسان في الحديقة",
    "he": "כלב רץ על הדשא הירוק ושתי נשים יושבות על ספסל",
    "ja": "犬が緑の草の上を走っています。二人の女性が公園のベンチに座っています。",
    "zh": "一只狗在草地上奔跑。两个女人坐在公园的长椅上聊天。我们明天去北京。",
    "zh-TW": "一隻狗在草地上奔跑。兩個女人坐在公園的長椅上聊天。我們明天去臺北。",
    "ko": "개가 풀밭을 달리고 있다. 두 여자가 공원 벤치에 앉아 이야기하고 있다.",
}
CASES = [
    ("de", "latin-1", "WINDOWS-1252"), ("de", "cp1252", "WINDOWS-1252"),
    ("fr", "cp1252", "WINDOWS-1252"), ("es", "cp1252", "WINDOWS-1252"),
    ("pl", "cp1250", "WINDOWS-1250"), ("pl", "iso8859-2", "ISO-8859-2"),
    ("cs", "cp1250", "WINDOWS-1250"), ("ru", "cp1251", "WINDOWS-1251"),
    ("ru", "koi8-r", "KOI8-R"), ("ru", "cp866", "IBM866"), ("ru", "iso8859-5", "ISO-8859-5"),
    ("el", "cp1253", "WINDOWS-1253"), ("tr", "cp1254", "WINDOWS-1254"),
    ("ar", "cp1256", "WINDOWS-1256"), ("he", "cp1255", "WINDOWS-1255"),
    ("ja", "cp932", "SHIFT_JIS"), ("ja", "euc_jp", "EUC-JP"), ("zh", "gbk", "GB18030"),
    ("zh", "gb18030", "GB18030"), ("zh-TW", "big5", "BIG5"), ("ko", "euc_kr", "EUC-KR"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "encoding", "name"), CASES)
def test_an_encoding_is_guessed(language: str, encoding: str, name: str) -> None:
    stretch = TEXTS[language].encode(encoding, "ignore")
    assert guess_encoding(stretch) == name
    assert not is_binary(stretch) and not is_mostly_utf8(stretch)
    assert wide_encoding(stretch) is None


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("language", ["de", "ru", "el", "he"])
def test_wide_encodings_are_known(language: str, encoding: str, bom: str) -> None:
    found = wide_encoding((bom + TEXTS[language]).encode(encoding))
    assert found is not None
    assert encoding.upper().replace("-", "").startswith(found.replace("-", ""))


@pytest.mark.parametrize("language", TEXTS)
def test_utf8_is_no_other_encoding(language: str) -> None:
    stretch = TEXTS[language].encode()
    assert wide_encoding(stretch) is None and not is_binary(stretch)
    assert wide_encoding(stretch + b"\0\0\0" + stretch) is None
    damaged = stretch[:10] + b"\xff" + stretch[10:]
    assert is_mostly_utf8(damaged) == (sum(not c.isascii() for c in TEXTS[language]) > 2)


def test_bytes_at_random_are_binary() -> None:
    assert is_binary(bytes(range(256)) * 20)
    assert guess_encoding(b"\xff" * 100) is None
