"""Whatever is done to a clean corpus is found, and where it was done; and nothing else is said."""

import bz2
import gzip
import lzma
import random
import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.check.result import CorpusCheck
from nmt.errors import DataError
from tests.corpus.checking import (
    Sides,
    check,
    lines_of,
    make_phrasebook,
    of_kind,
    read_lines,
    write_lines,
)
from tests.corpus.file_faults import CORPORA, SOURCE, SOURCES, TARGET
from tests.corpus.pair_faults import PAIR_FAULTS

CLEAN = 1500  # pairs, that faults are injected into
SMALL = 250  # pairs, too few for their sides to be followed
SLIPPED = 2000  # pairs, to look for slips in
NEAR = 5  # lines, within which a slip is located


@pytest.fixture(scope="module")
def phrasebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_phrasebook(tmp_path_factory.mktemp("phrasebook"))


@pytest.fixture(scope="module")
def clean(phrasebook: Path) -> Sides:
    return read_lines(phrasebook / "train.de"), read_lines(phrasebook / "train.en")


def head(sides: Sides, pairs: int) -> Sides:
    return sides[0][:pairs], sides[1][:pairs]


# --- single pairs ---


def inject(sides: Sides, places: dict[str, int]) -> Sides:
    """Damage the pair of each line as the fault says."""
    sides = (list(sides[0]), list(sides[1]))
    for name, line in places.items():
        pair = PAIR_FAULTS[name].damage(sides[0][line - 1], sides[1][line - 1])
        sides[0][line - 1], sides[1][line - 1] = pair
    return sides


def places_found(found: CorpusCheck) -> set[tuple[int, str, str]]:
    """The line, kind and reason of all examples."""
    return {(e.line, fault.kind, fault.reason) for fault in found.faults for e in fault.examples}


@pytest.fixture(scope="module")
def injected(
    clean: Sides, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, int], CorpusCheck]:
    """All faults at once, each in its line; and what was found."""
    lines = random.Random(1).sample(range(2, CLEAN), len(PAIR_FAULTS))
    places = dict(zip(PAIR_FAULTS, lines, strict=True))
    sides = inject(head(clean, CLEAN), places)
    return places, check(write_lines(tmp_path_factory.mktemp("injected"), sides))


@pytest.mark.parametrize("name", PAIR_FAULTS)
def test_a_fault_of_a_pair_is_found_in_its_line(
    name: str, injected: tuple[dict[str, int], CorpusCheck]
) -> None:
    places, found = injected
    kind, reason, _ = PAIR_FAULTS[name]
    assert (places[name], kind, reason) in places_found(found)


def test_no_sound_pair_is_reported_beside_the_faulty_ones(
    injected: tuple[dict[str, int], CorpusCheck],
) -> None:
    places, found = injected
    assert lines_of([f for f in found.faults if f.severity != "note"]) <= set(places.values())
    assert found.pairs == CLEAN == found.lengths.source.sum()


