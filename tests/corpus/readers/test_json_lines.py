"""JSON: objects a line or in a list, and each fault with the line where it stands."""

import io
import json
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.readers.corpus_file import read_corpus_file
from nmt.corpus.readers.json_lines import read_json_lines, read_json_list
from nmt.corpus.readers.selection import Selection
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"))
GOOD = b'{"source": "eins", "target": "one"}\n'


def lines(data: bytes, selection: Selection = Selection()) -> list[SentencePair]:  # noqa: B008
    return list(read_json_lines(io.BytesIO(data), "a.jsonl", selection))


def items(data: bytes) -> list[SentencePair]:
    return list(read_json_list(io.BytesIO(data), "a.json", Selection()))


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT)), st.booleans(), st.sampled_from([None, 2]))
def test_pairs_are_read_as_they_were_written(
    pairs: list[tuple[str, str]], ascii_: bool, indent: int | None
) -> None:
    rows = [{"id": 7, "target": target, "source": source} for source, target in pairs]
    data = "".join(json.dumps(row, ensure_ascii=ascii_) + "\n" for row in rows)
    expected = [(*pair, line) for line, pair in enumerate(pairs, start=1)]
    assert lines(data.encode()) == expected
    listed = json.dumps(rows, ensure_ascii=ascii_, indent=indent)
    assert [pair[:2] for pair in items(listed.encode())] == pairs


def test_blank_lines_are_passed_over_and_counted() -> None:
    data = b"\xef\xbb\xbf" + GOOD + b"\n  \r\n" + GOOD.rstrip() + b"\r\n"
    assert lines(data) == [("eins", "one", 1), ("eins", "one", 4)]
    assert lines(b"") == [] and lines(b"\n\n") == []


def test_the_items_of_a_list_have_the_lines_where_they_begin() -> None:
    data = b'[\n {"source": "a",\n  "target": "b\\nc"},\n\n {"source": "d", "target": null}\n]\n'
    assert items(data) == [("a", "b c", 2), ("d", "", 5)]
    assert items(b" [ ] ") == []


LINE_FAULTS = {
    "cut off": (b'{"source": "eins", "tar', "not valid JSON: Unterminated string"),
    "single quotes": (b"{'source': 'eins'}", "not valid JSON: Expecting property name"),
    "trailing comma": (b'{"source": "a", "target": "b",}', "not valid JSON: "),
    "two objects": (GOOD.strip() * 2, "not valid JSON: Extra data (character 36)"),
    "no object": (b'["eins", "one"]', "not a JSON object"),
    "a string": (b'"eins"', "not a JSON object"),
    "null": (b"null", "not a JSON object"),
    "missing key": (
        b'{"source": "a", "Target": "b"}',
        'no key "target"; it has "source", "Target"',
    ),
    "number": (b'{"source": "a", "target": 1}', 'the value of "target" is no text (a number)'),
    "list": (b'{"source": ["a"], "target": "b"}', 'the value of "source" is no text (a list)'),
    "half a surrogate": (b'{"source": "\\ud83d", "target": "b"}', "half of a surrogate pair"),
    "control character": (b'{"source": "a\x01", "target": "b"}', "Invalid control character"),
    "latin-1": (b'{"source": "f\xfcnf", "target": "five"}', "byte 14: not valid UTF-8"),
    "deep": (b"[" * 100_000, "not valid JSON: nested too deep"),
    "long number": (b'{"source": ' + b"1" * 5000 + b"}", "not valid JSON: Exceeds the limit"),
    "long line": (b'{"source": "' + b"x" * 2_000_000, "longer than 1,048,576 bytes"),
}


@pytest.mark.parametrize(("line", "message"), LINE_FAULTS.values(), ids=LINE_FAULTS)
def test_a_fault_is_one_line_with_its_place(line: bytes, message: str) -> None:
    read = []
    with pytest.raises(DataError) as caught:
        for pair in read_json_lines(io.BytesIO(GOOD + b"\n" + line + b"\n"), "a", Selection()):
            read.append(pair)
    assert read == [("eins", "one", 1)]
    assert str(caught.value).startswith("a, line 3") and "\n" not in str(caught.value)
    assert message in str(caught.value)


LIST_FAULTS = {
    "no list": (b'{"a": 1}', "line 1: not valid JSON: \"[\" expected, not '{'"),
    "empty": (b"", "line 1: not valid JSON: \"[\" expected, not 'the end'"),
    "cut in an item": (b'[\n{"source": "eins", "tar', "line 2: not valid JSON: Unterminated"),
    "cut behind an item": (b"[" + GOOD, 'line 2: not valid JSON: "," or "]" expected'),
    "no comma": (b"[" + GOOD + GOOD + b"]", 'line 2: not valid JSON: "," or "]" expected'),
    "trailing comma": (b"[" + GOOD + b",\n]", "line 3: not valid JSON: Expecting value"),
    "more": (b"[" + GOOD + b"] []", "line 2: '[' behind the end of the list"),
    "no object": (b'[\n["a", "b"]]', "line 2: not a JSON object"),
    "missing key": (b"[" + GOOD + b',{"source": "a"}]', 'line 2: no key "target"; it has "source"'),
    "latin-1": (b"[" + GOOD + b',\n{"source": "f\xfcnf"}]', "not valid UTF-8"),
    "deep": (b"[" * 100_000, "not valid JSON: nested too deep"),
    "endless": (b'["' + b"x" * 3_000_000, "line 1: not valid JSON: Unterminated string"),
}


@pytest.mark.parametrize(("data", "message"), LIST_FAULTS.values(), ids=LIST_FAULTS)
def test_a_fault_in_a_list_is_one_line_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(DataError) as caught:
        items(data)
    assert str(caught.value).startswith("a.json, line") and "\n" not in str(caught.value)
    assert message in str(caught.value)


def test_a_long_list_takes_no_memory() -> None:
    data = b"[" + b",".join([GOOD] * 28)
    tracemalloc.start()
    try:
        stream = Endless(data, b"," + data[1:], 2_000)
        count = sum(1 for _ in read_json_list(stream, "a", Selection()))  # type: ignore[arg-type]
        assert count == 28 * 2_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


class Endless(io.RawIOBase):
    """A first part, then another many times, and the end of a list."""

    def __init__(self, first: bytes, then: bytes, times: int) -> None:
        self.parts = iter([first, *[then] * (times - 1), b"]"])

    def read(self, size: int = -1) -> bytes:
        return next(self.parts, b"")


@pytest.mark.skipif("NMT_CORPORA" not in os.environ, reason="NMT_CORPORA is not set")
@pytest.mark.parametrize(("name", "count"), [("dev", 1544), ("test", 1558)])
def test_the_form_of_datasets_is_read(name: str, count: int) -> None:
    path = Path(os.environ["NMT_CORPORA"]) / "odd" / "jsonl-mafand-en-yor" / f"{name}.json"
    pairs = list(read_corpus_file(path, Selection("en", "yo")))
    assert len(pairs) == count and [pair.line for pair in pairs] == list(range(1, count + 1))
    back = list(read_corpus_file(path, Selection("yo", "en")))
    assert [(pair.target, pair.source) for pair in back] == [pair[:2] for pair in pairs]
    assert all(pair.source and pair.target for pair in pairs)
