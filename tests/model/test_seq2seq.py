"""The whole model, for every cell and attention; B sentences, T target length, V vocabulary."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nmt.model.seq2seq import Seq2Seq
from nmt.settings import ModelSettings
from nmt.text.vocabulary import BOS, EOS, PAD

PAIRS = [
    ([4, 5, 6, 7, EOS], [BOS, 5, 6, 7]),
    ([8, EOS], [BOS, 8, 8, 4, 10, 9]),
    ([9, 4, 9, EOS], [BOS]),
]
LENGTHS = torch.tensor([len(source) for source, _ in PAIRS])


def pad(sequences: list[list[int]], size: int, padding: int = PAD) -> Tensor:
    return torch.tensor([ids + [padding] * (size - len(ids)) for ids in sequences])


@pytest.fixture
def source() -> Tensor:
    return pad([source for source, _ in PAIRS], 5)


@pytest.fixture
def target() -> Tensor:
    return pad([target for _, target in PAIRS], 6)


def test_stepwise_is_teacher_forced(model: Seq2Seq, source: Tensor, target: Tensor) -> None:
    whole = model(source, LENGTHS, target)
    state = model.start(model.encode(source, LENGTHS))
    for step in range(target.shape[1]):
        logits, _, state = model.decode(target[:, step : step + 1], state)
        torch.testing.assert_close(logits[:, 0], whole[:, step])


def test_a_batch_is_its_sentences(model: Seq2Seq, source: Tensor, target: Tensor) -> None:
    together = model(source, LENGTHS, target)
    for row, pair in enumerate(PAIRS):
        one_source, one_target = (torch.tensor([ids]) for ids in pair)
        alone = model(one_source, LENGTHS[row : row + 1], one_target)
        torch.testing.assert_close(together[row, : alone.shape[1]], alone[0])


def test_padding_changes_nothing(model: Seq2Seq, source: Tensor, target: Tensor) -> None:
    logits = model(source, LENGTHS, target)
    more_source = pad([source for source, _ in PAIRS], 8, padding=7)
    more_target = pad([target for _, target in PAIRS], 9, padding=7)
    others = model(more_source, LENGTHS, more_target)
    for row, (_, target_ids) in enumerate(PAIRS):
        size = len(target_ids)
        torch.testing.assert_close(others[row, :size], logits[row, :size])


@pytest.mark.parametrize("position", [1, 4])
def test_later_target_tokens_never_change_earlier_outputs(
    model: Seq2Seq, source: Tensor, target: Tensor, position: int
) -> None:
    before = model(source, LENGTHS, target)
    target[1, position] = 6
    after = model(source, LENGTHS, target)
    torch.testing.assert_close(after[:, :position], before[:, :position], rtol=0, atol=0)
    assert not torch.allclose(after[1, position], before[1, position])


def test_every_source_token_can_change_every_output(model: Seq2Seq, target: Tensor) -> None:
    source, lengths = torch.tensor([[4, 5, 6, EOS]] * 5), torch.full((5,), 4)
    for row in range(4):
        source[row + 1, row] = 9
    logits = model(source, lengths, target[:1].expand(5, -1))
    assert ((logits[1:] - logits[0]).abs().amax(dim=2) > 0).all()


@pytest.mark.parametrize("tie", [True, False])
def test_gradients_reach_every_parameter(
    settings: ModelSettings,
    build_model: Callable[..., Seq2Seq],
    tie: bool,
    source: Tensor,
    target: Tensor,
) -> None:
    model = build_model(settings.model_copy(update={"tie_embeddings": tie})).train()
    logits = model(source, LENGTHS, target)
    F.cross_entropy(logits.flatten(0, 1), target.roll(-1, dims=1).flatten()).backward()
    unreached = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert unreached == []


def random_pairs(count: int, words: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random sources of 5 tokens with EOS, and their mirror images."""
    tokens = torch.randint(4, 4 + words, (count, 5), generator=generator)
    ends = torch.full((count, 1), EOS)
    return torch.cat((tokens, ends), dim=1), torch.cat((tokens.flip(1), ends), dim=1)


def test_learns_to_reverse_in_seconds(build_model: Callable[..., Seq2Seq]) -> None:
    settings = ModelSettings(
        embedding_size=32, hidden_size=64, decoder_layers=1, dropout=0.0, embedding_dropout=0.0
    )
    model = build_model(settings, source=14, target=14).float().train()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    generator = torch.Generator().manual_seed(1)
    lengths = torch.full((64,), 6)

    def predict(source: Tensor, target: Tensor) -> Tensor:
        begin = torch.full((len(target), 1), BOS)
        return model(source, lengths, torch.cat((begin, target[:, :-1]), dim=1))

    for _ in range(250):
        source, target = random_pairs(64, 10, generator)
        loss = F.cross_entropy(predict(source, target).flatten(0, 1), target.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    source, target = random_pairs(64, 10, generator)  # 100,000 sentences: hardly one seen before
    correct = predict(source, target).argmax(dim=2) == target
    assert correct.float().mean() > 0.95
