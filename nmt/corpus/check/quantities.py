"""Quantities that a translation states in other units: 201 Kilometer are 125 miles.

A conversion is believed of two numbers that stand before units of one dimension, if they are the
same amount but for rounding. Currencies are none: their rates are not known.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

NUMBER = re.compile(r"\d+(?:[.,'’·\u00a0\u202f٫٬]\d+)*")
ROUNDING = 0.03  # of an amount: 300 feet are 90 metres, a cake bakes at 350 °F or 180 °C
LONGEST_UNIT = 40  # characters
ACCENTS = re.compile("[\u0300-\u036f]")
DEGREES = r"(?:°|degrees?|degres?|grad[oiu]?s?|градус\w*) ?"  # a letter alone may be anything
METRE = r"met(?:ers?|ern|res?|ros?|ri)"
FEET = "(?:feet|foot|ft|fuss)"
SQUARED, CUBED = "(?:carre|cuadrad|quadrad|quadrat)[a-z]*", "(?:cube|cubic)[a-z]*"

# Of each unit: its names (first those that end with the word, then those of scripts without
# spaces), how many of the first unit of its dimension it is, and where its zero is. Patterns,
# without capitals and accents; one name may be several units.
UNITS: dict[str, list[tuple[str, str, float, float]]] = {
    "length": [
        (f"m|{METRE}|метр\\w*", "メートル|米", 1, 0),
        ("km|(?:k|ch|qu)ilomet\\w*|километ\\w*", "キロ|公里", 1000, 0),
        ("cm|[cz]entimet\\w*|сантимет\\w*", "センチ|厘米", 0.01, 0),
        ("mm|mill?imet\\w*|миллимет\\w*", "ミリ|毫米", 0.001, 0),
        ("mi|miles?|meilen?|millas?|milles?|migli[ao]|milhas?|мил[ьяи]\\w*", "マイル|英里",
         1609.344, 0),
        ("nautical miles?|seemeilen?|mill[ea]s marin[ao]?s", "海里", 1852, 0),
        (f"{FEET}|pieds?|pies|pied[ei]|pes|фут\\w*", "フィート|英尺", 0.3048, 0),
        ("inch(?:es)?|zoll|pouces?|pulgadas?|pollic[ei]|polegadas?|дюйм\\w*", "インチ|英寸",
         0.0254, 0),
        ("yds?|yards?|yardas?|jardas?|ярд\\w*", "ヤード", 0.9144, 0),
    ],
    "area": [
        (f"m ?2|(?:sq\\.?|square) ?(?:m|{METRE})|quadratmet\\w*|{METRE} {SQUARED}",
         "平方メートル|平米", 1, 0),
        (f"km ?2|(?:sq\\.?|square) ?(?:km|kilomet\\w*)|quadratkilomet\\w*|\\w+met\\w* {SQUARED}",
         "平方キロ", 1e6, 0),
        ("ha|he[ck]tar\\w*|гектар\\w*", "ヘクタール|公顷", 1e4, 0),
        ("acres?|акр\\w*", "エーカー|英亩", 4046.86, 0),
        (f"(?:sq\\.?|square) ?mi(?:les?)?|quadratmeilen?|mi[a-z]+ {SQUARED}", "平方マイル",
         2.58999e6, 0),
        (f"(?:sq\\.?|square) ?{FEET}|quadratfuss|pi[a-z]+ {SQUARED}", "平方フィート", 0.092903, 0),
    ],
    "mass": [
        ("kg|kilos?|(?:k|ch|qu)ilogram\\w*|килограмм\\w*", "キロ|公斤", 1, 0),
        ("g|gram\\w*|грамм\\w*", "グラム|克", 0.001, 0),
        ("t|tonn\\w*|metric tons?|toneladas?|тонн\\w*", "トン|吨", 1000, 0),
        ("tons?|short tons?", "", 907.185, 0),
        ("lbs?|pounds?|pfund|livres?|libras?|libbr[ae]|фунт\\w*", "ポンド|磅", 0.453592, 0),
        ("oz|ounces?|unzen?|on[cz][ae]s?|once|унци\\w*", "オンス|盎司", 0.0283495, 0),
    ],
    "volume": [
        ("l|lit(?:ers?|ern|res?|ros?|ri)|литр\\w*", "リットル|升", 1, 0),
        ("ml|mill?ilit\\w*|миллилитр\\w*", "ミリリットル|毫升", 0.001, 0),
        (f"m ?3|cubic {METRE}|kubikmet\\w*|{METRE} {CUBED}", "立方メートル", 1000, 0),
        ("gal|gallon\\w*|galon\\w*|галлон\\w*", "ガロン|加仑", 3.78541, 0),
        ("gal|gallon\\w*|galon\\w*|галлон\\w*", "ガロン|加仑", 4.54609, 0),  # the British one
        (f"cubic {FEET}|kubikfuss|pi[a-z]+ {CUBED}", "立方フィート", 28.3168, 0),
        ("bbl|barrels?|barril\\w*|barils?|баррел\\w*", "バレル|桶", 158.987, 0),
    ],
    "speed": [
        ("km/h|kmh|kph|(?:k|ch|qu)ilomet\\w* \\w+ \\w+|stundenkilomet\\w*", "", 1, 0),
        ("mph|miles (?:per|an) hour|meilen \\w+ stunde", "", 1.609344, 0),
        ("kn|kts?|knots?|knoten|n[oœ]e?uds|nudos", "ノット", 1.852, 0),
    ],
    "temperature": [
        (f"{DEGREES}f|(?:{DEGREES})?fahrenheit", "", 1, 0),
        (f"{DEGREES}c|(?:{DEGREES})?(?:celsius|centigrade|centigrados|цельси\\w*)", "", 1.8, 32),
        (f"{DEGREES}k|(?:{DEGREES})?kelvin", "", 1.8, -459.67),
    ],
}  # fmt: skip


class Quantity(NamedTuple):
    """A number before a unit."""

    number: str  # as written
    dimension: str
    unit: str  # its names
    amounts: tuple[float, ...]  # by each way to read the number


def converted_numbers(source: str, target: str) -> tuple[set[str], set[str]]:
    """The numbers of each text that the other text states in another unit."""
    left = list(_quantities(source))
    right = list(_quantities(target)) if left else []
    same = [(one, two) for one in left for two in right if _are_same(one, two)]
    return {one.number for one, _ in same}, {two.number for _, two in same}


def _are_same(one: Quantity, two: Quantity) -> bool:
    if one.dimension != two.dimension or one.unit == two.unit:
        return False
    return any(abs(a - b) <= ROUNDING * max(a, b) for a in one.amounts for b in two.amounts)


def _quantities(text: str) -> Iterator[Quantity]:
    for match in NUMBER.finditer(text):
        after = _plain(text[match.end() : match.end() + LONGEST_UNIT]).lstrip(" -\u2010\u2011")
        if not _any_unit().match(after):
            continue
        for dimension, name, factor, zero in _units():
            if name.match(after):
                amounts = tuple(factor * value + zero for value in _values(match[0]))
                yield Quantity(match[0], dimension, name.pattern, amounts)


def _values(number: str) -> list[float]:
    """What a number may mean: 1.234 is a thousand in German, and little more than 1 in English."""
    parts = re.split(r"\D", number)
    whole = float("".join(parts))
    return [whole] if len(parts) == 1 else [whole, float(f"{''.join(parts[:-1])}.{parts[-1]}")]


def _plain(text: str) -> str:
    """A text without capitals, accents and raised digits."""
    text = ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", text)  # kana with their marks


@cache
def _units() -> list[tuple[str, re.Pattern[str], float, float]]:
    """Dimension, names, factor and zero of each unit."""
    return [
        (dimension, _names(words, signs), factor, zero)
        for dimension, units in UNITS.items()
        for words, signs, factor, zero in units
    ]


@cache
def _any_unit() -> re.Pattern[str]:
    return re.compile("|".join(name.pattern for _, name, _, _ in _units()))


def _names(words: str, signs: str) -> re.Pattern[str]:
    whole = rf"(?:{_plain(words)})(?![^\W\d_])"
    return re.compile(f"{whole}|{_plain(signs)}" if signs else whole)
