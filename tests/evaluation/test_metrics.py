"""The scores are those of the sacrebleu command, to every digit it prints."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from nmt.errors import DataError
from nmt.evaluation.metrics import Evaluation, bleu_signature, corpus_bleu, evaluate

REFERENCES = [
    "The cat sits on the mat, and the dog (an old one) sleeps.",
    "Two men in blue shirts are playing chess.",
    "It's 3.5 km to the station; the next train leaves at 10:45 p.m.",
    'She said: "No, thank you!"',
    "Straße, naïve, Ελλάδα, 東京 — and 50% off.",
    "A dog runs",
    "",
]
DIGITS = 8


def corrupt(lines: list[str], seed: int) -> list[str]:
    """Hypotheses: the references with words dropped, doubled, moved and in other case."""
    chooser = random.Random(seed)
    hypotheses = []
    for line in lines:
        words = [w.lower() if chooser.random() < 0.2 else w for w in line.split()]
        words = [w for word in words for w in chooser.choice([[word], [word], [], [word] * 2])]
        if chooser.random() < 0.5 and len(words) > 3:
            words.insert(chooser.randrange(len(words)), words.pop())
        hypotheses.append(" ".join(words))
    return hypotheses


def command(folder: Path, hypotheses: list[str], references: list[str]) -> list[dict[str, object]]:
    """What `sacrebleu` prints for two files."""
    for name, lines in (("hypothesis", hypotheses), ("reference", references)):
        text = "".join(f"{line}\n" for line in lines)
        (folder / name).write_text(text, encoding="utf-8")
    arguments = ["reference", "-i", "hypothesis", "-m", "bleu", "chrf", "ter", "-w", str(DIGITS)]
    done = subprocess.run(
        [sys.executable, "-m", "sacrebleu", *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    printed: list[dict[str, object]] = json.loads(done.stdout)
    return printed


@pytest.mark.parametrize("seed", [1, 2])
def test_scores_and_signatures_are_those_of_the_command(tmp_path: Path, seed: int) -> None:
    references = REFERENCES * 3
    hypotheses = corrupt(references, seed)
    evaluation = evaluate(hypotheses, references)
    printed = command(tmp_path, hypotheses, references)
    for score, expected in zip(
        (evaluation.bleu, evaluation.chrf, evaluation.ter), printed, strict=True
    ):
        assert round(score.score, DIGITS) == expected["score"]
        assert score.signature == expected["signature"]
        assert 0 < score.score < 100
    assert evaluation.sentences == len(references)


def scores(evaluation: Evaluation) -> list[float]:
    return [evaluation.bleu.score, evaluation.chrf.score, evaluation.ter.score]


def test_the_references_themselves_are_perfect() -> None:
    assert scores(evaluate(REFERENCES, REFERENCES)) == pytest.approx([100, 100, 0])


def test_nothing_said_scores_nothing() -> None:
    assert scores(evaluate([""] * 2, REFERENCES[:2])) == pytest.approx([0, 0, 100])


def test_the_order_of_the_sentences_does_not_matter() -> None:
    hypotheses = corrupt(REFERENCES, 3)
    backwards = evaluate(hypotheses[::-1], REFERENCES[::-1])
    assert scores(backwards) == pytest.approx(scores(evaluate(hypotheses, REFERENCES)))


def test_the_bleu_of_validation_is_that_of_evaluation() -> None:
    hypotheses = corrupt(REFERENCES, 4)
    evaluation = evaluate(hypotheses, REFERENCES)
    assert corpus_bleu(hypotheses, REFERENCES) == evaluation.bleu.score
    assert bleu_signature() == evaluation.bleu.signature


def test_by_characters_a_language_without_spaces_has_a_score() -> None:
    """Words are what spaces divide elsewhere: one wrong character would cost a sentence."""
    references = ["今日はとてもいい天気です。", "私は昨日図書館で本を読みました。"]
    hypotheses = ["今日はいい天気です。", "私は図書館で本を読みました。"]
    assert corpus_bleu(hypotheses, references, "char") > 50
    assert corpus_bleu(hypotheses, references) < 1
    assert "tok:char" in bleu_signature("char")


@pytest.mark.parametrize(("hypotheses", "references"), [(3, 2), (0, 1), (1234, 1)])
def test_unequal_counts_are_refused_with_both(hypotheses: int, references: int) -> None:
    with pytest.raises(DataError) as caught:
        evaluate(["a"] * hypotheses, ["a"] * references)
    assert f"{hypotheses:,} hypotheses" in str(caught.value)
    assert f"{references:,} references" in str(caught.value)


def test_nothing_to_evaluate_is_refused() -> None:
    with pytest.raises(DataError, match="no hypotheses"):
        evaluate([], [])
