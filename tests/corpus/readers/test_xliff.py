"""XLIFF 1.x and 2.x: sources with their own targets, segments, and one clear line for any fault."""

import io
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.xliff import read_xliff
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

NONE, EN_DE, DE_EN = Selection(), Selection("en", "de"), Selection("de", "en")
TEXT = st.text(
    st.characters(codec="utf-8", min_codepoint=0x20, exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n<>&\"']")
)
LANGUAGES = 'source-language="en" target-language="de"'


def unit(source: str, target: str | None, more: str = "") -> str:
    translated = "" if target is None else f"<target>{target}</target>"
    return f'<trans-unit id="1"><source>{source}</source>{translated}{more}</trans-unit>\n'


def segment(source: str, target: str | None) -> str:
    translated = "" if target is None else f"<target>{target}</target>"
    return f"<segment>\n<source>{source}</source>{translated}</segment>"


def xliff1(*units: str, languages: str = LANGUAGES) -> bytes:
    return (
        '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">\n'
        f"<file original='f' {languages}><header><note>n</note></header><body>\n"
        f"<group>{''.join(units)}</group></body></file></xliff>"
    ).encode()


def xliff2(*units: str, languages: str = 'srcLang="en" trgLang="de"') -> bytes:
    body = "".join(f'<unit id="1">{content}</unit>\n' for content in units)
    return (
        '<xliff version="2.1" xmlns="urn:oasis:names:tc:xliff:document:2.0" '
        f'{languages}>\n<file id="f"><notes><note>n</note></notes>\n{body}</file></xliff>'
    ).encode()


def read(content: bytes, selection: Selection = NONE) -> list[SentencePair]:
    return list(read_xliff(io.BytesIO(content), "f.xlf", selection))


def sides(content: bytes, selection: Selection = NONE) -> list[tuple[str, str]]:
    return [(pair.source, pair.target) for pair in read(content, selection)]


def fault(content: bytes, selection: Selection = NONE) -> str:
    with pytest.raises(DataError) as caught:
        read(content, selection)
    message = str(caught.value)
    assert message.startswith("f.xlf") and "\n" not in message
    return message.removeprefix("f.xlf")


# --- text ---


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(TEXT, TEXT), min_size=1), selection=st.sampled_from([NONE, EN_DE]))
@pytest.mark.parametrize("version", [1, 2])
def test_pairs_are_read_as_they_were_written(
    version: int, pairs: list[tuple[str, str]], selection: Selection
) -> None:
    write, put = (xliff1, unit) if version == 1 else (xliff2, segment)
    content = write(*[put(escape(source), escape(target)) for source, target in pairs])
    assert sides(content, selection) == [(one_line(s), one_line(t)) for s, t in pairs]
    assert sides(content, DE_EN) == [(one_line(t), one_line(s)) for s, t in pairs]


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ('a <g id="1">b <g id="2">c</g></g> d', "a b c d"),
        ('a<x id="1"/>b<bx id="2"/>c<ex id="2"/>', "abc"),
        ('a<x id="1" ctype="lb"/>b', "a b"),
        ('<bpt id="1">&lt;b></bpt>a<ept id="1">&lt;/b></ept>', "a"),
        ('a<ph id="1">code<sub>sub</sub></ph><it id="2" pos="open">&lt;i></it>b', "ab"),
        ('a <mrk mtype="term">b</mrk> c', "a b c"),
        ("a\n   b", "a b"),
        ("  a  ", "  a  "),
    ],
)
def test_codes_of_version_1_go_and_text_stays(marked: str, text: str) -> None:
    assert sides(xliff1(unit(marked, marked))) == [(text, text)]


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ('a <pc id="1">b <pc id="2">c</pc></pc> d', "a b c d"),
        ('a<sc id="1"/>b<ec startRef="1"/><ph id="2"/>c<cp hex="0003"/>d', "abcd"),
        ('a<ph id="1" type="fmt" subType="xlf:lb"/>b', "a b"),
        ('a <mrk id="1" type="term">b</mrk><sm id="2"/>c<em startRef="2"/>', "a bc"),
    ],
)
def test_codes_of_version_2_go_and_text_stays(marked: str, text: str) -> None:
    assert sides(xliff2(segment(marked, marked))) == [(text, text)]


