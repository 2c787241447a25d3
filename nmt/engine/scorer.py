"""A trained model as search sees it. N rows, S source length, V vocabulary."""

from collections.abc import Sequence

import torch
from torch import Tensor

from nmt.corpus.batches import pad_sources
from nmt.model.decoder import DecoderState
from nmt.model.seq2seq import Seq2Seq


class ModelScorer:
    """Implements `nmt.search.scorer.Scorer` by the model's own step.

    In bfloat16, oneDNN's LSTM rounds a batch of one sentence otherwise than the same sentence among
    others. So that a translation does not depend on its batch mates, one sentence is encoded twice.
    """

    def __init__(self, model: Seq2Seq) -> None:
        self.model = model
        self.device = model.output.weight.device
        self.twice = model.output.weight.dtype == torch.bfloat16

    @torch.inference_mode()
    def start(self, sources: Sequence[Sequence[int]]) -> DecoderState:
        """The state before the first token, a row for each source (token ids without EOS)."""
        if self.twice and len(sources) == 1:
            return self.start([*sources, *sources]).reorder(torch.tensor([0], device=self.device))
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
