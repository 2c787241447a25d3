"""Wrongly decoded text is found and mended; honest text is left alone."""

import pytest

from nmt.corpus.check.mojibake import MISREADINGS, find_mojibake
from nmt.corpus.sentence_pair import SentencePair

SENTENCES = ["Die Tür ist größer.", "J’étais déjà là où tu étais.", "Příliš žluťoučký kůň",
             "Ела — “café”…"]  # fmt: skip


def details(text: str) -> list[str]:
    findings = find_mojibake(SentencePair("clean", text, 1))
    assert all(f[:3] == ("encoding", "mojibake", "target") for f in findings)
    return [finding.detail for finding in findings]


@pytest.mark.parametrize("codec", ["latin-1", *(c for c in MISREADINGS if c != "cp1251")])
@pytest.mark.parametrize("sentence", SENTENCES[:3])
def test_misread_utf8_is_found(codec: str, sentence: str) -> None:
    assert details(sentence) == []
    assert details(sentence.encode().decode(codec, "ignore"))


@pytest.mark.parametrize("sentence", ["Привет, мир!", "Он живёт в Москве.", "It’s — so"])
def test_utf8_misread_as_cyrillic_is_found(sentence: str) -> None:
    assert details(sentence) == []
    assert details(sentence.encode().decode("cp1251", "ignore"))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("fÃ¼r", "für"),
        ("fÃƒÂ¼r", "für"),
        ("Câ€™est", "C’est"),
        ("TĂĽr und grĂ¶Ăźer", "Tür"),
        ("AntikĂśrper", "Antikörper"),
        ("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет"),
        ("РџСЂРёРІРµС‚", "Привет"),
        ("æ—¥æœ¬", "日本"),
        ("ðŸ˜€", "😀"),
        ("├╝ber", "über"),
        ("gr√∂√üer", "größer"),
        ("Ïðèâåò", "Привет"),
        ("ðÒÉ×ÅÔ", "Привет"),
        ("10Â°C", "10°C"),
    ],
)
def test_a_detail_shows_what_was_meant(wrong: str, right: str) -> None:
    (detail,) = details(wrong)
    assert f'"{right}"' in detail


@pytest.mark.parametrize("codec", ["cp932", "gbk"])
def test_utf8_misread_as_an_asian_encoding_is_found(codec: str) -> None:
    sentence = (
        "これは、日本語の文です。それも、そうです。あれも、こうです。"
        if codec == "cp932"
        else "锟斤拷"
    )
    wrong = sentence.encode().decode(codec, "ignore") if codec == "cp932" else sentence
    assert details(wrong)


@pytest.mark.parametrize(
    "honest",
    [
        "NÃO É À “TOA”", "AMANHÃ”", "„Ä“ und „Å“", "IRMÃ» É» é»…", "3 √2 ≈ 4", "繧繝縁の糸が縺れる",
        "liberté\xa0»", "vergaß“,", "Àgbáyé’’", "С’est", "ÄÄÄÄÄÄÄH", "РІВНЕНСЬКА «Рівне»", "ÍÓÚ",
        "│ ├── src ┤", "Ñandutí ẽ ĩ g̃", "Łódź — “źródło”",
    ],
)  # fmt: skip
def test_honest_text_is_left_alone(honest: str) -> None:
    assert details(honest) == []
