"""TMX: pairs as they were written, the languages that were meant, one clear line for any fault."""

import gzip
import io
import tracemalloc
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.tmx import read_tmx
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

NONE, EN_DE, EN_FR = Selection(), Selection("en", "de"), Selection("en", "fr")
TEXT = st.text(
    st.characters(codec="utf-8", min_codepoint=0x20, exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n<>&\"']")
)
INLINE = st.sampled_from(
    [
        '<bpt i="1">&lt;b></bpt>',
        '<ept i="1">&lt;/b></ept>',
        '<ph x="1">{code <sub>sub</sub>}</ph>',
        '<it pos="begin">&lt;i></it>',
        "<ut>{old}</ut>",
        "<sub>sub</sub>",
        "<!-- comment -->",
        "",
    ]
)


def tuv(tag: str, text: str) -> str:
    return f"<tuv xml:lang={quoteattr(tag)}><seg>{text}</seg></tuv>"


def tmx(*units: str, header: str = 'srclang="en"') -> bytes:
    body = "".join(f"<tu>{unit}</tu>\n" for unit in units)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n'
        f'<tmx version="1.4"><header {header}/><body>\n{body}</body></tmx>\n'
    ).encode()


def read(content: bytes, selection: Selection = NONE) -> list[SentencePair]:
    return list(read_tmx(io.BytesIO(content), "m.tmx", selection))


def sides(content: bytes, selection: Selection = NONE) -> list[tuple[str, str]]:
    return [(pair.source, pair.target) for pair in read(content, selection)]


def fault(content: bytes, selection: Selection = NONE) -> str:
    with pytest.raises(DataError) as caught:
        read(content, selection)
    message = str(caught.value)
    assert message.startswith("m.tmx") and "\n" not in message
    return message.removeprefix("m.tmx")


# --- text ---


@settings(deadline=None)
@given(
    pairs=st.lists(st.tuples(TEXT, TEXT), min_size=1),
    encoding=st.sampled_from(["utf-8", "utf-16"]),
    selection=st.sampled_from([NONE, EN_DE, Selection("en", None), Selection(None, "de")]),
)
def test_pairs_are_read_as_they_were_written(
    pairs: list[tuple[str, str]], encoding: str, selection: Selection
) -> None:
    units = [tuv("en", escape(left)) + tuv("de", escape(right)) for left, right in pairs]
    content = tmx(*units).decode().replace("UTF-8", encoding, 1).encode(encoding)
    assert sides(content, selection) == [(one_line(s), one_line(t)) for s, t in pairs]


@settings(deadline=None)
@given(pieces=st.lists(st.tuples(TEXT, INLINE)), hi=st.booleans())
def test_codes_go_and_the_text_around_them_stays(pieces: list[tuple[str, str]], hi: bool) -> None:
    marked = "".join(escape(text) + code for text, code in pieces)
    marked = f"<hi>{marked}</hi>" if hi else marked
    text = "".join(text for text, _ in pieces)
    assert sides(tmx(tuv("en", marked) + tuv("de", "x"))) == [(one_line(text), "x")]


def test_a_code_for_a_line_break_parts_words() -> None:
    unit = tuv("en", 'one<ph type="lb">&lt;br></ph>two<ph>{}</ph>') + tuv("de", "x")
    assert sides(tmx(unit)) == [("one two", "x")]


def test_an_empty_side_is_kept_for_later_checks() -> None:
    empty = "<tuv xml:lang='de'><seg/></tuv>"
    assert sides(tmx(tuv("en", "a") + empty, empty + tuv("en", ""))) == [("a", ""), ("", "")]
    assert sides(tmx(tuv("en", "a") + "<tuv xml:lang='de'/>")) == [("a", "")]


def test_a_pair_has_the_line_of_its_unit() -> None:
    unit = "\n" + tuv("en", "a\nb") + "\n" + tuv("de", "c")
    assert [pair.line for pair in read(tmx(unit, unit, unit))] == [4, 8, 12]


def test_notes_and_properties_are_no_text() -> None:
    extra = "<note>n</note><prop type='x'>p</prop>"
    unit = extra + tuv("en", "a").replace("<seg>", extra + "<seg>") + tuv("de", "b")
    assert sides(tmx(unit)) == [("a", "b")]


# --- languages ---


@pytest.mark.parametrize(
    ("header", "first"),
    [
        ('srclang="en"', "a"),
        ('srclang="de"', "b"),
        ('srclang="EN-us"', "a"),
        ('srclang="*all*"', "b"),
        ('srclang="fr"', "b"),
        ("", "b"),
    ],
)
def test_of_two_languages_srclang_is_the_source_else_the_first(header: str, first: str) -> None:
    assert sides(tmx(tuv("de", "b") + tuv("en", "a"), header=header))[0][0] == first


