"""Validation: perplexity, token accuracy and BLEU on held-out pairs."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from nmt.corpus.pairs import ParallelCorpus
from nmt.engine.likelihood import likelihood
from nmt.errors import DataError
from nmt.evaluation.metrics import corpus_bleu
from nmt.model_directory import TrainedModel
from nmt.text.bleu_tokenizer import bleu_tokenizer
from nmt.text.tags import tagged
from nmt.translator import Translator


@dataclass(frozen=True, slots=True)
class Validation:
    """The result of one validation."""

    perplexity: float  # exp of the mean negative log-likelihood of a token, EOS included
    accuracy: float  # share of tokens predicted right, given the true ones before
    bleu: float  # of greedy translations
    in_parts: int  # sentences longer than data.max_length, which were translated in parts
    seconds: float
    example: tuple[str, str, str]  # source, reference, translation


class Validator:
    """Validates models on one held-out corpus."""

    def __init__(self, corpus: ParallelCorpus, tag: str | None = None) -> None:
        """Read the corpus; `tag` comes in front of each source.

        Raises:
            DataError: it cannot be read, or is empty.
        """
        pairs = list(corpus)
        if not pairs:
            raise DataError(f"{corpus.name}: the validation corpus is empty")
        self.tags = (tag,) if tag else ()
        self.sources = tagged((pair.source for pair in pairs), tag, self.tags)
        self.targets = [pair.target for pair in pairs]

    def validate(
        self, model: TrainedModel, *, notify: Callable[[str], None] = lambda message: None
    ) -> Validation:
        """Score a model, which is left in the mode it came in; `notify` takes warnings."""
        started = time.monotonic()
        training = model.model.training
        model.model.eval()
        scores = likelihood(
            model.model, model.tokenizers, self.sources, self.targets, notify=notify
        )
        translator = Translator([replace(model, tags=self.tags)])
        translator.notify = notify
        translations = translator.translate(self.sources, beam_size=1, attention=False)
        texts = [translation.text for translation in translations]
        model.model.train(training)
        number = len(texts) // 2
        return Validation(
            perplexity=scores.perplexity,
            accuracy=scores.accuracy,
            bleu=corpus_bleu(texts, self.targets, bleu_tokenizer(model.config.target_language)),
            in_parts=sum(translation.warning is not None for translation in translations),
            seconds=time.monotonic() - started,
            example=(self.sources[number], self.targets[number], texts[number]),
        )
