"""Sentence pairs to token ids, a chunk at a time; pairs that cannot be used come with a reason."""

from dataclasses import dataclass, replace

import pyarrow

from nmt.corpus.encoded import EncodedChunk
from nmt.corpus.rejection import Rejection
from nmt.corpus.sentence_pair import SentencePair, alignment_of
from nmt.corpus.token_links import token_links
from nmt.text.normalization import normalize
from nmt.text.tokenizers import Tokenizers
from nmt.text.words import words_as_tokens


@dataclass(frozen=True, slots=True)
class EncodingResult:
    """What became of a chunk."""

    kept: pyarrow.RecordBatch
    rejected: list[Rejection]
    source_tokens: int
    target_tokens: int


@dataclass(frozen=True, slots=True)
class ChunkEncoder:
    """Encodes chunks of pairs of one corpus."""

    tokenizers: Tokenizers
    max_length: int  # tokens
    tag: str | None = None  # a token in front of each source
    with_text: bool = False  # whether the normalized text is kept beside the tokens
    with_links: bool = False  # whether links between tokens are kept, of pairs with an alignment

    def __call__(self, pairs: list[SentencePair]) -> EncodingResult:
        """Encode a chunk."""
        tokenizers = self.tokenizers
        sources = [normalize(pair.source, tokenizers.source.normalization) for pair in pairs]
        targets = [normalize(pair.target, tokenizers.target.normalization) for pair in pairs]
        tagged = [f"{self.tag} {text}" for text in sources] if self.tag else sources
        kept = EncodedChunk([], [], *([], []) if self.with_text else (None, None))
        rejected, counts, kept_rows = [], [0, 0], []
        encoded = zip(
            tokenizers.source.encode(tagged), tokenizers.target.encode(targets), strict=True
        )
        for row, (source, target) in enumerate(encoded):
            reason = self._reason(sources[row], source, target)
            if reason:
                rejected.append(Rejection(pairs[row], reason))
                continue
            kept_rows.append(row)
            kept.sources.append(source)
            kept.targets.append(target)
            counts[0] += len(source)
            counts[1] += len(target)
            if kept.source_texts is not None and kept.target_texts is not None:
                kept.source_texts.append(sources[row])
                kept.target_texts.append(targets[row])
        if self.with_links:
            kept = replace(kept, links=self._links([pairs[row] for row in kept_rows]))
        return EncodingResult(kept.record_batch(), rejected, *counts)

    def _links(self, pairs: list[SentencePair]) -> list[list[int]]:
        """The links between the tokens of each pair; none of one without an alignment."""
        aligned = [row for row, pair in enumerate(pairs) if alignment_of(pair)]
        tag = [self.tag] if self.tag else []
        sources = words_as_tokens(
            [[*tag, *pairs[row].source.split()] for row in aligned], self.tokenizers.source
        )
        targets = words_as_tokens(
            [pairs[row].target.split() for row in aligned], self.tokenizers.target
        )
        links: list[list[int]] = [[] for _ in pairs]
        for row, source, target in zip(aligned, sources, targets, strict=True):
            links[row] = token_links(alignment_of(pairs[row]), source[len(tag) :], target)
        return links

    def _reason(self, text: str, source: list[int], target: list[int]) -> str | None:
        """Why a pair cannot be trained on, if it cannot."""
        if not text or not source or not target:
            return "empty"
        if max(len(source), len(target)) > self.max_length:
            return "too_long"
        return None
