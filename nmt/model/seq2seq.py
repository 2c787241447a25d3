"""The whole model. B sentences, S source length, T target length, V vocabulary."""

from dataclasses import replace

from torch import Tensor, nn

from nmt.layers.lexical import LexicalReadout
from nmt.model.decoder import Decoder, DecoderState
from nmt.model.encoder import Encoder, Memory


class Seq2Seq(nn.Module):
    """Encoder, decoder, and the output layer that scores each token of the target vocabulary.

    Args:
        lexical: reads the attended source words beside the decoder.
    """

    def __init__(
        self,
        encoder: Encoder,
        decoder: Decoder,
        output: nn.Linear,
        lexical: LexicalReadout | None = None,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.output = output
        self.lexical = lexical

    def encode(self, source: Tensor, lengths: Tensor) -> Memory:
        """Source ids (B, S) ending in EOS and their lengths (B,) -> what the decoder reads."""
        memory: Memory = self.encoder(source, lengths)
        return memory

    def start(self, memory: Memory) -> DecoderState:
        """The decoder's state before the first target token."""
        state = self.decoder.start(memory)
        return state if self.lexical is None else replace(state, words=memory.words)

    def read(self, target: Tensor, state: DecoderState) -> tuple[Tensor, Tensor, DecoderState]:
        """Target ids (B, T) -> readouts (B, T, E), attention weights (B, T, S), the next state."""
        readout, weights, state = self.decoder(target, state)
        if self.lexical is not None:
            assert state.words is not None
            readout = readout + self.lexical(weights, state.words)
        return readout, weights, state

    def decode(self, target: Tensor, state: DecoderState) -> tuple[Tensor, Tensor, DecoderState]:
        """Target ids (B, T) -> logits (B, T, V), attention weights (B, T, S), the next state."""
        readout, weights, state = self.read(target, state)
        return self.output(readout), weights, state

    def forward(self, source: Tensor, lengths: Tensor, target_input: Tensor) -> Tensor:
        """Source (B, S), lengths (B,), target beginning with BOS (B, T) -> logits (B, T, V)."""
        return self.forward_with_attention(source, lengths, target_input)[0]

    def forward_with_attention(
        self, source: Tensor, lengths: Tensor, target_input: Tensor
    ) -> tuple[Tensor, Tensor]:
        """As `forward`, and the attention weights (B, T, S) that the logits were computed with."""
        logits, weights, _ = self.decode(target_input, self.start(self.encode(source, lengths)))
        return logits, weights
