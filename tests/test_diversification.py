"""What models make of a corpus is written whole and in order; after a kill it goes on."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from nmt import diversification as module
from nmt.corpus.pairs import ParallelCorpus
from nmt.corpus.readers.selection import Selection
from nmt.corpus.sentence_pair import SentencePair
from nmt.diversification import Diversifier, diversify
from nmt.errors import NmtError

LANGUAGES = ("de", "en")
KEY = {"models": "a"}


def pairs(count: int) -> list[SentencePair]:
    return [SentencePair(f"Satz {i}", f"sentence {i}", i) for i in range(1, count + 1)]


class Toy:
    """A translator that puts its name in front, and remembers how many texts it was given."""

    def __init__(self, name: str, limit: int = 10**9) -> None:
        self.name, self.limit, self.texts = name, limit, 0

    def __call__(self, texts: list[str]) -> list[str]:
        if self.texts + len(texts) > self.limit:
            raise KeyboardInterrupt
        self.texts += len(texts)
        return [f"{self.name}({text})" for text in texts]


def read(path: Path, source: str, target: str) -> list[tuple[str, str]]:
    """As `nmt train --corpus` reads it."""
    corpus = ParallelCorpus((path,), Selection(source, target))
    return [(pair.source, pair.target) for pair in corpus]


def expected(given: Iterable[SentencePair], forward: list[str], back: list[str]) -> set[object]:
    """D' of its definition."""
    found: set[object] = set()
    for x, y, _ in given:
        found |= {(x, y), *((x, f"{f}({x})") for f in forward), *((f"{g}({y})", y) for g in back)}
    return found


@pytest.mark.parametrize(
    ("forward", "back"), [(["f"], ["g"]), (["f"], []), (["f", "h"], ["g", "i", "k"])]
)
@pytest.mark.parametrize("count", [0, 1, 5, 9])
def test_the_output_is_the_corpus_and_what_each_model_makes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forward: list[str], back: list[str], count: int
) -> None:
    monkeypatch.setattr(module, "PART", 3)
    output, told = tmp_path / "out.jsonl", list[int]()
    diversifier = Diversifier(LANGUAGES, [Toy(f) for f in forward], [Toy(g) for g in back])
    counts = diversify(pairs(count), diversifier, output, KEY, told.append)
    assert counts == {
        "corpus": count, "forward": count * len(forward), "back": count * len(back)
    }  # fmt: skip
    found = read(output, "de", "en")
    assert len(found) == sum(counts.values())
    assert set(found) == expected(pairs(count), forward, back)
    assert [(x, y) for y, x in found] == read(output, "en", "de")  # that of the other direction
    assert told == [*range(3, count, 3), count] if count else not told
    assert list(tmp_path.iterdir()) == [output]


ODD = [
    "tab\there",
    'quo"te',
    "line\u2028separator",
    "back\\slash",
    " spaces ",
    "鳥\U0001f426",
    "\x85",
]


def test_any_text_comes_back_as_it_was(tmp_path: Path) -> None:
    given = [SentencePair(text, text[::-1], i) for i, text in enumerate(ODD, start=1)]
    diversify(given, Diversifier(LANGUAGES, [], []), tmp_path / "out.jsonl", KEY)
    assert read(tmp_path / "out.jsonl", "de", "en") == [(text, text[::-1]) for text in ODD]


def test_an_empty_translation_is_no_pair_but_the_corpus_stays_whole(tmp_path: Path) -> None:
    given = [SentencePair("eins", "", 1), SentencePair("zwei", "two", 2)]
    diversifier = Diversifier(
        LANGUAGES, [lambda texts: ["one", " "]], [lambda texts: ["eins", "zwei"]]
    )
    counts = diversify(given, diversifier, tmp_path / "out.jsonl", KEY)
    assert counts == {"corpus": 2, "forward": 1, "back": 1}
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["origin"] for line in lines] == ["corpus", "corpus", "forward", "back"]


def test_after_an_interruption_no_part_is_translated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART", 4)
    whole, output = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    diversify(pairs(10), Diversifier(LANGUAGES, [Toy("f")], [Toy("g")]), whole, KEY)
    with pytest.raises(KeyboardInterrupt):
        diversify(pairs(10), Diversifier(LANGUAGES, [Toy("f", 8)], [Toy("g", 5)]), output, KEY)
    assert not output.exists()
    rest = Toy("f"), Toy("g")
    diversify(pairs(10), Diversifier(LANGUAGES, rest[:1], rest[1:]), output, KEY)
    assert [toy.texts for toy in rest] == [6, 6]
    assert output.read_bytes() == whole.read_bytes()
    assert sorted(tmp_path.iterdir()) == [output, whole]


def test_parts_of_other_models_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART", 4)
    output = tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        diversify(pairs(10), Diversifier(LANGUAGES, [Toy("f", 8)], []), output, KEY)
    other = Toy("f")
    diversify(pairs(10), Diversifier(LANGUAGES, [other], []), output, {"models": "b"})
    assert other.texts == 10


def test_an_output_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    diversifier = Diversifier(LANGUAGES, [Toy("f")], [])
    with pytest.raises(NmtError, match=r"file/.*cannot be written"):
        diversify(pairs(1), diversifier, tmp_path / "file" / "out.jsonl", KEY)