@settings(max_examples=10, deadline=None)
@given(
    names=st.lists(st.sampled_from(sorted(PAIR_FAULTS)), min_size=1, max_size=8, unique=True),
    lines=st.lists(st.integers(2, SMALL), min_size=8, max_size=8, unique=True),
)
def test_any_faults_in_any_lines_are_found(
    names: list[str],
    lines: list[int],
    clean: Sides,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    places = dict(zip(names, lines, strict=False))
    sides = inject(head(clean, SMALL), places)
    found = check(write_lines(tmp_path_factory.mktemp("generated"), sides))
    for name, line in places.items():
        assert (line, *PAIR_FAULTS[name][:2]) in places_found(found), name
    errors = [fault for fault in found.faults if fault.severity != "note"]
    assert lines_of(errors) <= set(places.values())


def test_repeated_and_leaked_pairs_are_located(
    clean: Sides, phrasebook: Path, tmp_path: Path
) -> None:
    test = [read_lines(phrasebook / f"test.{side}") for side in ("de", "en")]
    long = [n for n, line in enumerate(test[0]) if len(line) > 40 < len(test[1][n])]
    german, english = (list(side) for side in head(clean, CLEAN))
    places = {100 + 25 * n: row for n, row in enumerate(long[:8])}
    for line, row in places.items():
        german[line - 1], english[line - 1] = test[0][row], test[1][row]
    for line in (900, 1000):
        german[line - 1], english[line - 1] = german[499], english[499]
    german[1100 - 1] = test[0][long[9]]
    german[1200 - 1], english[1200 - 1] = german[599].upper(), english[599].upper()
    files = tuple(phrasebook / f"test.{side}" for side in ("de", "en"))
    found = check(write_lines(tmp_path, (german, english)), test=files)
    by_reason = {(f.kind, f.reason): {e.line for e in f.examples} for f in found.faults}
    assert by_reason["overlap", "pair"] == set(places)
    assert by_reason["overlap", "source"] == {1100}
    assert by_reason["duplicate", "exact"] == {900, 1000}
    assert by_reason["duplicate", "normalized"] == {1200}


# --- slips ---


def shift(side: int, at: int, lines: int) -> Callable[[Sides], None]:
    """Take lines away from a side, or add some (`lines` above 0)."""

    def damage(sides: Sides) -> None:
        if lines < 0:
            del sides[side][at - 1 : at - 1 - lines]
        else:
            sides[side][at - 1 : at - 1] = sides[side][7 : 7 + lines]

    return damage


def shift_and_mend(side: int, first: int, last: int) -> Callable[[Sides], None]:
    """Move a stretch of a side one line down: counts agree, and so does what follows."""

    def damage(sides: Sides) -> None:
        line = sides[side].pop(last - 1)
        sides[side].insert(first - 1, line)

    return damage


def disorder(side: int, first: int, last: int) -> Callable[[Sides], None]:
    """Sort a stretch of one side."""

    def damage(sides: Sides) -> None:
        sides[side][first - 1 : last] = sorted(sides[side][first - 1 : last])

    return damage


SLIPS: dict[str, tuple[Callable[[Sides], None], int]] = {
    "a target lost": (shift(1, 777, -1), 777),
    "a source lost": (shift(0, 1234, -1), 1234),
    "a target added": (shift(1, 1801, 1), 1801),
    "a source added": (shift(0, 150, 1), 150),
    "three targets lost": (shift(1, 1010, -3), 1010),
    "twelve sources added": (shift(0, 911, 12), 911),
    "the first target lost": (shift(1, 1, -1), 1),
    "a slip near the end": (shift(0, 1920, -1), 1920),
    "a slip that is undone": (shift_and_mend(1, 600, 900), 600),
    "a stretch that was sorted": (disorder(1, 1500, 1700), 1500),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_located(name: str, clean: Sides, tmp_path: Path) -> None:
    damage, line = SLIPS[name]
    sides = tuple(map(list, head(clean, SLIPPED)))
    damage((sides[0], sides[1]))
    found = check(write_lines(tmp_path, (sides[0], sides[1])))
    (slip,) = of_kind(found, "misalignment")
    assert slip.severity == "error" and slip.line is not None
    assert abs(slip.line - line) <= NEAR
    assert bool(of_kind(found, "unequal_counts")) == (len(sides[0]) != len(sides[1]))


# --- whole files ---


def test_whole_files_that_were_mistaken_are_errors(
    clean: Sides, phrasebook: Path, tmp_path: Path
) -> None:
    german, english = write_lines(tmp_path, head(clean, SMALL))
    cases: dict[tuple[Path, ...], tuple[str, str]] = {
        (english, german): ("swapped_sides", "whole_corpus"),
        (german, german): ("wrong_language", "declared_otherwise"),
        (german, phrasebook / "test.en"): ("unequal_counts", "unequal"),
    }
    for files, expected in cases.items():
        errors = [f for f in check(files).faults if f.severity == "error"]
        assert expected in {(fault.kind, fault.reason) for fault in errors}
    same = check((german, german), languages=(None, None))
    assert ("wrong_language", "same_language") in {(f.kind, f.reason) for f in same.faults}


def says_one_line(files: list[Path], expected: str) -> None:
    """What cannot be read is named in one line: as a fault with its line, or as an error."""
    try:
        found = check(files)
    except DataError as error:
        message, line = str(error), None
    else:
        (fault,) = of_kind(found, "unreadable")
        message, line = fault.message, fault.line
        assert fault.file == str(files[0]) and fault.severity == "error"
    assert "\n" not in message and message.startswith(str(files[0]))
    assert re.search(expected, message.removeprefix(str(files[0].parent)))
    if place := re.search(r", line (\d+)", message):
        assert line == int(place[1])


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_that_cannot_be_read_is_told_in_a_line(name: str, tmp_path: Path) -> None:
    fault = SOURCES[name]
    (tmp_path / fault.name).write_bytes(fault.content)
    (tmp_path / "b.en").write_bytes(TARGET)
    says_one_line([tmp_path / fault.name, tmp_path / "b.en"], fault.says)


@pytest.mark.parametrize("name", CORPORA)
def test_a_corpus_that_cannot_be_read_is_told_in_a_line(name: str, tmp_path: Path) -> None:
    fault = CORPORA[name]
    (tmp_path / fault.name).write_bytes(fault.content)
    says_one_line([tmp_path / fault.name], fault.says)


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: bytes(pyarrow.compress(data, "zstd", asbytes=True)),
}


@pytest.mark.parametrize("end", PACKED)
@settings(max_examples=6, deadline=None)
@given(share=st.floats(0.02, 0.999), byte=st.integers(0, 255))
def test_a_cut_or_damaged_archive_is_located_and_never_misread(
    share: float, byte: int, end: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    whole = PACKED[end](SOURCE)
    at = max(12, int(share * len(whole)))  # what is shorter looks like text
    source, target = folder / f"a.de.{end}", folder / "a.en"
    target.write_bytes(TARGET)
    source.write_bytes(whole[:at])
    says_one_line([source, target], "line [0-9]+: .*cut off or damaged")
    source.write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])
    found = check([source, target])
    lines = SOURCE.decode().splitlines()
    unreadable = of_kind(found, "unreadable")
    assert found.pairs == len(lines) or unreadable  # the flip may be in what carries no text


