"""Message catalogues: messages as they were written, plurals, and one clear line for any fault."""

import codecs
import io
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.readers import po
from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.po import read_po
from nmt.corpus.readers.selection import Selection
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

NONE, EN_DE, DE_EN = Selection(), Selection("en", "de"), Selection("de", "en")
TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from('\t\n\r"\\\0\x85\u2028#'))
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quote(text: str, width: int = 1000) -> str:
    """A text as PO strings of at most so many characters, one a line."""
    pieces = [text[at : at + width] for at in range(0, len(text), width)] or [""]
    quoted = ["".join(ESCAPES.get(character, character) for character in p) for p in pieces]
    return "\n".join(f'"{piece}"' for piece in quoted)


def header(charset: str = "UTF-8", language: str = "de") -> str:
    return (
        'msgid ""\nmsgstr ""\n"Project-Id-Version: x\\n"\n'
        f'"Language: {language}\\n"\n"Content-Type: text/plain; charset={charset}\\n"\n\n'
    )


def read(content: str | bytes, selection: Selection = NONE) -> list[SentencePair]:
    data = content.encode() if isinstance(content, str) else content
    return list(read_po(io.BytesIO(data), "m.po", selection))


def sides(content: str | bytes, selection: Selection = NONE) -> list[tuple[str, str]]:
    return [(pair.source, pair.target) for pair in read(content, selection)]


def fault(content: str | bytes, selection: Selection = NONE) -> str:
    with pytest.raises(DataError) as caught:
        read(content, selection)
    message = str(caught.value)
    assert message.startswith("m.po") and "\n" not in message
    return message.removeprefix("m.po")


# --- what is read ---


@settings(deadline=None)
@given(
    pairs=st.lists(st.tuples(TEXT.filter(bool), TEXT), min_size=1),
    width=st.sampled_from([1, 5, 1000]),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
    blank=st.booleans(),
)
def test_messages_are_read_as_they_were_written(
    pairs: list[tuple[str, str]], width: int, end: str, bom: bool, blank: bool
) -> None:
    entries = [
        f"msgid {quote(source, width)}\nmsgstr {quote(target, width)}\n" for source, target in pairs
    ]
    text = header() + ("\n" if blank else "").join(entries)
    content = codecs.BOM_UTF8 * bom + text.replace("\n", end).encode()
    assert sides(content, EN_DE) == [(one_line(s), one_line(t)) for s, t in pairs]
    assert sides(content, DE_EN) == [(one_line(t), one_line(s)) for s, t in pairs]


@pytest.mark.parametrize(
    ("string", "text"),
    [
        (r'"a\tb"', "a\tb"),
        (r'"a\nb"', "a b"),
        (r'"a\\nb"', r"a\nb"),
        (r'"\"a\""', '"a"'),
        (r'"\x41\101\60"', "AA0"),
        (r'"\?\'"', "?'"),
        ('""\n  "a "\n\t"b"', "a b"),
        ('"a"   ', "a"),
    ],
)
def test_escapes_and_several_strings_are_understood(string: str, text: str) -> None:
    assert sides(f"msgid {string}\nmsgstr {string}\n") == [(text, text)]


def test_a_plural_is_paired_with_each_further_form() -> None:
    entry = 'msgid "file"\nmsgid_plural "files"\nmsgstr[0] "a"\nmsgstr[1] "b"\nmsgstr[2] "c"\n'
    assert sides(entry) == [("file", "a"), ("files", "b"), ("files", "c")]
    one_form = 'msgid "file"\nmsgid_plural "files"\nmsgstr[0] "a"\n'
    assert sides(one_form) == [("file", "a"), ("files", "a")]


def test_context_is_no_text_and_an_untranslated_message_has_an_empty_target() -> None:
    assert sides('msgctxt "menu"\nmsgid "a"\nmsgstr "b"\nmsgid "c"\nmsgstr ""\n') == [
        ("a", "b"),
        ("c", ""),
    ]


