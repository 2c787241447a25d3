"""Sentence pairs to token ids, a chunk at a time; pairs that cannot be used come with a reason."""

from dataclasses import dataclass

import pyarrow

from nmt.corpus.encoded import EncodedChunk
from nmt.corpus.rejection import Rejection
from nmt.corpus.sentence_pair import SentencePair
from nmt.text.normalization import normalize
from nmt.text.tokenizers import Tokenizers


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

    def __call__(self, pairs: list[SentencePair]) -> EncodingResult:
        """Encode a chunk."""
        tokenizers = self.tokenizers
        sources = [normalize(pair.source, tokenizers.source.normalization) for pair in pairs]
        targets = [normalize(pair.target, tokenizers.target.normalization) for pair in pairs]
        tagged = [f"{self.tag} {text}" for text in sources] if self.tag else sources
        kept = EncodedChunk([], [], *([], []) if self.with_text else (None, None))
        rejected, counts = [], [0, 0]
        encoded = zip(
            tokenizers.source.encode(tagged), tokenizers.target.encode(targets), strict=True
        )
        for row, (source, target) in enumerate(encoded):
            reason = self._reason(sources[row], source, target)
            if reason:
                rejected.append(Rejection(pairs[row], reason))
                continue
            kept.sources.append(source)
            kept.targets.append(target)
            counts[0] += len(source)
            counts[1] += len(target)
            if kept.source_texts is not None and kept.target_texts is not None:
                kept.source_texts.append(sources[row])
                kept.target_texts.append(targets[row])
        return EncodingResult(kept.record_batch(), rejected, *counts)

    def _reason(self, text: str, source: list[int], target: list[int]) -> str | None:
        """Why a pair cannot be trained on, if it cannot."""
        if not text or not source or not target:
            return "empty"
        if max(len(source), len(target)) > self.max_length:
            return "too_long"
        return None
