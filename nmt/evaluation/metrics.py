"""Scores of translations against references, by sacreBLEU, with their signatures (Post 2018)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from nmt.errors import DataError
from nmt.text.languages import base_language

UNSPACED = {"bo", "dz", "ja", "km", "lo", "my", "th", "zh"}  # written without spaces between words


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


def bleu_tokenizer(language: str) -> str:
    """The sacreBLEU tokenizer that training scores a language with: its default, or characters.

    Without spaces a sentence would be a word, and BLEU stay at 0. The tokenizers of sacreBLEU that
    find words there need dictionaries or downloads.
    """
    return "char" if base_language(language) in UNSPACED else BLEU.TOKENIZER_DEFAULT


def corpus_bleu(hypotheses: Sequence[str], references: Sequence[str], language: str = "") -> float:
    """The BLEU score alone, for validation during training; see `bleu_tokenizer`."""
    metric = BLEU(tokenize=bleu_tokenizer(language))
    return float(metric.corpus_score(list(hypotheses), [list(references)]).score)


def bleu_signature(language: str = "") -> str:
    """How `corpus_bleu` computes."""
    metric = BLEU(tokenize=bleu_tokenizer(language))
    metric.corpus_score(["a"], [["a"]])
    return str(metric.get_signature())
