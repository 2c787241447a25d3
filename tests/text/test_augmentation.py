"""Augmentation: what each kind does to which side, as a function of seed, epoch and row."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nmt.errors import ConfigError
from nmt.text.augmentation import KINDS, TYPED, Augmenter, perturb

PAIRS = [
    ("Ein Hund läuft über die Straße.", "A dog runs across the street."),
    ("Wer ist da?", "Who is there?"),
    ("Siehe https://example.org/Ab und <b>das</b>!", "See https://example.org/Ab and <b>this</b>!"),
    ("Hallo {name}, 3 von 10", "Hello {name}, 3 of 10"),
]
LINE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=40)
TEXT = st.one_of(st.sampled_from([side for pair in PAIRS for side in pair]), LINE)
WORD_PAIRS = [("Hund", "dog"), ("Straße", "street")]


def always(kind: str, seed: int = 1) -> Augmenter:
    return Augmenter({kind: 1.0}, seed, WORD_PAIRS)


# --- what each kind does ---


@pytest.mark.parametrize(
    ("kind", "source", "target"),
    [
        ("upper_case", "EIN HUND LÄUFT ÜBER DIE STRASSE.", "A DOG RUNS ACROSS THE STREET."),
        ("title_case", "Ein Hund Läuft Über Die Straße.", "A Dog Runs Across The Street."),
        ("lower_case", "ein hund läuft über die straße.", "A dog runs across the street."),
        ("no_final_punctuation", "Ein Hund läuft über die Straße", "A dog runs across the street"),
    ],
)
def test_a_pair_is_changed_on_the_sides_where_a_user_expects_it(
    kind: str, source: str, target: str
) -> None:
    assert always(kind)(*PAIRS[0], epoch=0, row=0) == (source, target)


def test_slips_of_the_key_are_in_the_source_only() -> None:
    source, target = PAIRS[0]
    seen = set()
    for row in range(200):
        slipped, same = always("typos")(source, target, epoch=0, row=row)
        assert same == target and slipped != source
        words = zip(source.split(), slipped.split(), strict=True)
        changed = [(before, after) for before, after in words if before != after]
        assert len(changed) == 1
        assert abs(len(changed[0][0]) - len(changed[0][1])) <= 1
        assert changed[0][0][0] == changed[0][1][0]
        seen.add(slipped)
    assert len(seen) > 50


@pytest.mark.parametrize("source", ["हम स्कूल में हैं।", "ọ́ lọ́ọ̀r", "می‌خواهم"])
def test_words_with_marks_have_slips_in_their_letters(source: str) -> None:
    seen = {always("typos")(source, "x", epoch=0, row=row)[0] for row in range(40)}
    assert source not in seen and len(seen) > 5
    for slipped in seen:
        words = zip(source.split(), slipped.split(), strict=True)
        (changed,) = [(before, after) for before, after in words if before != after]
        assert len(changed[0]) >= 3 and changed[0][0] == changed[1][0]


def test_single_words_come_from_the_dictionary() -> None:
    drawn = {always("single_words")(*PAIRS[0], epoch=0, row=row) for row in range(50)}
    assert drawn == set(WORD_PAIRS)
    without = Augmenter({"single_words": 1.0}, 1)
    assert without(*PAIRS[0], epoch=0, row=0) == PAIRS[0]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Ein Hund.", "A dog!"),
        ("Ein Hund.", "A dog"),
        ("...", "..."),
        ("Ein Hund", "A dog"),
        ("", "."),
    ],
)
def test_final_punctuation_stays_unless_both_sides_end_alike(source: str, target: str) -> None:
    assert always("no_final_punctuation")(source, target, epoch=0, row=0) == (source, target)


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (("本を読む。", "I read a book."), ("本を読む", "I read a book")),
        (("本を読む？", "Do you read ?"), ("本を読む", "Do you read")),
        (("Halt!!!", "Stop!"), ("Halt", "Stop")),
        (("Nun ...", "Well …"), ("Nun", "Well")),
    ],
)
def test_final_punctuation_of_all_scripts_goes(
    pair: tuple[str, str], expected: tuple[str, str]
) -> None:
    assert always("no_final_punctuation")(*pair, epoch=0, row=0) == expected


@pytest.mark.parametrize("kind", ["upper_case", "title_case", "lower_case", "typos"])
@pytest.mark.parametrize("source", ["彼は本を読んでいます。", "กข", "12 + 3 = 15", "א"])
def test_a_source_without_case_or_letters_to_miss_keeps_its_target(kind: str, source: str) -> None:
    assert always(kind)(source, "He is reading.", epoch=0, row=0) == (source, "He is reading.")


@pytest.mark.parametrize("kind", ["upper_case", "title_case", "lower_case", "typos"])
def test_addresses_placeholders_symbols_and_digits_stay(kind: str) -> None:
    kept = ["https://Example.org/ab", "Anna@example.org", "<B>", "{Name}", "%s", "__Url__", "Law"]
    line = " Word Ända ".join([*kept, "mp3player 2nd"])
    augmenter = Augmenter({kind: 1.0}, 1, symbols=["Law"])
    for row in range(30):
        source, _ = augmenter(line, line, epoch=0, row=row)
        assert source != line
        assert [word for word in source.split() if word in kept] == kept
        assert source.lower().endswith("mp3player 2nd")


# --- rates ---


@settings(deadline=None)
@given(source=TEXT, target=TEXT, row=st.integers(0, 10**9))
def test_a_rate_of_zero_changes_nothing(source: str, target: str, row: int) -> None:
    augmenter = Augmenter(dict.fromkeys(KINDS, 0.0), 1, WORD_PAIRS)
    assert augmenter(source, target, epoch=0, row=row) == (source, target)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
@given(source=TEXT, target=TEXT, row=st.integers(0, 10**9))
def test_neither_side_becomes_empty(kind: str, source: str, target: str, row: int) -> None:
    changed = always(kind)(source, target, epoch=0, row=row)
    for before, after in zip((source, target), changed, strict=True):
        assert after.strip() or not before.strip()


@settings(deadline=None)
@given(source=TEXT, target=TEXT, row=st.integers(0, 10**9))
def test_a_rate_of_one_makes_a_slip_wherever_there_is_a_word(
    source: str, target: str, row: int
) -> None:
    assume(TYPED.search(source) and "{" not in source and "<" not in source)
    assume(not any(sign in source for sign in ("://", "@", "www.", "%", "__")))
    changed, same = always("typos")(source, target, epoch=0, row=row)
    assert changed != source and same == target


@pytest.mark.parametrize("kind", KINDS)
def test_a_rate_is_the_share_of_the_pairs_that_change(kind: str) -> None:
    augmenter = Augmenter({kind: 0.3}, 1, WORD_PAIRS)
    changed = sum(augmenter(*PAIRS[0], epoch=0, row=row) != PAIRS[0] for row in range(3000))
    assert 0.26 < changed / 3000 < 0.34


def test_kinds_of_case_exclude_one_another() -> None:
    augmenter = Augmenter({"upper_case": 0.3, "title_case": 0.3, "lower_case": 0.4}, 1)
    results = [augmenter(*PAIRS[0], epoch=0, row=row) for row in range(3000)]
    expected = [always(k)(*PAIRS[0], epoch=0, row=0) for k in ("upper_case", "title_case")]
    assert set(results) == {*expected, (PAIRS[0][0].lower(), PAIRS[0][1])}
    assert 0.26 < results.count(expected[0]) / 3000 < 0.34


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ({"uppercase": 0.1}, "augmentation: uppercase: unknown kind; did you mean upper_case?"),
        ({"xyz": 0.1}, "augmentation: xyz: unknown kind; there are upper_case, title_case"),
        ({"typos": 1.5}, "augmentation: typos = 1.5: should be from 0 to 1"),
        ({"typos": float("nan")}, "augmentation: typos = nan: should be from 0 to 1"),
        ({"upper_case": 0.6, "lower_case": 0.6}, "add up to more than 1"),
    ],
)
def test_rates_that_cannot_be_are_named(rates: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Augmenter(rates, 1)
    assert message in str(caught.value)


# --- a function of seed, epoch and row ---

RATES = {"upper_case": 0.2, "lower_case": 0.2, "typos": 0.5, "single_words": 0.1}


def augmented(seed: int, epoch: int, rows: range) -> list[tuple[str, str]]:
    augmenter = Augmenter(RATES, seed, WORD_PAIRS)
    return [augmenter(*PAIRS[row % 4], epoch=epoch, row=row) for row in rows]


def test_order_does_not_matter_but_seed_epoch_and_row_do() -> None:
    first = augmented(1, 0, range(100))
    assert augmented(1, 0, range(99, -1, -1))[::-1] == first
    others = [augmented(2, 0, range(100)), augmented(1, 1, range(100))]
    others.append(augmented(1, 0, range(100, 200)))
    assert all(other != first for other in others)


PROGRAM = """
import json, sys
from nmt.text.augmentation import Augmenter
rates, pairs, word_pairs = json.load(sys.stdin)
augmenter = Augmenter(rates, 1, word_pairs)
print(json.dumps([augmenter(*pairs[row % 4], epoch=0, row=row) for row in range(100)]))
"""


def test_another_process_draws_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([RATES, PAIRS, WORD_PAIRS]), capture_output=True, encoding="utf-8",
        check=True, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert [tuple(pair) for pair in json.loads(done.stdout)] == augmented(1, 0, range(100))


# --- test sets ---


def test_a_perturbed_test_set_has_its_lines_and_is_the_same_again() -> None:
    lines = [source for source, _ in PAIRS] * 5
    assert perturb(lines[:2], "upper_case", 1) == [line.upper() for line in lines[:2]]
    assert perturb(lines[:2], "no_final_punctuation", 1) == [line[:-1] for line in lines[:2]]
    assert perturb(lines, "typos", 1) == perturb(lines, "typos", 1) != perturb(lines, "typos", 2)
    assert len(perturb(["", *lines], "typos", 1)) == len(lines) + 1


@pytest.mark.parametrize("kind", ["single_words", "typo"])
def test_a_test_set_cannot_be_perturbed_in_just_any_way(kind: str) -> None:
    with pytest.raises(ConfigError, match="unknown kind"):
        perturb(["a"], kind, 1)


@pytest.mark.parametrize(
    "unit", ["a", ".", "_", "<", "{", "@", "(", "a.", "x@", " ", "__a", ">", "}>", "a>"]
)
def test_an_endless_line_is_left_alone_and_a_long_one_takes_no_time(unit: str) -> None:
    """Patterns that look behind each character of a run would take minutes."""
    augmenter = Augmenter(dict.fromkeys(("upper_case", "typos", "no_final_punctuation"), 1.0), 1)
    endless = unit * 1_000_000 + " end"
    assert augmenter(endless, endless, epoch=0, row=0) == (endless, endless)
    long = unit * (4900 // len(unit)) + " end"
    assert augmenter(long, long, epoch=0, row=0)[1].endswith("END")


@pytest.mark.parametrize(
    "text",
    [
        '<a href="mailto:x@y.de">hans.meier@example.com</a>',
        '<a class="ext" href="u">http://example.com/Pfad</a>',
        "{name, plural}user@host.de",
    ],
)
def test_an_address_behind_markup_stays(text: str) -> None:
    address = text.split(">")[1].split("<")[0] if ">" in text else "user@host.de"
    for kind in ("upper_case", "title_case", "typos"):
        assert address in perturb([f"siehe {text} oder nicht"], kind, 1)[0]
