"""A rejected pair is one line of JSON, whatever is in its text."""

import io
import json

from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.rejection import Rejection
from nmt.corpus.sentence_pair import SentencePair

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.tuples(TEXT, TEXT)))
def test_each_record_is_one_line_for_any_reader(texts: list[tuple[str, str]]) -> None:
    file = io.StringIO()
    for line, (source, target) in enumerate(texts, start=1):
        Rejection(SentencePair(source, target, line), "empty").write(file, "corpus")
    records = [json.loads(line) for line in file.getvalue().splitlines()]  # also at U+2028
    assert [(r["source"], r["target"], r["line"]) for r in records] == [
        (source, target, line) for line, (source, target) in enumerate(texts, start=1)
    ]
    file.getvalue().encode("utf-8")


def test_a_record_says_where_and_why() -> None:
    file = io.StringIO()
    Rejection(SentencePair("ä", "\u2028", 7), "markup", "contains <b>").write(file, "a + b")
    assert file.getvalue().endswith("\n") and "ä" in file.getvalue()
    assert json.loads(file.getvalue()) == {
        "corpus": "a + b", "line": 7, "reason": "markup", "source": "ä", "target": "\u2028",
        "detail": "contains <b>",
    }  # fmt: skip
