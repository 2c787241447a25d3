"""Numbers that differ between a sentence and its translation.

Languages write a number in many ways: 1,234.5 and 1.234,5; 3 pm and 15 h; twelve, XII and 十二;
Heisei 20 and 2008. So a number that one side lacks proves nothing. What is reported is a number of
each side that the other side has in no spelling of digits, where no spelled-out number, clock time,
unit or calendar can explain it.
"""

import re

from nmt.corpus.check.fault import Finding
from nmt.corpus.check.quantities import NUMBER, converted_numbers
from nmt.corpus.sentence_pair import SentencePair

LEAST_DIGITS = 3  # of a number that is reported, without the zeros at its ends
MOST_DIGITS = 30  # of what is a number; more are data
MOST_NUMBERS = 60  # of a sentence; more are a table, which this check leaves alone
ADDRESS = re.compile(r"(?<!\S)\S*(?:://|www\.|@)\S*")
CLOCK = re.compile(r"(?:[01]?\d|2[0-4])[.:,][0-5]\d")
KANJI_NUMBER = re.compile(r"[〇一二三四五六七八九十百千]{2,}")
# From the year of one calendar to that of another: the modern eras of Japan, the Republic of China,
# the Thai, Japanese, Saka, Hijri, Persian and Ethiopian calendars.
CALENDARS = frozenset({2018, 1988, 1925, 1911, 1867, 543, 660, 78, 622, 621, 579, 578, 8, 7})


def find_number_mismatch(pair: SentencePair) -> list[Finding]:
    """Numbers of at least three digits that the two sides do not share (`number_mismatch`)."""
    source, target, _ = pair
    left, right = _numbers(source), _numbers(target)
    if left == right or not (0 < len(left) <= MOST_NUMBERS and 0 < len(right) <= MOST_NUMBERS):
        return []
    missing = _unmatched(left, right)
    added = missing and _unmatched(right, left)
    if not (missing and added):
        return []
    if KANJI_NUMBER.search(source) or KANJI_NUMBER.search(target):
        return []
    # The last month of a lunar year is the first of the next.
    if ("月" in source or "月" in target) and _differ_by_one(missing, added):
        return []
    converted = converted_numbers(source, target)
    missing = [number for number in missing if number not in converted[0]]
    added = [number for number in added if number not in converted[1]]
    if not (missing and added):
        return []
    detail = f"the source has {', '.join(missing)}, the target {', '.join(added)}"
    return [Finding("number_mismatch", "number", "both", detail)]


def _numbers(text: str) -> list[str]:
    """The numbers of a text, as written, but for those of links and addresses."""
    if "@" in text or "://" in text or "www." in text:
        text = ADDRESS.sub(" ", text)
    return [number for number in NUMBER.findall(text) if len(number) <= MOST_DIGITS]


def _unmatched(numbers: list[str], others: list[str]) -> list[str]:
    """The long numbers of which the other side has neither the digits nor the year."""
    joined = "".join(map(_digits, others))
    years = [int(part) for other in others for part in re.findall(r"\d+", other)]
    found = []
    for number in numbers:
        digits = _digits(number).strip("0")
        if len(digits) < LEAST_DIGITS or digits in joined or CLOCK.fullmatch(number):
            continue
        if not any(abs(int(_digits(number)) - year) in CALENDARS for year in years):
            found.append(number)
    return found


def _digits(number: str) -> str:
    """The digits alone, in ASCII."""
    return "".join(str(int(one)) for one in number if one.isdigit())


def _differ_by_one(left: list[str], right: list[str]) -> bool:
    """Whether each number of one side is next to one of the other."""
    others = [int(_digits(one)) for one in right]
    return all(any(abs(int(_digits(one)) - other) == 1 for other in others) for one in left)
