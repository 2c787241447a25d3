"""The encoder; B sentences, S source length, H hidden size."""

from collections.abc import Callable

import pytest
import torch

from nmt.layers.recurrence import reversal_index
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import ModelSettings
from nmt.text.vocabulary import EOS, PAD

SENTENCES = [[4, 5, 6, 7, EOS], [8, EOS], [EOS], [9, 4, 9, EOS]]
LENGTHS = torch.tensor([len(sentence) for sentence in SENTENCES])


def pad(size: int, padding: int = PAD) -> torch.Tensor:
    return torch.tensor([ids + [padding] * (size - len(ids)) for ids in SENTENCES])


def test_padding_changes_nothing(model: Seq2Seq) -> None:
    memory, other = model.encode(pad(5), LENGTHS), model.encode(pad(9, padding=7), LENGTHS)
    torch.testing.assert_close(other.summary, memory.summary)
    for row, length in enumerate(LENGTHS.tolist()):
        torch.testing.assert_close(other.vectors[row, :length], memory.vectors[row, :length])


def test_a_batch_is_its_sentences(model: Seq2Seq) -> None:
    memory = model.encode(pad(5), LENGTHS)
    for row, ids in enumerate(SENTENCES):
        alone = model.encode(torch.tensor([ids]), LENGTHS[row : row + 1])
        torch.testing.assert_close(memory.summary[row], alone.summary[0])
        torch.testing.assert_close(memory.vectors[row, : len(ids)], alone.vectors[0])


def test_the_mask_is_true_where_there_is_a_token(model: Seq2Seq) -> None:
    memory = model.encode(pad(7), LENGTHS)
    assert torch.equal(memory.mask, pad(7) != PAD)
    assert memory.vectors.shape == (4, 7, 8)
    assert memory.summary.shape == (4, 8)


def test_the_summary_is_where_each_direction_has_read_all(model: Seq2Seq) -> None:
    """Each of its halves knows the whole sentence, of which one position knows only a part."""
    source, lengths = torch.tensor([[4, 5, 6, EOS]] * 3), torch.full((3,), 4)
    source[1, 0], source[2, 3] = 7, 7  # the first token of the one, the last of the other
    model.encoder.layers = model.encoder.layers[:1]  # above it, every position knows all
    base, *changed = model.encode(source, lengths).summary
    for summary in changed:
        assert not torch.allclose(base[:4], summary[:4])
        assert not torch.allclose(base[4:], summary[4:])


def test_upper_layers_add_to_what_they_read(model: Seq2Seq) -> None:
    """With all weights zero a layer puts out zeros: what remains is what it was given."""
    with torch.no_grad():
        for parameter in model.encoder.layers[1].parameters():
            parameter.zero_()
    x = model.encoder.embedding(pad(5))
    first = model.encoder.layers[0](x, reversal_index(LENGTHS, 5))
    torch.testing.assert_close(model.encode(pad(5), LENGTHS).vectors, first)


@pytest.mark.parametrize("position", range(4))
def test_every_position_knows_every_token(model: Seq2Seq, position: int) -> None:
    source, lengths = torch.tensor([[4, 5, 6, EOS]] * 2), torch.tensor([4, 4])
    source[1, position] = 8
    one, other = model.encode(source, lengths).vectors
    assert ((one - other).abs().amax(dim=1) > 0).all()


def test_the_direction_of_reading_matters(
    settings: ModelSettings, build_model: Callable[..., Seq2Seq]
) -> None:
    """Ahead, the first position cannot know the last token; back, the last cannot the first."""
    one_layer = build_model(settings.model_copy(update={"encoder_layers": 1}))
    source, lengths = torch.tensor([[4, 5, 6, EOS]] * 3), torch.full((3,), 4)
    source[1, 3], source[2, 0] = 8, 8
    base, last_changed, first_changed = one_layer.encode(source, lengths).vectors
    torch.testing.assert_close(base[0, :4], last_changed[0, :4])
    torch.testing.assert_close(base[3, 4:], first_changed[3, 4:])