def test_the_srclang_of_a_unit_tells_where_the_header_does_not() -> None:
    content = tmx(tuv("de", "b") + tuv("en", "a"), header='srclang="*all*"')
    assert sides(content.replace(b"<tu>", b"<tu srclang='en'>")) == [("a", "b")]


def test_lang_counts_without_xml_lang() -> None:
    content = tmx(tuv("en", "a") + tuv("de", "b")).replace(b"xml:lang", b"lang")
    assert sides(content) == [("a", "b")]


def test_of_two_variants_of_a_language_one_is_the_source() -> None:
    pair = tuv("en-GB", "lift") + tuv("en-US", "elevator")
    header = 'srclang="EN-us"'
    assert sides(tmx(pair, header=header)) == [("elevator", "lift")]
    assert sides(tmx(pair), Selection("en-gb", None)) == [("lift", "elevator")]
    later = tmx(*[pair] * 300, tuv("de", "Aufzug") + tuv("en-GB", "lift"))
    assert fault(later).startswith(": holds en-GB, en-US and de; choose two")


THREE = tmx(
    tuv("en-US", "color") + tuv("en-GB", "colour") + tuv("de", "Farbe") + tuv("fr", "couleur"),
    tuv("en-US", "lift") + tuv("fr", "ascenseur"),
    tuv("de", "allein"),
)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("en-GB", "de", [("colour", "Farbe")]),
        ("en-GB", "fr", [("colour", "couleur"), ("lift", "ascenseur")]),
        ("en", "de", [("color", "Farbe"), ("colour", "Farbe")]),
        ("de", "eng", [("Farbe", "color"), ("Farbe", "colour")]),
        ("en_us", "en_gb", [("color", "colour")]),
        ("deu", "fra", [("Farbe", "couleur")]),
    ],
)
def test_the_selection_picks_two_languages(
    source: str, target: str, expected: list[tuple[str, str]]
) -> None:
    assert sides(THREE, Selection(source, target)) == expected


def test_several_variants_of_a_language_all_make_pairs() -> None:
    unit = tuv("en", "a") + tuv("en", "b") + tuv("de", "c") + tuv("de-AT", "d")
    assert sides(tmx(unit)) == [("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")]
    assert sides(tmx(unit), EN_DE) == [("a", "c"), ("b", "c")]


@pytest.mark.parametrize(
    ("content", "selection", "message"),
    [
        (THREE, NONE, ": holds en-US, en-GB, de and fr; choose two with --languages, such as en-"),
        (THREE, Selection("en", None), ": holds en-US, en-GB, de and fr; choose two"),
        (THREE, Selection("en", "ja"), ": holds no ja; it holds en-US, en-GB, de and fr; choose"),
        (THREE, Selection("ja", "zh"), ": holds no ja and no zh; it holds"),
        (THREE, Selection("en-US", "en-AU"), ": holds no en-AU; it holds"),
        (
            tmx(tuv("en-US", "a") + tuv("en-GB", "b")),
            Selection("en", "en"),
            ": holds en-US and en-GB; choose two with --languages, such as en-US-en-GB",
        ),
        (
            tmx(tuv("EN-US", "a")),
            Selection("en", "en"),
            ": holds only EN-US; a corpus needs two languages",
        ),
        (tmx(), NONE, ": holds no translation unit (<tu>)"),
        (tmx(), EN_DE, ": holds no translation unit (<tu>)"),
        (tmx("", ""), NONE, ": holds no <tuv>"),
        (tmx(tuv("en", "a"), tuv("en", "b")), NONE, ": holds only en; a corpus"),
        (
            tmx(tuv("en", "a") + tuv("en-GB", "b") + tuv("en-US", "c")),
            NONE,
            ": holds en, en-GB and en-US; choose",
        ),
        (tmx(tuv("en", "a"), tuv("en-GB", "b")), NONE, ": no unit (<tu>) holds both en and en-GB"),
        (tmx(tuv("en", "a"), tuv("de", "b")), NONE, ": no unit (<tu>) holds both en and de"),
        (tmx(tuv("en", "a"), tuv("de", "b")), EN_DE, ": no unit (<tu>) holds both en and de"),
        (tmx(tuv("en", "a") + tuv("de", "b")), Selection("fr", None), ": holds en and de; choose"),
        (tmx("<tuv><seg>a</seg></tuv>"), EN_DE, ", line 4: a <tuv> without a language; add"),
        (tmx(tuv("", "a")), EN_DE, ", line 4: a <tuv> without a language"),
        (tmx(tuv("en", "a</seg><seg>b")), EN_DE, ", line 4: a <tuv> with 2 <seg>"),
        (b"<html><body><p>404</p></body></html>", EN_DE, "begins with <html>, not <tmx>"),
        (b"<!DOCTYPE html>\n<html><p>a<br>b</p></html>", NONE, "begins with <html>, not <tmx>"),
        (b"<xliff/>", NONE, "not <tmx>; check"),
        (b"en\tde\n", NONE, ", line 1: is not XML"),
    ],
)
def test_a_fault_is_one_line(content: bytes, selection: Selection, message: str) -> None:
    assert message in fault(content, selection)


