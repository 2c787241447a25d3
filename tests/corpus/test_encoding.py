"""Each pair of a chunk is encoded or rejected with its reason; kept + rejected = read."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.encoding import ChunkEncoder
from nmt.corpus.sentence_pair import SentencePair, aligned_pair
from nmt.settings import TokenizerSettings
from nmt.text.normalization import normalize
from nmt.text.tokenizer import train_tokenizer
from nmt.text.tokenizers import Tokenizers

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.fixture(scope="module")
def tokenizers() -> Tokenizers:
    tokenizer = train_tokenizer(
        ["das ist gut", "<law> that is good"] * 9,
        TokenizerSettings.model_validate({"kind": "byte", "symbols": ("<law>",)}),
        pairs=9,
    )
    return Tokenizers(tokenizer, tokenizer)


def pairs_of(texts: list[tuple[str, str]]) -> list[SentencePair]:
    return [SentencePair(source, target, n) for n, (source, target) in enumerate(texts, start=1)]


@given(texts=st.lists(st.tuples(TEXT, TEXT), max_size=20), max_length=st.integers(2, 60))
def test_each_pair_is_kept_or_rejected(
    texts: list[tuple[str, str]], max_length: int, tokenizers: Tokenizers
) -> None:
    result = ChunkEncoder(tokenizers, max_length)(pairs_of(texts))
    assert len(result.kept) + len(result.rejected) == len(texts)
    sides = [result.kept.column(side).to_pylist() for side in ("source", "target")]
    assert (result.source_tokens, result.target_tokens) == tuple(
        sum(map(len, side)) for side in sides
    )
    assert all(0 < len(ids) <= max_length for side in sides for ids in side)
    lines = [rejection.pair.line for rejection in result.rejected]
    assert lines == sorted(lines)
    for rejection in result.rejected:
        form = tokenizers.source.normalization
        normalized = [normalize(text, form) for text in rejection.pair[:2]]
        longest = max(map(len, tokenizers.source.encode(normalized)))
        assert (rejection.reason == "empty") == (not all(normalized))
        assert (rejection.reason == "too_long") == (all(normalized) and longest > max_length)


def test_reasons_are_told_apart(tokenizers: Tokenizers) -> None:
    texts = [("gut", "good"), ("", "good"), ("gut", " \t"), ("gut " * 30, "good"), ("\u200b", "a")]
    result = ChunkEncoder(tokenizers, 40)(pairs_of(texts))
    assert [(r.pair.line, r.reason) for r in result.rejected][:3] == [
        (2, "empty"), (3, "empty"), (4, "too_long")
    ]  # fmt: skip


def test_a_tag_stands_in_front_of_the_source_only(tokenizers: Tokenizers) -> None:
    plain = ChunkEncoder(tokenizers, 40)(pairs_of([("gut", "good"), ("", "good")]))
    tagged = ChunkEncoder(tokenizers, 40, "<law>")(pairs_of([("gut", "good"), ("", "good")]))
    (source,), (before,) = (r.kept.column("source").to_pylist() for r in (tagged, plain))
    assert tokenizers.source.decode([source]) != tokenizers.source.decode([before])
    assert len(source) > len(before)
    assert tagged.kept.column("target") == plain.kept.column("target")
    assert [r.pair.line for r in tagged.rejected] == [2]  # a tag alone is no text


def test_the_normalized_text_is_kept_if_asked_for(tokenizers: Tokenizers) -> None:
    pairs = pairs_of([("Scho\u0308n  gut", "fine"), ("", "x")])
    result = ChunkEncoder(tokenizers, 40, with_text=True)(pairs)
    names = [name for name in result.kept.schema.names if "text" in name]
    assert [result.kept.column(name).to_pylist() for name in names] == [["Schön gut"], ["fine"]]
    assert len(ChunkEncoder(tokenizers, 40)(pairs).kept.schema.names) == 2


@pytest.mark.parametrize(
    ("tag", "first", "last"),
    [
        (None, [0, 3, 0, 4, 3, 7, 4, 7, 7, 11, 7, 12], [0, 1, 0, 2, 0, 1, 2, 5]),
        # the tag is one token; the space behind it is part of the first word
        ("<law>", [1, 5, 0, 4, 5, 9, 4, 7, 9, 13, 7, 12], [1, 3, 0, 2, 1, 3, 2, 5]),
    ],
)
def test_links_are_those_of_the_pairs_that_are_kept(
    tokenizers: Tokenizers, tag: str | None, first: list[int], last: list[int]
) -> None:
    texts = [("das ist gut", "that is good"), ("", "x"), ("gut", "good " * 30), ("so so", "so")]
    texts += [("o", "oh no")]
    given = ["0-0 1-1 2-2", "", "0-29", "", "0-0 0-1"]
    pairs: list[SentencePair] = list(map(aligned_pair, pairs_of(texts), given))
    result = ChunkEncoder(tokenizers, 40, tag, with_links=True)(pairs)
    assert result.kept.column("links").to_pylist() == [first, [], last]
    plain = ChunkEncoder(tokenizers, 40, tag)(pairs)
    assert plain.kept.column("source") == result.kept.column("source")
    assert plain.kept.schema.names == ["source", "target"]


def test_it_travels_to_other_processes(tokenizers: Tokenizers) -> None:
    encode = ChunkEncoder(tokenizers, 40)
    pairs = pairs_of([("das ist gut", "that is good")])
    assert pickle.loads(pickle.dumps(encode))(pairs).kept == encode(pairs).kept