def test_fuzzy_and_obsolete_entries_are_left_out_and_only_they() -> None:
    content = (
        '#, fuzzy\nmsgid "1"\nmsgstr "x"\n\n'
        '#, c-format\n#| msgid "old"\nmsgid "2"\nmsgstr "b"\n\n'
        '#, c-format, fuzzy\n#~ msgid "3"\n#~ msgstr "x"\n\n'
        'msgid "4"\nmsgstr "d"\n#, fuzzy\nmsgid "5"\n# comment\nmsgstr "x"\n'
        'msgid "6"\nmsgstr "f"\n'
    )
    assert sides(content) == [("2", "b"), ("4", "d"), ("6", "f")]


def test_a_pair_has_the_line_of_its_msgid() -> None:
    entry = '# comment\nmsgctxt "c"\nmsgid "a"\nmsgstr "b"\n'
    assert [pair.line for pair in read(entry + "\n" + entry + entry)] == [3, 8, 12]


@pytest.mark.parametrize("charset", ["ISO-8859-1", "windows-1252", "cp850", "UTF-8", " utf8"])
def test_the_charset_of_the_header_counts(charset: str) -> None:
    content = f'# Jürgen\n{header(charset)}msgid "green"\nmsgstr "grün"\n'
    assert sides(content.encode(charset.strip())) == [("green", "grün")]


@pytest.mark.parametrize(
    ("charset", "text"), [("Shift_JIS", "表ソ能"), ("Big5", "功許蓋"), ("GBK", "绿色")]
)
def test_a_second_byte_like_a_backslash_is_no_escape(charset: str, text: str) -> None:
    content = f'{header(charset, "ja")}msgid "a"\nmsgstr "{text}\\n{text}"\n'
    assert sides(content.encode(charset)) == [("a", f"{text} {text}")]


def test_the_charset_of_a_template_is_utf_8() -> None:
    assert sides(header("CHARSET", "") + 'msgid "grün"\nmsgstr ""\n') == [("grün", "")]


@pytest.mark.parametrize("language", ["de_AT", "deu", "DE", "", "de@latin"])
def test_the_language_of_the_header_may_be_a_variant_or_missing(language: str) -> None:
    assert sides(header(language=language) + 'msgid "a"\nmsgstr "b"\n', EN_DE) == [("a", "b")]


# --- faults ---

ENTRY = 'msgid "a"\nmsgstr "b"\n'
FAULTS = [
    ("", ": holds no entry with a msgid; is it a .po file?"),
    ("\n# comment\n", ": holds no entry"),
    (header(), ": holds no entry"),
    ('#, fuzzy\nmsgid "a"\nmsgstr "b"\n', "(1 fuzzy ones are left out)"),
    (ENTRY + "msgid c\n", ", line 3: is no line of a .po file"),
    (ENTRY + "<html>\n", ", line 3: is no line"),
    ("a\tb\n", ", line 1: is no line"),
    ('{"a": 1}\n', ", line 1: is no line"),
    ('"a"\n', ", line 1: is no line"),
    (ENTRY + '\n"c"\n', ", line 4: is no line"),
    (ENTRY + 'msgid2 "c"\n', ", line 3: is no line"),
    (ENTRY + 'msgstr[x] "c"\n', ", line 3: is no line"),
    (ENTRY + 'msgstr "c"\n', ", line 3: a second msgstr in one entry"),
    (ENTRY + '\nmsgstr "c"\n', ", line 4: msgstr without a msgid"),
    ('msgid "a"\nmsgid "b"\nmsgstr "c"\n', ", line 1: an entry without a msgstr"),
    ('msgctxt "a"\nmsgstr "c"\n', ", line 2: msgstr without a msgid"),
    ('msgid "a"\n', ", line 1: an entry without a msgstr"),
    ('msgid "a"\n\n\nmsgctxt "a"\nmsgid "b"\n', ", line 1: an entry without a msgstr"),
    ('msgctxt "a"\nmsgctxt "b"\n', ", line 2: a second msgctxt in one entry"),
    ('msgid "a"\nmsgid_plural "b"\n\nmsgid "c"\nmsgstr "d"\n', ", line 1: an entry without"),
    (ENTRY + 'msgctxt "a"\n', ", line 3: an entry without a msgstr"),
    ('msgid_plural "a"\n', ", line 1: an entry without a msgstr"),
    ('msgid "a\nmsgstr "b"\n', ", line 1: a quote is missing or not escaped"),
    ('msgid "a"\nmsgstr "b" "c"\n', ", line 2: a quote is missing"),
    ('msgid "a"\nmsgstr "b"c"\n', ", line 2: a quote is missing"),
    ('msgid "a"\nmsgstr "b\\"\n', ", line 2: a quote is missing"),
    ('msgid "C:\\docs"\nmsgstr "b"\n', ", line 1: the escape \\d is unknown"),
    ('msgid "\\xfc"\nmsgstr "b"\n', ", line 1: the escape \\xfc is unknown"),
    ('msgid "\\374"\nmsgstr "b"\n', ", line 1: the escape \\374 is unknown"),
    ('msgid "\\x"\nmsgstr "b"\n', ", line 1: the escape \\x is unknown"),
    (b'msgid "a"\nmsgstr "gr\xfcn"\n', ", line 2: is not in utf-8"),
    (header("ascii") + 'msgid "a"\nmsgstr "grün"\n', ", line 8: is not in ascii"),
    (header("klingon") + ENTRY, ", line 1: nmt does not know the charset klingon"),
    (header("zip") + ENTRY, "does not know the charset zip"),
    (header("utf-16") + ENTRY, "does not know the charset utf-16"),
    (ENTRY.encode("utf-16"), ", line 1: is in UTF-16"),
    (ENTRY.encode("utf-16-le"), ", line 1: is no line"),
    (b"\x1f\x8b\x08\x00", ", line 1: is no line"),
]


