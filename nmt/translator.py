"""Text in, translations out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from nmt.engine.memory import is_out_of_memory
from nmt.engine.scorer import ModelScorer
from nmt.errors import ConfigError, ModelError
from nmt.model_directory import TrainedModel, load_model
from nmt.search.beam import Hypothesis, SearchOptions, beam_search
from nmt.search.scorer import EnsembleScorer
from nmt.text.normalization import normalize
from nmt.text.splitting import split_text
from nmt.text.vocabulary import BOS

LONGEST_TRANSLATION_MARGIN = 10  # tokens, on top of search.max_length_ratio


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the n best translations of a text."""

    text: str
    score: float  # log-probability normalized by length; higher is better


@dataclass(frozen=True, slots=True)
class Translation:
    """The translation of one text."""

    source: str
    text: str
    score: float
    alternatives: tuple[Alternative, ...] = ()  # the n best, the translation itself first
    source_pieces: tuple[str, ...] = ()
    target_pieces: tuple[str, ...] = ()
    attention: np.ndarray | None = None  # (target pieces + EOS, source pieces + EOS)
    warning: str | None = None

    @property
    def alignment(self) -> list[tuple[int, int]]:
        """For each target piece the source piece it attends to most: (source, target) from 0."""
        if self.attention is None:
            return []
        weights = self.attention[: len(self.target_pieces), : len(self.source_pieces)]
        return [(int(row.argmax()), target) for target, row in enumerate(weights)]


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of text that is translated at once: all of it, unless it is too long."""

    text: int  # the number of the text it belongs to
    sources: tuple[list[int], ...]  # its token ids, by the tokenizer of each model


def load(
    path: str | Path | Sequence[str | Path],
    *,
    device: str = "cpu",
    precision: Literal["float32", "bfloat16"] = "float32",
) -> "Translator":
    """Load a model directory, or several as an ensemble.

    Raises:
        ModelError: a directory is missing or damaged, or the models do not go together.
    """
    paths = [path] if isinstance(path, str | Path) else list(path)
    if precision not in ("float32", "bfloat16"):
        raise ConfigError(f"precision = {precision!r}: choose float32 or bfloat16")
    models = [load_model(Path(p), check_device(device)) for p in paths]
    if precision == "bfloat16":
        for model in models:
            model.model.to(torch.bfloat16)
    return Translator(models)


def check_device(name: str) -> str:
    """The name, if torch has such a device here.

    Raises:
        ConfigError: it has not; the message names those it has.
    """
    available = ["cpu"]
    available += ["cuda"] * torch.cuda.is_available()
    available += ["mps"] * torch.backends.mps.is_available()
    if name.split(":")[0] not in available:
        raise ConfigError(f"--device {name}: not available here; choose {' or '.join(available)}")
    return name


class Translator:
    """Translates texts with one model, or with an ensemble of models."""

    def __init__(self, models: Sequence[TrainedModel]) -> None:
        first = models[0]
        for other in models[1:]:
            if other.tokenizers.target.model != first.tokenizers.target.model:
                raise ModelError(
                    f"{other.folder}: its target vocabulary is not that of {first.folder}; the "
                    "models of an ensemble need the same one (train with the same tokenizer)"
                )
        self.models = tuple(models)
        self.search = first.config.search

    def translate(
        self,
        texts: Iterable[str],
        *,
        beam_size: int | None = None,
        n_best: int = 1,
        length_penalty: float | None = None,
        batch_size: int | None = None,
        attention: bool = True,
    ) -> list[Translation]:
        """Translate each text; an empty one stays empty.

        Args:
            beam_size, length_penalty, batch_size: default to the model's own settings. The batch
                size (sentences) changes the speed only.
            n_best: how many alternatives to give, at most the beam size.
            attention: whether to give attention weights, which one more pass computes.

        Raises:
            ConfigError: an option is out of range.
        """
        options = self._options(beam_size, n_best, length_penalty)
        size = self.search.batch_size if batch_size is None else batch_size
        if size < 1:
            raise ConfigError(f"batch_size = {size}: has to be 1 or more")
        lines = [normalize(text, self._normalization) for text in texts]
        parts = self._parts(lines)
        order = sorted(range(len(parts)), key=lambda p: -len(parts[p].sources[0]))
        found: dict[int, list[Hypothesis]] = {}
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            results = self._search([parts[p] for p in chosen], options)
            found |= dict(zip(chosen, results, strict=True))
        by_text: dict[int, list[int]] = {}
        for number, part in enumerate(parts):
            by_text.setdefault(part.text, []).append(number)
        return [
            self._assemble(
                line,
                [parts[p] for p in by_text.get(number, [])],
                [found[p] for p in by_text.get(number, [])],
                attention=attention,
            )
            for number, line in enumerate(lines)
        ]

    @property
    def _normalization(self) -> Literal["nfkc", "nfc", "none"]:
        return self.models[0].config.tokenizer.normalization

    @property
    def max_length(self) -> int:
        """The most source tokens translated at once; a longer text is split."""
        return min(model.max_length for model in self.models)

    def _options(
        self, beam_size: int | None, n_best: int, length_penalty: float | None
    ) -> SearchOptions:
        beam_size = self.search.beam_size if beam_size is None else beam_size
        penalty = self.search.length_penalty if length_penalty is None else length_penalty
        if beam_size < 1:
            raise ConfigError(f"beam_size = {beam_size}: has to be 1 or more")
        if not 1 <= n_best <= beam_size:
            raise ConfigError(f"n_best = {n_best}: has to be from 1 to beam_size = {beam_size}")
        return SearchOptions(beam_size=beam_size, n_best=n_best, length_penalty=penalty)

    def _encode(self, lines: Sequence[str]) -> list[tuple[list[int], ...]]:
        """For each line its token ids, by the tokenizer of each model."""
        by_model = [model.tokenizers.source.encode(lines) for model in self.models]
        return list(zip(*by_model, strict=True))

    def _fits(self, line: str) -> bool:
        return max(len(ids) for ids in self._encode([line])[0]) <= self.max_length

    def _parts(self, lines: Sequence[str]) -> list[_Part]:
        """What to translate: each line that is not empty, or its parts when it is too long."""
        parts = []
        for number, sources in enumerate(self._encode(lines)):
            if max(len(ids) for ids in sources) <= self.max_length:
                parts += [_Part(number, sources)] if sources[0] else []
            else:
                pieces = split_text(lines[number], self._fits)
                parts += [_Part(number, encoded) for encoded in self._encode(pieces)]
        return parts

    def _search(self, parts: Sequence[_Part], options: SearchOptions) -> list[list[Hypothesis]]:
        """The hypotheses of each part; when memory runs out, half of the batch at a time."""
        try:
            return self._search_batch(parts, options)
        except (MemoryError, RuntimeError) as error:
            if len(parts) == 1 or not is_out_of_memory(error):
                raise
        half = len(parts) // 2
        return self._search(parts[:half], options) + self._search(parts[half:], options)

    def _search_batch(
        self, parts: Sequence[_Part], options: SearchOptions
    ) -> list[list[Hypothesis]]:
        scorers = tuple(ModelScorer(model.model) for model in self.models)
        states = tuple(
            scorer.start([part.sources[number] for part in parts])
            for number, scorer in enumerate(scorers)
        )
        ratio = self.search.max_length_ratio
        max_lengths = [
            int(ratio * len(part.sources[0])) + LONGEST_TRANSLATION_MARGIN for part in parts
        ]
        if len(scorers) == 1:
            return beam_search(scorers[0], states[0], max_lengths, options)
        return beam_search(EnsembleScorer(scorers), states, max_lengths, options)

    def _assemble(
        self,
        line: str,
        parts: Sequence[_Part],
        found: Sequence[list[Hypothesis]],
        *,
        attention: bool,
    ) -> Translation:
        """One translation from the hypotheses of a text's parts."""
        if not parts:
            return Translation(line, "", 0.0, (Alternative("", 0.0),))
        tokenizers = self.models[0].tokenizers
        count = min(len(hypotheses) for hypotheses in found)
        alternatives = []
        for rank in range(count):
            chosen = [hypotheses[rank] for hypotheses in found]
            texts = tokenizers.target.decode([h.tokens for h in chosen])
            score = sum(h.score for h in chosen) / len(chosen)
            alternatives.append(Alternative(" ".join(texts), score))
        best = alternatives[0]
        translation = Translation(line, best.text, best.score, tuple(alternatives))
        if len(parts) > 1:
            tokens = sum(len(part.sources[0]) for part in parts)
            warning = (
                f"{tokens:,} tokens, more than the {self.max_length} that the model was trained "
                f"for: translated in {len(parts)} parts"
            )
            return replace(translation, warning=warning)
        if not attention:
            return translation
        tokens_out = found[0][0].tokens
        return replace(
            translation,
            source_pieces=tuple(tokenizers.source.pieces(parts[0].sources[0])),
            target_pieces=tuple(tokenizers.target.pieces(tokens_out)),
            attention=self._attention(parts[0], tokens_out),
        )

    @torch.inference_mode()
    def _attention(self, part: _Part, tokens: Sequence[int]) -> np.ndarray:
        """The weights of a translation, mean of the models: (target + EOS, source + EOS)."""
        total = np.zeros((len(tokens) + 1, len(part.sources[0]) + 1))
        models = [
            m
            for m, ids in zip(self.models, part.sources, strict=True)
            if len(ids) == len(part.sources[0])
        ]
        for number, model in enumerate(models):
            scorer = ModelScorer(model.model)
            state = scorer.start([part.sources[number]])
            target = torch.tensor([[BOS, *tokens]], device=scorer.device)
            _, weights, _ = model.model.decode(target, state)
            total += weights[0].float().cpu().numpy() / len(models)
        return total