# --- a real corpus of 29,000 pairs ---


@pytest.fixture(scope="module")
def multi30k(corpora: Path) -> Sides:
    german, english = (read_lines(corpora / "multi30k" / f"train.{side}") for side in ("de", "en"))
    return german, english


def slip_of(sides: Sides, folder: Path) -> tuple[int, int]:
    """The line and the size of the only slip."""
    (slip,) = of_kind(check(write_lines(folder, sides)), "misalignment")
    assert slip.line is not None
    return slip.line, slip.count


@pytest.mark.slow
@pytest.mark.parametrize("lines", [-1, 1, -2, 5, -9, 20])
@pytest.mark.parametrize("side", [0, 1])
def test_a_slip_in_29_000_pairs_is_located(
    side: int, lines: int, multi30k: Sides, tmp_path: Path
) -> None:
    at = random.Random(f"{side} {lines}").randint(1, len(multi30k[0]) - 50)
    german, english = map(list, multi30k)
    shift(side, at, lines)((german, english))
    line, count = slip_of((german, english), tmp_path)
    assert abs(line - at) <= NEAR
    assert count == pytest.approx(29_000 - at, abs=50)


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [30, 100, 1000])
@pytest.mark.parametrize("damage", [shift_and_mend, disorder])
def test_a_slip_that_ends_is_located_from_30_pairs_on(
    damage: Callable[[int, int, int], Callable[[Sides], None]],
    pairs: int,
    multi30k: Sides,
    tmp_path: Path,
) -> None:
    first = random.Random(pairs).randint(100, len(multi30k[0]) - 1200)
    german, english = map(list, multi30k)
    damage(1, first, first + pairs - 1)((german, english))
    line, count = slip_of((german, english), tmp_path)
    assert abs(line - first) <= NEAR
    assert abs(count - pairs) <= 2 * NEAR


@pytest.mark.slow
def test_all_faults_of_pairs_are_located_in_29_000_pairs(multi30k: Sides, tmp_path: Path) -> None:
    before = check(write_lines(tmp_path, (list(multi30k[0]), list(multi30k[1])), "before"))
    lines = random.Random(2).sample(range(2, 29_000), len(PAIR_FAULTS))
    places = dict(zip(PAIR_FAULTS, lines, strict=True))
    found = check(write_lines(tmp_path, inject(multi30k, places)))
    faults = {(f.kind, f.reason): f.count for f in before.faults}
    for name, line in places.items():
        kind, reason, _ = PAIR_FAULTS[name]
        if not faults.get((kind, reason)):  # else the eight examples may be others
            assert (line, kind, reason) in places_found(found), name
    assert found.pairs == 29_000
    assert of_kind(found, "misalignment") == []


@pytest.mark.slow
def test_another_language_another_order_and_a_leak_are_located(
    multi30k: Sides, corpora: Path, tmp_path: Path
) -> None:
    folder = corpora / "multi30k"
    french = read_lines(folder / "train.fr")
    german, english = map(list, multi30k)
    english[7000:7300] = french[7000:7300]
    german[15_000:15_200], english[15_000:15_200] = english[15_000:15_200], german[15_000:15_200]
    for row in range(50):
        for side, language in ((german, "de"), (english, "en")):
            leaked = read_lines(folder / f"test_2016_flickr.{language}")[20 * row]
            side[20_000 + 100 * row] = leaked
    test = tuple(folder / f"test_2016_flickr.{side}" for side in ("de", "en"))
    found = check(write_lines(tmp_path, (german, english)), test=test)
    foreign = next(f for f in of_kind(found, "wrong_language") if f.reason == "foreign")
    assert 7001 <= (foreign.line or 0) <= 7005 and foreign.count >= 270
    (swapped,) = of_kind(found, "swapped_sides")
    assert 15_001 <= (swapped.line or 0) <= 15_005 and swapped.count >= 170
    overlap = next(f for f in of_kind(found, "overlap") if f.severity == "error")
    assert overlap.line == 20_001 and overlap.message.split(": ")[1].startswith("50 of 1,000")
    assert of_kind(found, "misalignment") == []


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["tmx", "xliff", "sgm", "tsv", "jsonl-mafand-en-yor"])
def test_odd_files_of_others_end_in_a_verdict_or_a_line(folder: str, corpora: Path) -> None:
    for path in sorted((corpora / "odd" / folder).iterdir()):
        try:
            found = check([path], languages=(None, None))
        except DataError as error:
            assert str(path) in str(error) and "\n" not in str(error)
        else:
            assert found.pairs or found.faults
            assert all("\n" not in fault.message for fault in found.faults)


def test_the_suite_injects_at_least_150_faults() -> None:
    assert len([*chain(PAIR_FAULTS, SLIPS, SOURCES, CORPORA)]) >= 150
