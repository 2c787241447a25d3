"""Alignments are read with their pairs, one line for each, and what is wrong is named."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.config import make_config
from nmt.corpus.alignments import (
    check_alignments,
    has_alignments,
    parse_links,
    with_alignments,
    with_first,
)
from nmt.corpus.preparation import keeps_text
from nmt.corpus.sentence_pair import SentencePair, alignment_of
from nmt.errors import ConfigError, DataError

PAIRS = [SentencePair("das ist gut", "that is good", 1), SentencePair("ja", "oh\u00a0yes", 2)]
LINKS = st.lists(st.tuples(st.integers(0, 10**9 - 1), st.integers(0, 10**9 - 1)), max_size=9)


def read(folder: Path, text: str, pairs: list[SentencePair] = PAIRS) -> list[str]:
    (folder / "train.align").write_text(text)
    aligned = list(with_alignments(pairs, folder / "train.align", "train.de + train.en"))
    assert aligned == pairs
    return [alignment_of(pair) for pair in aligned]


@given(links=LINKS, blank=st.sampled_from([" ", "\t", "  "]))
def test_links_are_read_as_they_were_written(links: list[tuple[int, int]], blank: str) -> None:
    assert parse_links(blank.join(f"{i}-{j}" for i, j in links)) == links


@given(line=st.text(st.sampled_from("0123456789-–:? ٣"), max_size=12))
def test_what_is_no_link_is_named(line: str) -> None:
    sound = [bool(re.fullmatch("[0-9]{1,9}-[0-9]{1,9}", word)) for word in line.split()]
    if all(sound):
        assert len(parse_links(line)) == len(sound)
        return
    with pytest.raises(ValueError) as caught:
        parse_links(line)
    assert str(caught.value) == line.split()[sound.index(False)]


def test_each_pair_has_its_line(tmp_path: Path) -> None:
    assert read(tmp_path, "0-0 1-1 2-2\n0-1\n") == ["0-0 1-1 2-2", "0-1"]
    assert read(tmp_path, "\n0-0 0-1") == ["", "0-0 0-1"]
    assert read(tmp_path, "", []) == []


def test_a_compressed_file_is_read_as_others_are(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"0-0\r\n0-0\r\n"))
    aligned = with_alignments(PAIRS, tmp_path / "a.gz", "train")
    assert [alignment_of(pair) for pair in aligned] == ["0-0", "0-0"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0-0\n", r"has 1 lines, train.de \+ train.en has 2 pairs: .* may be empty"),
        ("0-0\n0-0\n0-0\n\n", r"has 4 lines, train.de \+ train.en has 2 pairs"),
        ("0-0\n0-0 00\n", r", line 2: '00' is no link .* 0-2 .*correct the line"),
        ("0-0 1-1:0.9\n\n", r", line 1: '1-1:0.9' is no link"),
        ("0-0 9999999999-1\n\n", r", line 1: '9999999999-1' is no link"),
        ("x" * 999 + "\n\n", r", line 1: 'x{20}' is no link"),
        ("3-0\n\n", r", line 1: names word 3 of the source, which has 3 .*align the text"),
        ("\n0-0 0-2\n", r", line 2: names word 2 of the target, which has 2 "),
    ],
)
def test_a_fault_is_one_line_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "train.align"))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.align: no such file"):
        list(with_alignments(PAIRS, tmp_path / "none.align", "train"))


def test_what_stands_beside_a_pair_stays_there() -> None:
    def change(pairs: Iterator[SentencePair]) -> Iterator[SentencePair]:
        return (pair._replace(source=pair.source.upper()) for pair in pairs)

    items = [(pair, n) for n, pair in enumerate(PAIRS)]
    assert [(pair.source, n) for pair, n in with_first(change, items)] == [
        ("DAS IST GUT", 0), ("JA", 1)
    ]  # fmt: skip


def check(weight: float = 0.5, alignment: str | None = "a", **sections: Any) -> None:
    train = {"source": "s", "target": "t"} | ({"alignment": alignment} if alignment else {})
    data = {"train": [{"path": "other.tsv"}, train]} | sections.pop("data", {})
    values = {"data": data, "training": {"guided_alignment": weight}, **sections}
    config = make_config(values, origin="test")
    assert has_alignments(config) == (alignment is not None)
    check_alignments(config, text_changes=keeps_text(config))


def test_settings_that_go_together_pass() -> None:
    check()
    check(0, None)
    check(data={"augment": {"typos": 0.0}})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weight": 0.0}, r"data\.train\[1\]\.alignment: .*guided_alignment = 0; set that to"),
        ({"alignment": None}, r"training\.guided_alignment = 0\.5: no training corpus .* name"),
        ({"tokenizer": {"sampling": 0.1}}, r"data\.train\[1\]\.alignment: .*tokenizer\.sampling"),
        ({"data": {"augment": {"typos": 0.1}}}, r"\.alignment: .*data\.augment, .*; leave one"),
        ({"model": {"attention": "local"}}, r"\.alignment: .*model\.attention = local, .*choose"),
        ({"data": {"max_length": 70_000}}, r"data\.max_length = 70000: at most 65535"),
        (
            {"data": {"valid": {"path": "v.tsv", "alignment": "v.align"}}},
            r"data\.valid\.alignment: goes with training corpora",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        check(**settings)
    assert "\n" not in str(caught.value)
