"""Scores of translations against references, by sacreBLEU, with their signatures (Post 2018)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from nmt.errors import DataError


@dataclass(frozen=True, slots=True)
class Score:
    """One metric over a whole test set."""

    score: float  # 0 to 100; for TER the lower the better
    signature: str  # how it was computed, for others to repeat it


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of one set of hypotheses."""

    bleu: Score
    chrf: Score
    ter: Score
    sentences: int


def evaluate(hypotheses: Sequence[str], references: Sequence[str]) -> Evaluation:
    """BLEU, chrF and TER of one hypothesis and one reference a sentence, as plain text.

    Raises:
        DataError: the numbers of hypotheses and references differ, or there are none.
    """
    if len(hypotheses) != len(references):
        raise DataError(
            f"{len(hypotheses):,} hypotheses but {len(references):,} references; "
            "each line needs exactly one"
        )
    if not hypotheses:
        raise DataError("there are no hypotheses to evaluate")
    bleu, chrf, ter = (_score(metric, hypotheses, references) for metric in (BLEU(), CHRF(), TER()))
    return Evaluation(bleu, chrf, ter, sentences=len(hypotheses))


def _score(
    metric: BLEU | CHRF | TER, hypotheses: Sequence[str], references: Sequence[str]
) -> Score:
    score = metric.corpus_score(list(hypotheses), [list(references)]).score
    return Score(score, str(metric.get_signature()))


def corpus_bleu(
    hypotheses: Sequence[str], references: Sequence[str], tokenizer: str = BLEU.TOKENIZER_DEFAULT
) -> float:
    """The BLEU score alone, for validation during training; `tokenizer` is one of sacreBLEU's."""
    metric = BLEU(tokenize=tokenizer)
    return float(metric.corpus_score(list(hypotheses), [list(references)]).score)


def bleu_signature(tokenizer: str = BLEU.TOKENIZER_DEFAULT) -> str:
    """How `corpus_bleu` computes."""
    metric = BLEU(tokenize=tokenizer)
    metric.corpus_score(["a"], [["a"]])
    return str(metric.get_signature())