def test_alternatives_and_matches_are_not_the_target() -> None:
    alternative = "<alt-trans><source>s</source><target>wrong</target></alt-trans>"
    assert sides(xliff1(unit("a", None, alternative), unit("b", "c", alternative))) == [
        ("a", ""),
        ("b", "c"),
    ]
    match = '<m:match xmlns:m="m" ref="#1"><source>s</source><target>wrong</target></m:match>'
    content = xliff2(f"<m:matches>{match}</m:matches>{segment('a', None)}")
    assert sides(content) == [("a", "")]


def test_an_extension_with_the_name_of_a_side_is_none() -> None:
    assert sides(xliff1(unit("a", "b", "<my:target>c</my:target>"))) == [("a", "b")]


def test_a_prefix_for_all_names_changes_nothing() -> None:
    content = xliff1(unit("<g id='1'>a</g>", "b")).decode()
    content = content.replace("</", "\0").replace("<", "<x:").replace("\0", "</x:")
    assert sides(content.encode()) == [("a", "b")]


def test_segments_of_version_2_are_pairs_and_what_is_between_is_not() -> None:
    between = "<ignorable><source> </source></ignorable>"
    content = xliff2(
        "<originalData><data id='d'>code</data></originalData>"
        f"{segment('a.', 'A.')}{between}{segment('b.', None)}"
    )
    assert sides(content) == [("a.", "A."), ("b.", "")]


def seg(identifier: int, text: str) -> str:
    return f'<mrk mtype="seg" mid="{identifier}">{text}</mrk>'


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (seg(1, "a") + " " + seg(2, "b"), seg(1, "A") + seg(2, "B"), [("a", "A"), ("b", "B")]),
        (seg(1, "a.") + seg(2, "b."), seg(2, "B.") + seg(1, "A."), [("a.", "A."), ("b.", "B.")]),
        (f"<g id='1'>{seg(1, 'a')}<x id='2'/></g>", seg(1, "A"), [("a", "A")]),
        (seg(1, "a") + seg(2, "b"), seg(1, "A"), [("a", "A"), ("b", "")]),
        (seg(1, "a"), seg(1, "A") + seg(2, "B"), [("a", "A"), ("", "B")]),
        (seg(1, "a") + seg(2, "b"), None, [("a", ""), ("b", "")]),
        (seg(1, "a") + seg(2, "b"), "A and B", [("whole", "A and B")]),
        (seg(1, "a") + " and " + seg(2, "b"), seg(1, "A") + seg(2, "B"), [("whole", "AB")]),
        (seg(1, "a") + seg(1, "b"), seg(1, "A"), [("whole", "A")]),
        ("a", seg(1, "A"), [("whole", "A")]),
    ],
)  # fmt: skip
def test_segments_of_version_1_are_paired_by_their_number_if_no_text_is_lost(
    source: str, target: str | None, expected: list[tuple[str, str]]
) -> None:
    content = xliff1(unit("whole", target, f"<seg-source>{source}</seg-source>"))
    assert sides(content) == expected


def test_a_pair_has_the_line_of_its_unit_or_segment() -> None:
    assert [
        pair.line for pair in read(xliff1(unit("a", "b"), unit("c\nd", "e"), unit("f", "g")))
    ] == [
        3,
        4,
        6,
    ]
    assert [pair.line for pair in read(xliff2(segment("a", "b"), segment("c", "d")))] == [3, 5]


# --- languages ---


def two_files(first: str, second: str) -> bytes:
    files = (
        f"<file {languages}><body>{unit(*texts)}</body></file>"
        for languages, texts in ((first, ("a", "b")), (second, ("c", "d")))
    )
    return f"<xliff>{''.join(files)}</xliff>".encode()


