"""Subword sampling: without chance SentencePiece's own, and a function of seed, epoch and row."""

import io
import json
import math
import random
import subprocess
import sys
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.errors import ConfigError
from nmt.settings import TokenizerSettings
from nmt.text import subword_sampling
from nmt.text.normalization import normalize
from nmt.text.subword_sampling import LatticeSampling, MergeDropout, SubwordSampler
from nmt.text.tokenizer import Tokenizer, load_tokenizer, train_tokenizer

LINES = [
    "Ein Hund läuft über die Straße.",
    "A dog runs across the street.",
    "Zwei Männer spielen Fußball, oder?",
    "Two men are playing football, aren't they?",
    "Das kostet 12,50 € (mit 19 % Steuer).",
    "彼は本を読んでいます。",
] * 3
# with unknown characters alone and in runs, symbols, and signs of its own
HARD = ["ξξ ξ aξb", "", "<law>", "a<law>b <law>", "▁", "a▁b ▁▁", "😀 the<law>the ξ<law>ξ", "  a "]
NEVER, ALWAYS_BEST = 1e-300, 1000.0  # a dropout and an alpha that leave nothing to chance
Kind = tuple[str, bool]
KINDS = list(product(("bpe", "unigram"), (False, True)))


def train(kind: str, byte_fallback: bool = False, lines: list[str] = LINES) -> Tokenizer:
    values = {"kind": kind, "byte_fallback": byte_fallback, "symbols": ["<law>", "the"]}
    config = TokenizerSettings.model_validate(values)
    return train_tokenizer(lines, config, pairs=len(lines))


@pytest.fixture(scope="module")
def trained() -> dict[Kind, Tokenizer]:
    return {(kind, fallback): train(kind, fallback) for kind, fallback in KINDS}


@pytest.fixture(params=KINDS, ids=str)
def tokenizer(request: pytest.FixtureRequest, trained: dict[Kind, Tokenizer]) -> Tokenizer:
    return trained[request.param]


def encode(sampler: SubwordSampler, lines: list[str], epoch: int = 0) -> list[list[int]]:
    return [sampler.encode(normalize(line), epoch=epoch, row=row) for row, line in enumerate(lines)]


# --- without chance ---


@pytest.mark.parametrize(("kind", "fallback"), KINDS)
@settings(deadline=None)
@given(line=st.one_of(st.text(st.characters(codec="utf-8")), st.sampled_from(LINES + HARD)))
def test_the_surest_segmentation_is_that_of_sentencepiece(
    trained: dict[Kind, Tokenizer], kind: str, fallback: bool, line: str
) -> None:
    tokenizer = trained[kind, fallback]
    sampler = SubwordSampler(tokenizer, NEVER if kind == "bpe" else ALWAYS_BEST, seed=1)
    ours, theirs = encode(sampler, [line]), tokenizer.encode([line])
    if kind == "bpe":
        assert ours == theirs
    else:  # of segmentations of the same probability another one may be taken
        assert score(tokenizer, ours[0]) == pytest.approx(score(tokenizer, theirs[0]), abs=1e-3)
        assert tokenizer.decode(ours) == tokenizer.decode(theirs)


def score(tokenizer: Tokenizer, ids: list[int]) -> float:
    return math.fsum(tokenizer._processor.get_score(i) for i in ids)


@pytest.mark.parametrize(("kind", "share"), [("bpe", 1.0), ("unigram", 0.99)])
def test_on_real_text_too(corpora: Path, kind: str, share: float) -> None:
    lines = []
    for name in ("multi30k/val.de", "multi30k/val.en", "kftt/dev.ja", "kftt/dev.en"):
        lines += (corpora / name).read_text(encoding="utf-8").split("\n")[:300]
    values = {"kind": kind, "vocabulary_size": 4000, "character_coverage": 0.999}
    config = TokenizerSettings.model_validate(values)
    tokenizer = train_tokenizer(lines, config, pairs=len(lines))
    sampler = SubwordSampler(tokenizer, NEVER if kind == "bpe" else ALWAYS_BEST, seed=1)
    pairs = zip(encode(sampler, lines), tokenizer.encode(lines), strict=True)
    assert sum(ours == theirs for ours, theirs in pairs) >= share * len(lines)


def test_a_rate_of_zero_turns_sampling_off(tokenizer: Tokenizer) -> None:
    sampler = SubwordSampler(tokenizer, 0.0, seed=1)
    assert encode(sampler, LINES + HARD) == tokenizer.encode(LINES + HARD)


@pytest.mark.parametrize("kind", ["char", "byte", "word"])
def test_a_tokenizer_without_choices_can_only_be_off(kind: str) -> None:
    tokenizer = train_tokenizer(LINES, TokenizerSettings.model_validate({"kind": kind}), pairs=1)
    assert encode(SubwordSampler(tokenizer, 0.0, seed=1), LINES) == tokenizer.encode(LINES)
    with pytest.raises(ConfigError, match=r"tokenizer.sampling = 0.1: .* set it to 0$"):
        SubwordSampler(tokenizer, 0.1, seed=1)


def test_pieces_may_reach_over_spaces() -> None:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=model, model_type="bpe", vocab_size=150,
        split_by_whitespace=False, pad_id=0, unk_id=1, bos_id=2, eos_id=3, minloglevel=2,
    )  # fmt: skip
    tokenizer = Tokenizer(model.getvalue(), "nfkc")
    assert any("▁" in piece[1:] for piece in tokenizer.pieces(range(tokenizer.vocabulary_size)))
    assert encode(SubwordSampler(tokenizer, NEVER, seed=1), LINES) == tokenizer.encode(LINES)


