"""The whole model. B sentences, S source length, T target length, V vocabulary."""

from torch import Tensor, nn

from nmt.model.decoder import Decoder, DecoderState
from nmt.model.encoder import Encoder, Memory


class Seq2Seq(nn.Module):
    """Encoder, decoder, and the output layer that scores each token of the target vocabulary."""

    def __init__(self, encoder: Encoder, decoder: Decoder, output: nn.Linear) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.output = output

    def encode(self, source: Tensor, lengths: Tensor) -> Memory:
        """Source ids (B, S) ending in EOS and their lengths (B,) -> what the decoder reads."""
        memory: Memory = self.encoder(source, lengths)
        return memory

    def start(self, memory: Memory) -> DecoderState:
        """The decoder's state before the first target token."""
        return self.decoder.start(memory)

    def decode(self, target: Tensor, state: DecoderState) -> tuple[Tensor, Tensor, DecoderState]:
        """Target ids (B, T) -> logits (B, T, V), attention weights (B, T, S), the next state."""
        readout, weights, state = self.decoder(target, state)
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