EN_DE_FR = two_files(LANGUAGES, 'source-language="en" target-language="fr"')


def test_of_several_files_those_in_the_selected_languages_count() -> None:
    assert sides(EN_DE_FR, EN_DE) == [("a", "b")]
    assert sides(EN_DE_FR, Selection("fra", "eng")) == [("d", "c")]
    assert sides(EN_DE_FR, Selection(None, "fr")) == [("c", "d")]
    variants = two_files(LANGUAGES, 'source-language="en-GB" target-language="de-AT"')
    assert sides(variants) == [("a", "b"), ("c", "d")]


def test_a_target_may_tell_its_language_itself() -> None:
    content = xliff1(unit("a", "b"), languages='source-language="en"')
    content = content.replace(b"<target>", b'<target xml:lang="de">')
    assert sides(content, EN_DE) == [("a", "b")]
    assert ": holds nothing in en-fr; it holds en-de" in fault(content, Selection("en", "fr"))


def test_a_file_that_tells_no_language_is_taken_as_it_is() -> None:
    assert sides(xliff1(unit("a", "b"), languages=""), EN_DE) == [("a", "b")]


@pytest.mark.parametrize(
    ("content", "selection", "message"),
    [
        (EN_DE_FR, NONE, ": holds en-de and en-fr; choose one with --languages, such as en-de"),
        (EN_DE_FR, Selection("ja", "en"), ": holds nothing in ja-en; it holds en-de and en-fr"),
        (xliff2(segment("a", "b")), Selection("en", "fr"), ": holds nothing in en-fr; it holds"),
        (xliff1(), NONE, ": holds no segment"),
        (xliff1(), EN_DE, ": holds no segment"),
        (xliff2(), EN_DE, ": holds no segment"),
        (xliff2("<notes/>"), NONE, ": holds no segment"),
        (b"", NONE, ": the file is empty"),
        (b"<html/>", NONE, "begins with <html>, not <xliff>; check"),
        (b"<tmx version='1.4'/>", NONE, "begins with <tmx>, not <xliff>"),
        (xliff1(unit("a & b", "c")), NONE, ", line 3, column 38: an & that begins no reference"),
        (xliff1("<trans-unit><source>a</trans-unit>"), NONE, "an end tag, but <source> of line 3"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + xliff1(), NONE, "declares the entity"),
    ],
)
def test_a_fault_is_one_line(content: bytes, selection: Selection, message: str) -> None:
    assert message in fault(content, selection)


@pytest.mark.parametrize(
    "content",
    [
        xliff1(unit("grün", "b", f"<seg-source>{seg(1, 'grün')}</seg-source>")),
        xliff2(segment("grün", "b")),
    ],
    ids=["1", "2"],
)
def test_a_file_cut_anywhere_is_a_fault(content: bytes) -> None:
    for length in range(len(content)):
        message = fault(content[:length])
        assert "cut off" in message or "is empty" in message, length


# --- real files ---


def test_a_real_file_is_read(corpora: Path) -> None:
    with (corpora / "odd" / "xliff" / "en-ca.xlf").open("rb") as file:
        pairs = list(read_xliff(file, "en-ca.xlf", Selection("en", "ca")))
    assert pairs[0] == ("This is a test", "Això és una prova", 5)
    assert [pair.line for pair in pairs] == [5, 9, 13, 17]


def test_a_real_file_without_all_translations_is_read(corpora: Path) -> None:
    with (corpora / "odd" / "xliff" / "en-xx.xlf").open("rb") as file:
        pairs = list(read_xliff(file, "en-xx.xlf", NONE))
    assert [pair.target for pair in pairs] == [
        "",
        "bar",
        "",
        "",
        "Satisfait?",
        "Satisfaite?",
        "",
        "",
    ]
    assert all(pair.source for pair in pairs)
