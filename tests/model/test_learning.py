"""Models of every kind learn to reverse a sentence, within seconds.

The quick ones together have every cell, encoder, decoder and attention; in the slow ones a single
part differs from those of a plain model. B sentences, T target length.
"""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nmt.engine.scorer import ModelScorer
from nmt.model.build import build
from nmt.model.seq2seq import Seq2Seq
from nmt.search.beam import SearchOptions, beam_search
from nmt.settings import ModelSettings
from nmt.text.vocabulary import BOS, EOS, PAD
from tests.model.architectures import (
    ATTENTIONS,
    CELLS,
    DECODERS,
    ENCODERS,
    FEEDING,
    make_settings,
    name_of,
)

WORDS, SHORTEST, LONGEST = 6, 3, 5  # 9,000 sentences: many tested ones were never seen
BATCH, TEST = 64, 256
LEARNING_RATE = 5e-3
STEPS, INTERVAL = 600, 25  # at most; between two looks at the accuracy
ACCURACY = 0.99  # of words, each at its place
SIZES = {"embedding_size": 32, "hidden_size": 64}


def kind(decoder: str, cell: str, encoder: str, attention: str, **values: Any) -> ModelSettings:
    parts = {"decoder": decoder, "cell": cell, "encoder": encoder, "attention": attention}
    return make_settings(**SIZES, **parts, **values)


QUICK = [
    kind("gnmt", "rnn", "bidirectional", "multihead", input_feeding=True),
    kind("rnmtplus", "rnn_relu", "gnmt", "multihead_additive", encoder_layers=2, decoder_layers=3),
    kind("bahdanau", "gru", "bidirectional", "additive"),
    kind("luong", "lstm", "alternating", "general", encoder_layers=2, input_feeding=True),
    kind("rnmtplus", "layer_norm_lstm", "bidirectional", "multihead", input_feeding=True),
    kind("luong", "deep_transition_gru", "bidirectional", "concat"),
    kind("hybrid", "ssru", "bidirectional", "dot"),
    kind("hybrid", "ssru", "transformer", "multihead"),  # as browsers ship it
    kind("gnmt", "mingru", "one_way", "coverage", start="zero"),  # nothing but the attention
    kind("gnmt", "minlstm", "bidirectional", "local"),
    kind("transformer", "lstm", "transformer", "multihead"),
]


PARTS: list[dict[str, Any]] = [
    *({"encoder": encoder, "encoder_layers": 2} for encoder in ENCODERS),
    *({"attention": attention, "start": "zero"} for attention in ATTENTIONS),
    *({"decoder": decoder} for decoder in DECODERS),
    *({"decoder": decoder, "input_feeding": True} for decoder in FEEDING),
]
PLAIN = kind("gnmt", "gru", "bidirectional", "multihead")


def random_pairs(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random sources of several lengths, EOS and padding after them, and their mirror images."""
    source = torch.full((count, LONGEST + 1), PAD)
    target = source.clone()
    lengths = torch.randint(SHORTEST, LONGEST + 1, (count,), generator=generator)
    lengths[0] = LONGEST
    for row, length in enumerate(lengths.tolist()):
        words = torch.randint(4, 4 + WORDS, (length,), generator=generator)
        source[row, :length], target[row, :length] = words, words.flip(0)
        source[row, length] = target[row, length] = EOS
    return source, target


def predict(model: Seq2Seq, source: Tensor, target: Tensor) -> Tensor:
    """Logits (B, T, V) of each token of the target, given those before it."""
    target_input = torch.cat((torch.full((len(target), 1), BOS), target[:, :-1]), dim=1)
    logits: Tensor = model(source, (source != PAD).sum(dim=1), target_input)
    return logits


def accuracy_of_search(model: Seq2Seq, source: Tensor, target: Tensor) -> float:
    """The share of target words that greedy search puts where they belong."""
    scorer = ModelScorer(model.eval())
    state = scorer.start([row[row >= 4].tolist() for row in source])
    limits = [LONGEST + 2] * len(source)
    found = beam_search(scorer, state, limits, SearchOptions(beam_size=1))
    model.train()
    expected = [row[row >= 4].tolist() for row in target]
    right = sum(
        sum(a == b for a, b in zip(best.tokens, words, strict=False))
        for (best,), words in zip(found, expected, strict=True)
    )
    return right / sum(map(len, expected))


def learn(settings: ModelSettings) -> float:
    """Train until a model is accurate on new sentences or the steps are used up; its accuracy."""
    torch.manual_seed(1)
    size = 4 + WORDS
    model = build(settings, source_vocabulary=size, target_vocabulary=size, joint=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    generator, accuracy = torch.Generator().manual_seed(1), 0.0
    for step in range(1, STEPS + 1):
        source, target = random_pairs(BATCH, generator)
        logits = predict(model, source, target).flatten(0, 1)
        loss = F.cross_entropy(logits, target.flatten(), ignore_index=PAD)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % INTERVAL == 0:
            source, target = random_pairs(TEST, generator)
            with torch.no_grad():
                correct = predict(model, source, target).argmax(dim=2) == target
            accuracy = correct[target >= 4].float().mean().item()  # each given those before it
            if accuracy >= ACCURACY:
                accuracy = accuracy_of_search(model, source, target)
            if accuracy >= ACCURACY:
                break
    return accuracy


def test_the_quick_ones_have_every_part_of_the_family() -> None:
    for setting, values in (
        ("cell", CELLS),
        ("encoder", ENCODERS),
        ("decoder", DECODERS),
        ("attention", ATTENTIONS),
    ):
        assert {getattr(settings, setting) for settings in QUICK} == set(values)


@pytest.mark.parametrize("settings", QUICK, ids=name_of)
def test_learns_to_reverse_in_seconds(settings: ModelSettings) -> None:
    assert learn(settings) >= ACCURACY


@pytest.mark.slow
@pytest.mark.parametrize("parts", PARTS, ids=lambda parts: "-".join(map(str, parts.values())))
def test_each_part_learns_to_reverse(parts: dict[str, Any]) -> None:
    assert learn(PLAIN.model_copy(update=parts)) >= ACCURACY
