"""A trained model as search sees it. N rows, S source length, V vocabulary."""

from collections.abc import Sequence

import torch
from torch import Tensor

from nmt.corpus.batches import pad_sources
from nmt.model.decoder import DecoderState
from nmt.model.seq2seq import Seq2Seq


class ModelScorer:
    """Implements `nmt.search.scorer.Scorer` by the model's own step."""

    def __init__(self, model: Seq2Seq) -> None:
        self.model = model
        self.device = model.output.weight.device

    @torch.inference_mode()
    def start(self, sources: Sequence[Sequence[int]]) -> DecoderState:
        """The state before the first token, a row for each source (token ids without EOS)."""
        padded, lengths = pad_sources(sources)
        memory = self.model.encode(padded.to(self.device), lengths.to(self.device))
        return self.model.start(memory)

    @torch.inference_mode()
    def step(self, tokens: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """(N,) -> log-probabilities (N, V) in float32."""
        logits, _, state = self.model.decode(tokens[:, None].to(self.device), state)
        return logits[:, 0].float().log_softmax(dim=1), state

    @torch.inference_mode()
    def reorder(self, state: DecoderState, index: Tensor) -> DecoderState:
        """The rows of the state that `index` names."""
        return state.reorder(index.to(self.device))
