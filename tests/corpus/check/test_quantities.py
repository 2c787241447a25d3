"""One amount in two units is a conversion; two amounts, or two currencies, are none."""

import pytest

from nmt.corpus.check.quantities import converted_numbers


@pytest.mark.parametrize(
    ("number", "text", "other"),
    [
        ("201", "201 Kilometer", "125 miles"),
        ("125", "125-mile road", "eine 201 km lange Straße"),
        ("300", "300 feet", "90 Meter"),
        ("125", "125 cm", "49.2 inches"),
        ("451", "451 °F", "233 ℃"),
        ("451", "451 Grad Fahrenheit", "233 degrees Celsius"),
        ("1,234", "1,234 feet", "376 m"),
        ("1.234", "1.234 Fuß", "376 m"),
        ("251", "251 kg", "553-pound"),
        ("383", "383 Liter", "101.2 gallons"),
        ("135", "135 km²", "52.1 sq mi"),
        ("151", "151 kilómetros cuadrados", "37,312 acres"),
        ("161", "161 km/h", "100 mph"),
        ("201", "全長201キロメートルである", "125 miles"),
        ("٢٠١", "٢٠١ km", "125 miles"),
    ],
)
def test_one_amount_in_two_units_is_converted(number: str, text: str, other: str) -> None:
    assert converted_numbers(text, other)[0] == {number}
    assert converted_numbers(other, text)[1] == {number}


@pytest.mark.parametrize(
    ("number", "text", "other"),
    [
        ("201", "201 Kilometer", "152 miles"),
        ("201", "201 Kilometer", "201 km"),  # no other unit
        ("201", "201 Kilometer", "125 Meilensteine"),
        ("201", "201 Kilometer", "125 gallons"),
        ("201", "201 people", "125 miles"),
        ("100", "100 Euro", "110 dollars"),
        ("451", "451 °F", "333 °C"),
        ("999", "201 Kilometer", "125 miles"),
        ("454", "454 gallons", "378 Gallonen"),  # though gallons are of two sizes
        ("345", "room 345 C", "room 653 F"),
        ("201", "", ""),
    ],
)
def test_other_amounts_and_what_is_no_unit_are_not(number: str, text: str, other: str) -> None:
    assert number not in converted_numbers(text, other)[0]