def test_a_third_language_late_in_the_file_is_not_passed_over() -> None:
    pair, other = tuv("en", "a") + tuv("de", "b"), tuv("en", "a") + tuv("fr", "c")
    content = tmx(*[pair] * 300, other, tuv("ja", "d") + tuv("en", "a"))
    assert fault(content) == ": holds en, de, fr and ja; choose two with --languages, such as en-de"
    assert len(read(content, EN_DE)) == 300 and sides(content, EN_FR) == [("a", "c")]


# --- damage ---


@pytest.mark.parametrize("selection", [NONE, EN_DE], ids=["inferred", "selected"])
def test_a_file_cut_anywhere_is_a_fault(selection: Selection) -> None:
    content = tmx(tuv("en", "grün &amp; <ph>x</ph>") + tuv("de", "b")).rstrip()
    for length in range(len(content)):
        message = fault(content[:length], selection)
        assert "cut off" in message or "is empty" in message, length


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_damage_gives_pairs_or_one_line(data: st.DataObject) -> None:
    content = bytearray(tmx(tuv("en", "grün") + tuv("de", "b"), tuv("en", "c") + tuv("de", "d")))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        pairs = read(bytes(content), data.draw(st.sampled_from([NONE, EN_DE])))
    except DataError as error:
        assert str(error).startswith("m.tmx") and "\n" not in str(error)
    else:
        assert pairs


def test_a_long_memory_is_read_in_constant_memory() -> None:
    content = gzip.compress(tmx(*[tuv("en", "a" * 50) + tuv("de", "b" * 50)] * 10_000))
    tracemalloc.start()
    try:
        with gzip.open(io.BytesIO(content)) as file:
            count = sum(1 for _ in read_tmx(file, "m.tmx", NONE))  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert count == 10_000


# --- real files ---

REAL = {
    ("ImportTest1A.tmx", NONE): [
        ("First segment with [\t\t   ]", "Premier segment avec [\t\t   ]"),
        ("Second segment with [  \t\t]", "Second segment avec [  \t\t]"),
    ],
    ("ImportTest1C.tmx", Selection("fr", "en-gb")): [
        (f"{n} entry in French Canadian", f"{n} entry in UK English")
        for n in ("First", "Second", "Third")
    ],
    ("en-ca.tmx", NONE): [("source", "target")],
    ("invalid.tmx", NONE): [("", "")],
    ("test-SMP.tmx", NONE): [("𝐀𝐁𝐂", "𝐃𝐄𝐅")],
    ("test-level1.tmx", Selection("en", "be")): [
        ("entuv", "betuv"), ("lang1z", "tr1"), ("lang2", "tr2"), ("lang3", "tr3")
    ],
    ("test-level2.tmx", NONE): [
        ("entuv", "betuv"), ("First part  end.", "First  tr."), ("2  zz xx", "tr"), ("3 xx", "tr")
    ],
    ("test-multiple-tuv14.tmx", Selection("en", "fr-CA")): [
        ("Hello World!", "fr_CA Bonjour le monde\xa0!"),
        ("Hello World!", "fr_CA Bonjour tout le monde\xa0!"),
        ("Hello Worlds.", "fr_FR 2 Bonjour les mondes."),
        ("Hello Worlds.", "fr 2 Bonjour les mondes."),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "selection"), REAL)
def test_a_real_memory_is_read(corpora: Path, name: str, selection: Selection) -> None:
    with (corpora / "odd" / "tmx" / name).open("rb") as file:
        pairs = list(read_tmx(file, name, selection))
    assert [(pair.source, pair.target) for pair in pairs] == REAL[name, selection]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("empty.tmx", "empty.tmx: holds no translation unit"),
        ("ImportTest1C.tmx", "ImportTest1C.tmx: holds en-us, en-gb, ja-jp, fr-ca and es-es; "),
        ("License.txt", "License.txt, line 1: is not XML"),
    ],
)
def test_a_real_file_without_a_corpus_is_one_line(corpora: Path, name: str, message: str) -> None:
    with (corpora / "odd" / "tmx" / name).open("rb") as file, pytest.raises(DataError) as caught:
        list(read_tmx(file, name, NONE))
    assert str(caught.value).startswith(message)