@pytest.mark.parametrize(("content", "message"), FAULTS)
def test_a_fault_is_one_line(content: str | bytes, message: str) -> None:
    assert message in fault(content)


def test_another_language_than_the_selected_is_a_fault() -> None:
    message = fault(header(language="fr") + ENTRY, EN_DE)
    assert ", line 1: the header says Language: fr, which is neither en nor de" in message


def test_a_file_cut_anywhere_gives_its_first_entries_or_a_fault() -> None:
    content = (header() + 'msgctxt "c"\nmsgid "grün"\nmsgstr "b"\n\n#, x\n' + ENTRY).encode()
    whole = read(content)
    seen = set()
    for length in range(len(content)):
        try:
            pairs = read(content[:length])
        except DataError as error:
            assert str(error).startswith("m.po") and "\n" not in str(error)
        else:
            assert pairs == whole[: len(pairs)]
            seen.add(len(pairs))
    assert seen == {1, 2}  # without its last line end the catalogue is whole


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_damage_gives_pairs_or_one_line(data: st.DataObject) -> None:
    content = bytearray((header() + ENTRY + 'msgid "grün"\nmsgstr "c\\n"\n"d"\n').encode())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert read(bytes(content))
    except DataError as error:
        assert str(error).startswith("m.po") and "\n" not in str(error)


class Endless(io.RawIOBase):
    """A first line, then the same bytes again and again, without end."""

    def __init__(self, first: bytes, piece: bytes) -> None:
        self.first = first
        self.piece = piece

    def readline(self, size: int | None = -1) -> bytes:
        assert size is not None and size > 0
        line, self.first = self.first, b""
        return line or (self.piece if self.piece.endswith(b"\n") else self.piece * size)[:size]


@pytest.mark.parametrize(
    ("piece", "message"),
    [
        (b"x", "line 2: longer than 100,000 bytes"),
        (b"# ", "line 2: longer than 100,000 bytes"),
        (b'"' + b"x" * 100 + b'"\n', "line 1: an entry of more than 100,000 bytes"),
    ],
)
def test_what_never_ends_is_a_fault_in_bounded_memory(
    piece: bytes, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(po, "ENTRY_BYTES", 100_000)
    stream = Endless(b'msgid "a"\n', piece)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=message):
            list(read_po(stream, "m.po", NONE))  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_long_catalogue_is_read_in_constant_memory() -> None:
    content = (header() + ENTRY * 20_000).encode()
    file = io.BytesIO(content)
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_po(file, "m.po", NONE)) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
