"""WMT XML: sources and references paired by their ids, and one clear line for any fault."""

import io
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.readers.one_line import one_line
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.wmt_xml import read_wmt_xml
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

NONE, EN_DE, DE_EN = Selection(), Selection("en", "de"), Selection("de", "en")
TEXT = st.text(
    st.characters(codec="utf-8", min_codepoint=0x20, exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n<>&\"']")
)


def side(tag: str, *segments: str, start: int = 1) -> str:
    body = "".join(f'<seg id="{n}">{text}</seg>\n' for n, text in enumerate(segments, start=start))
    return f"<{tag}>\n<p>\n{body}</p>\n</{tag.split()[0]}>\n"


def dataset(*documents: str) -> bytes:
    body = "".join(f'<doc id="d" origlang="en">\n{content}</doc>\n' for content in documents)
    return f'<dataset id="wmt"><collection id="g">\n{body}</collection></dataset>'.encode()


SRC, REF = 'src lang="en"', 'ref lang="de" translator="A"'


def read(content: bytes, selection: Selection = NONE) -> list[SentencePair]:
    return list(read_wmt_xml(io.BytesIO(content), "w.xml", selection))


def sides(content: bytes, selection: Selection = NONE) -> list[tuple[str, str]]:
    return [(pair.source, pair.target) for pair in read(content, selection)]


def fault(content: bytes, selection: Selection = NONE) -> str:
    with pytest.raises(DataError) as caught:
        read(content, selection)
    message = str(caught.value)
    assert message.startswith("w.xml") and "\n" not in message
    return message.removeprefix("w.xml")


@settings(deadline=None)
@given(
    documents=st.lists(st.lists(st.tuples(TEXT, TEXT), min_size=1), min_size=1),
    selection=st.sampled_from([NONE, EN_DE]),
)
def test_pairs_are_read_as_they_were_written(
    documents: list[list[tuple[str, str]]], selection: Selection
) -> None:
    content = dataset(
        *(
            side(SRC, *(escape(s) for s, _ in pairs)) + side(REF, *(escape(t) for _, t in pairs))
            for pairs in documents
        )
    )
    pairs = [pair for pairs in documents for pair in pairs]
    assert sides(content, selection) == [(one_line(s), one_line(t)) for s, t in pairs]
    assert sides(content, DE_EN) == [(one_line(t), one_line(s)) for s, t in pairs]


def test_segments_are_paired_by_their_id_and_located() -> None:
    reference = "<ref lang='de'><seg id='2'>B</seg><p><seg id='1'>A</seg></p></ref>"
    assert read(dataset(side(SRC, "a", "b") + reference)) == [("a", "A", 5), ("b", "B", 6)]


def test_the_first_translator_in_the_language_counts_and_no_system_does() -> None:
    content = dataset(
        side('hyp system="S" lang="de"', "h")
        + side('ref lang="fr" translator="A"', "f")
        + side('ref lang="de" translator="B"', "1")
        + side('ref lang="de" translator="A"', "2")
        + side(SRC, "s")
    )
    assert sides(content, EN_DE) == [("s", "1")]
    assert sides(content, Selection("fr", None)) == [("f", "s")]
    assert ": holds en-fr and en-de; choose one with --languages" in fault(content)


def test_a_document_without_a_reference_has_empty_targets() -> None:
    content = dataset(side(SRC, "a") + side(REF, "A"), side(SRC, "b", "c"))
    assert sides(content) == [("a", "A"), ("b", ""), ("c", "")]


@pytest.mark.parametrize(
    ("content", "selection", "message"),
    [
        (b"", NONE, ": the file is empty"),
        (b"<srcset><doc/></srcset>", NONE, "begins with <srcset>, not <dataset>"),
        (b"<dataset/>", NONE, ": holds no document (<doc>)"),
        (dataset(""), NONE, ", line 2: a <doc> without <src>"),
        (dataset(side(REF, "a")), NONE, ", line 2: a <doc> without <src>"),
        (dataset(side(SRC, "a")), NONE, ": holds no references (<ref>), only sources"),
        (dataset(side(SRC) + side(REF)), EN_DE, ": holds no segment (<seg>)"),
        (
            dataset(side(SRC, "a") + side(REF, "b")),
            Selection("en", "ja"),
            ": holds nothing in en-ja",
        ),
        (
            dataset(side(SRC, "a", "b") + side(REF, "A")),
            NONE,
            ", line 6: segment 2 has no counterpart in the <ref> of its document",
        ),
        (
            dataset(side(SRC, "b", start=2) + side(REF, "A", "B")),
            NONE,
            ", line 10: segment 1 has no counterpart in the <src> of its document",
        ),
        (
            dataset(side(SRC, "a", "b").replace('"2"', '"1"') + side(REF, "A")),
            NONE,
            ", line 6: a second <seg> 1 in one <src>",
        ),
        (
            dataset(side(SRC, "a").replace(' id="1"', "") + side(REF, "A")),
            NONE,
            ", line 5: a <seg> without id",
        ),
        (dataset(side(SRC, "a & b")), NONE, "write &amp;"),
        (b"<!DOCTYPE d [<!ENTITY a 'b'>]><dataset/>", NONE, "declares the entity"),
    ],
)
def test_a_fault_is_one_line(content: bytes, selection: Selection, message: str) -> None:
    assert message in fault(content, selection)


def test_a_file_cut_anywhere_is_a_fault() -> None:
    content = dataset(side(SRC, "grün") + side(REF, "b"))
    for length in range(len(content)):
        message = fault(content[:length])
        assert "cut off" in message or "is empty" in message, length
