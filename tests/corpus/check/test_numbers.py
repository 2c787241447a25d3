"""Numbers that differ are found; one number written in two ways does not differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.check.numbers import find_number_mismatch
from nmt.corpus.sentence_pair import SentencePair


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("in 1984", "im Jahr 1948"),
        ("慶応4年（1868年）の上野戦争", "In 1968 he fought"),
        ("about 255,000 tonnes", "etwa 225.000 Tonnen"),
        ("像高47.6cm。", "46.7cm tall."),
        ("١٩٨٤", "1948"),
        ("201 Kilometer lang", "152 miles long"),
        ("125 Kilometer und 384 Leute", "77.7 miles and 834 people"),
    ],
)
def test_different_numbers_are_found(source: str, target: str) -> None:
    (finding,) = find_number_mismatch(SentencePair(source, target, 1))
    assert finding[:3] == ("number_mismatch", "number", "both")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("1,234,567.8", "1 234 567,8"),
        ("1,234.50", "1.234,5"),
        ("1.5 billion (1,500 million)", "1,5 Milliarden"),
        ("12億3400万", "1.234 billion and 1999"),
        ("１９８４年", "1984"),
        ("at 3.30 pm in 1984", "um 15.30 Uhr, 1984"),
        ("12.03.1984", "03/12/1984"),
        ("twelve", "12 and 345"),
        ("昭和59年", "1984"),
        ("พ.ศ. 2567", "2024"),
        ("寛永19年（1642年）12月30日", "On February 18, 1643"),
        ("第百四十八国立銀行 1933年", "The 148th bank"),
        ("see http://a.org/12345", "siehe http://a.org/54321"),
        ("25 of them", "52 davon"),
        ("in 1984", "damals"),
        ("201 Kilometer lang", "125 miles long"),
        ("451 °F in 1984", "1984 bei 233 °C"),
    ],
)
def test_other_spellings_are_left_alone(source: str, target: str) -> None:
    assert find_number_mismatch(SentencePair(source, target, 1)) == []


@given(st.integers(0, 10**9), st.sampled_from([",", ".", " ", "\u202f", "'"]))
def test_a_number_is_equal_to_itself_with_separators(number: int, separator: str) -> None:
    source, target = f"{number:,}".replace(",", separator), str(number)
    assert find_number_mismatch(SentencePair(source, target, 1)) == []
    assert find_number_mismatch(SentencePair(target, source, 1)) == []
