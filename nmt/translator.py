"""Text in, translations out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np
import torch

from nmt.engine.decoding import Sources, attention, decode
from nmt.errors import ConfigError, ModelError
from nmt.model_directory import TrainedModel, load_model
from nmt.search.beam import Hypothesis, SearchOptions
from nmt.text.normalization import normalize
from nmt.text.splitting import split_text
from nmt.text.tags import split_tag, tagged

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the n best translations of a text."""

    text: str
    score: float  # log-probability normalized by length; higher is better


@dataclass(frozen=True, slots=True)
class Translation:
    """The translation of one text."""

    source: str  # as it came
    text: str
    score: float
    alternatives: tuple[Alternative, ...]  # the n best, the translation itself first
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
    sources: Sources


def check_device(name: str) -> str:
    """The name of a device, if torch has it here.

    Raises:
        ConfigError: it has not; the message names those it has.
    """
    available = ["cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
    available += ["cuda"] * torch.cuda.is_available()
    available += ["mps"] * torch.backends.mps.is_available()
    if name not in available:
        raise ConfigError(f"device {name}: not available here; choose {' or '.join(available)}")
    return name


def load(
    path: str | Path | Sequence[str | Path], *, device: str = "cpu", precision: str = "float32"
) -> "Translator":
    """Load a model directory, or several as an ensemble.

    Args:
        precision: of the weights and of most computations, float32 or bfloat16.

    Raises:
        ConfigError: there is no such device or precision.
        ModelError: a directory is missing or damaged, or the models do not go together.
    """
    if precision not in PRECISIONS:
        raise ConfigError(f"precision {precision}: choose {' or '.join(PRECISIONS)}")
    paths = [path] if isinstance(path, str | Path) else list(path)
    if not paths:
        raise ConfigError("no model directory given")
    models = [load_model(Path(p), check_device(device)) for p in paths]
    for model in models:
        model.model.to(PRECISIONS[precision])
    return Translator(models)


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
        self.search = first.config.search  # the defaults of `translate`
        self.tags = frozenset(first.tags).intersection(*(model.tags for model in models))
        self._normalization = first.config.tokenizer.normalization
        self.max_length = min(model.max_length for model in models)  # tokens translated at once
        self.notify: Callable[[str], None] = lambda message: None  # is told when memory runs out

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
        if isinstance(texts, str):
            raise ConfigError("translate takes a list of texts, not a single one: write [text]")
        options = self._options(beam_size, n_best, length_penalty)
        size = self.search.batch_size if batch_size is None else batch_size
        if size < 1:
            raise ConfigError(f"batch_size {size}: has to be 1 or more")
        lines = list(texts)
        parts = self._parts(lines)
        found = decode(
            [model.model for model in self.models],
            [part.sources for part in parts],
            options,
            max_length_ratio=self.search.max_length_ratio,
            batch_size=size,
            notify=self.notify,
        )
        translations = [Translation(line, "", 0.0, (Alternative("", 0.0),)) for line in lines]
        for number, group in groupby(zip(parts, found, strict=True), key=lambda x: x[0].text):
            own_parts, own_found = zip(*group, strict=True)
            translation = self._assemble(lines[number], own_parts, own_found)
            if attention and len(own_parts) == 1:
                translation = self._attend(translation, own_parts[0], own_found[0][0])
            translations[number] = translation
        return translations

    def tagged(self, texts: Iterable[str], tag: str | None) -> list[str]:
        """The texts with a tag in front that all the models were trained with.

        An empty text stays empty, and one that begins with a tag of the model keeps its own.

        Raises:
            ConfigError: a model was not trained with this tag.
        """
        return tagged(texts, tag, self.tags, self._normalization)

    def _options(
        self, beam_size: int | None, n_best: int, length_penalty: float | None
    ) -> SearchOptions:
        beam_size = self.search.beam_size if beam_size is None else beam_size
        penalty = self.search.length_penalty if length_penalty is None else length_penalty
        if beam_size < 1:
            raise ConfigError(f"beam_size {beam_size}: has to be 1 or more")
        if not 1 <= n_best <= beam_size:
            raise ConfigError(f"n_best {n_best}: has to be from 1 to the beam size, {beam_size}")
        if not 0 <= penalty <= 10:
            raise ConfigError(f"length_penalty {penalty}: has to be from 0 to 10")
        return SearchOptions(beam_size=beam_size, n_best=n_best, length_penalty=penalty)

    def _encode(self, lines: Sequence[str]) -> list[Sources]:
        """For each line its token ids, by the tokenizer of each model."""
        by_model = [model.tokenizers.source.encode(lines) for model in self.models]
        return list(zip(*by_model, strict=True))

    def _fits(self, sources: Sources) -> bool:
        return max(len(ids) for ids in sources) <= self.max_length

    def _parts(self, lines: Sequence[str]) -> list[_Part]:
        """What to translate: each line with text, or its parts when it is too long."""
        parts = []
        for number, sources in enumerate(self._encode(lines)):
            if not sources[0] or lines[number].strip() in self.tags:
                continue
            if self._fits(sources):
                parts.append(_Part(number, sources))
            else:
                parts += [_Part(number, encoded) for encoded in self._split(lines[number])]
        return parts

    def _split(self, line: str) -> list[Sources]:
        """The parts of a line that is too long, each with the tag that the line begins with."""
        line = normalize(line, self._normalization)
        tag, text = split_tag(line, self.tags)
        start = f"{tag} " if tag else ""
        pieces = split_text(text, lambda part: self._fits(self._encode([start + part])[0]))
        return self._encode([start + piece for piece in pieces])

    def _assemble(
        self, line: str, parts: Sequence[_Part], found: Sequence[list[Hypothesis]]
    ) -> Translation:
        """One translation from the hypotheses of a text's parts."""
        tokenizer = self.models[0].tokenizers.target
        alternatives = []
        for rank in range(min(len(hypotheses) for hypotheses in found)):
            chosen = [hypotheses[rank] for hypotheses in found]
            text = " ".join(tokenizer.decode([hypothesis.tokens for hypothesis in chosen]))
            score = sum(hypothesis.score for hypothesis in chosen) / len(chosen)
            alternatives.append(Alternative(text, score))
        warning = None
        if len(parts) > 1:
            tokens = sum(len(part.sources[0]) for part in parts)
            warning = (
                f"{tokens:,} tokens, more than the {self.max_length} that the model was trained "
                f"for: translated in {len(parts)} parts"
            )
        best = alternatives[0]
        return Translation(line, best.text, best.score, tuple(alternatives), warning=warning)

    def _attend(self, translation: Translation, part: _Part, best: Hypothesis) -> Translation:
        """The translation with its pieces and attention weights."""
        tokenizers = self.models[0].tokenizers
        return replace(
            translation,
            source_pieces=tuple(tokenizers.source.pieces(part.sources[0])),
            target_pieces=tuple(tokenizers.target.pieces(best.tokens)),
            attention=attention([m.model for m in self.models], part.sources, best.tokens),
        )
