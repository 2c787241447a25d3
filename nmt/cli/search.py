"""How `nmt translate` and `nmt evaluate` search for translations."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from nmt.errors import ConfigError

if TYPE_CHECKING:
    from nmt.translator import Translation, Translator


Translate = Callable[[list[str]], list["Translation"]]


@dataclass(frozen=True, slots=True)
class Search:
    """The options of a search; what is None is as the model says."""

    beam_size: int | None
    length_penalty: float | None
    batch_size: int | None
    mbr: Literal["bleu", "chrf"] | None = None
    n_best: int = 1


def translating(translator: "Translator", search: Search) -> Translate:
    """What translates texts so, without attention weights.

    Raises:
        ConfigError: minimum Bayes risk has nothing to choose from.
    """
    translate = partial(
        translator.translate,
        beam_size=search.beam_size,
        length_penalty=search.length_penalty,
        batch_size=search.batch_size,
        attention=False,
    )
    if search.mbr is None:
        return partial(translate, n_best=search.n_best)
    beam_size = search.beam_size or translator.search.beam_size
    if beam_size == 1:
        raise ConfigError("--mbr: chooses among the hypotheses of a beam; give a --beam-size of 5")
    held = max(beam_size, search.n_best)  # more than the beam holds is refused
    from nmt.evaluation.utility import utility_of
    from nmt.minimum_bayes_risk import minimum_bayes_risk
    from nmt.text.bleu_tokenizer import bleu_tokenizer

    language = translator.models[0].config.target_language
    utility = utility_of(search.mbr, bleu_tokenizer(language))

    def translate_by_risk(texts: list[str]) -> list["Translation"]:
        found = minimum_bayes_risk(translate(texts, n_best=held), utility)
        return [replace(each, alternatives=each.alternatives[: search.n_best]) for each in found]

    return translate_by_risk
