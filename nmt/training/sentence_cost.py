"""What a translation costs: 1 - its sentence-level BLEU or chrF against the reference, 0 to 1.

Sentence-level BLEU is smoothed, as in Lin & Och (2004): 1 is added to the counts of all n-grams of
n > 1. Both metrics are of plain text, as test sets are scored.
"""

from collections.abc import Callable, Sequence

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from nmt.text.bleu_tokenizer import bleu_tokenizer
from nmt.text.tokenizer import Tokenizer

Sentences = Sequence[Sequence[int]]  # token ids
Cost = Callable[[Sentences, Sentences], list[float]]  # of translations, each with its reference


def sentence_cost(objective: str, tokenizer: Tokenizer, language: str = "") -> Cost:
    """The cost that `training.objective` names, risk_bleu or risk_chrf; of text in a language."""
    words = bleu_tokenizer(language)
    metrics = {
        "risk_bleu": BLEU(
            tokenize=words, smooth_method="add-k", smooth_value=1, effective_order=True
        ),
        "risk_chrf": CHRF(),
    }
    metric: BLEU | CHRF = metrics[objective]  # type: ignore[assignment]

    def cost(translations: Sentences, references: Sentences) -> list[float]:
        texts = zip(tokenizer.decode(translations), tokenizer.decode(references), strict=True)
        return [1 - metric.sentence_score(text, [true]).score / 100 for text, true in texts]

    return cost