# --- with chance ---


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.0])
def test_another_segmentation_is_the_same_text(tokenizer: Tokenizer, rate: float) -> None:
    lines = [line for line in LINES + HARD if "▁" not in line]
    sampled = encode(SubwordSampler(tokenizer, rate, seed=1), lines)
    assert sampled != tokenizer.encode(lines)
    assert tokenizer.decode(sampled) == tokenizer.decode(tokenizer.encode(lines))


@pytest.mark.parametrize("rate", [0.1, 1.0])
def test_symbols_are_never_cut(tokenizer: Tokenizer, rate: float) -> None:
    sampler = SubwordSampler(tokenizer, rate, seed=1)
    for row in range(50):
        ids = sampler.encode("the <law>street the", epoch=0, row=row)
        pieces = [piece for piece in tokenizer.pieces(ids) if piece in ("<law>", "the")]
        assert pieces == ["the", "<law>", "the"]


def test_where_every_merge_is_dropped_characters_are_left() -> None:
    tokenizer = train("bpe")
    sampler = SubwordSampler(tokenizer, 1.0, seed=1)
    for line in LINES:
        pieces = tokenizer.pieces(sampler.encode(line, epoch=0, row=0))
        assert all(len(piece) == 1 or piece == "the" for piece in pieces)
        assert "".join(pieces) == "▁" + line.replace(" ", "▁")


def test_a_merge_is_dropped_with_the_probability_asked_for() -> None:
    # Of "abc", a merge of two letters is dropped, both are dropped, or neither: by hand
    sampler, draw = MergeDropout({"ab": 3.0, "bc": 2.0, "abc": 1.0}, 0.3), random.Random(5).random
    drawn = Counter(tuple(sampler.segment("abc", draw)) for _ in range(20_000))
    probabilities = {
        ("abc",): 0.7 * 0.7 + 0.3 * 0.7 * 0.7,
        ("ab", "c"): 0.7 * 0.3,
        ("a", "bc"): 0.3 * 0.7 * 0.3,
        ("a", "b", "c"): 0.3 * 0.3,
    }
    assert math.fsum(probabilities.values()) == pytest.approx(1.0)
    for pieces, probability in probabilities.items():
        assert drawn[pieces] / 20_000 == pytest.approx(probability, abs=0.012)


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_a_segmentation_is_drawn_with_the_power_of_its_probability(alpha: float) -> None:
    scores = {"a": -2.0, "b": -3.0, "ab": -3.5, "c": -2.5, "bc": -4.0, "abc": -7.0}
    weights = {
        pieces: math.exp(alpha * sum(scores[piece] for piece in pieces))
        for pieces in [("a", "b", "c"), ("ab", "c"), ("a", "bc"), ("abc",)]
    }
    sampler, draw = LatticeSampling(scores, alpha), random.Random(5).random
    drawn = Counter(tuple(sampler.segment("abc", draw)) for _ in range(20_000))
    for pieces, weight in weights.items():
        probability = weight / sum(weights.values())
        assert drawn[pieces] / 20_000 == pytest.approx(probability, abs=0.012)


# --- a function of seed, epoch and row ---


def test_order_and_company_do_not_matter(tokenizer: Tokenizer) -> None:
    sampler, rows = SubwordSampler(tokenizer, 0.3, seed=7), list(range(len(LINES)))
    first = {row: sampler.encode(LINES[row], epoch=2, row=row) for row in rows}
    again = SubwordSampler(tokenizer, 0.3, seed=7)
    random.Random(1).shuffle(rows)
    again.encode("something else first", epoch=0, row=0)
    assert {row: again.encode(LINES[row], epoch=2, row=row) for row in rows} == first


def test_what_is_remembered_does_not_matter(
    tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = encode(SubwordSampler(tokenizer, 0.3, seed=7), LINES * 3)
    for name in ("STATES_KEPT", "WORDS_KEPT"):
        monkeypatch.setattr(subword_sampling, name, 3)
    assert encode(SubwordSampler(tokenizer, 0.3, seed=7), LINES * 3) == expected


def test_seed_epoch_and_row_each_make_a_difference(tokenizer: Tokenizer) -> None:
    def drawn(seed: int, epoch: int, row: int) -> list[list[int]]:
        sampler = SubwordSampler(tokenizer, 0.3, seed=seed)
        return [sampler.encode(line, epoch=epoch, row=row + i) for i, line in enumerate(LINES)]

    results = [drawn(1, 0, 0), drawn(2, 0, 0), drawn(1, 1, 0), drawn(1, 0, 100)]
    assert all(a != b for i, a in enumerate(results) for b in results[:i])


PROGRAM = """
import json, sys
from pathlib import Path
from nmt.text.subword_sampling import SubwordSampler
from nmt.text.tokenizer import load_tokenizer
sampler = SubwordSampler(load_tokenizer(Path(sys.argv[1]), "nfkc"), 0.3, seed=7)
lines = json.load(sys.stdin)
print(json.dumps([sampler.encode(line, epoch=2, row=row) for row, line in enumerate(lines)]))
"""


def test_another_process_draws_the_same(tmp_path: Path, tokenizer: Tokenizer) -> None:
    path = tmp_path / "tokenizer.model"
    tokenizer.save(path)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, path],
        input=json.dumps(LINES), capture_output=True, encoding="utf-8", check=True,
        cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    sampler = SubwordSampler(load_tokenizer(path, "nfkc"), 0.3, seed=7)
    assert json.loads(done.stdout) == encode(sampler, LINES, epoch=2)
