"""Embeddings; B sentences, T time steps, E embedding size."""

import pytest
import torch

from nmt.layers.dropout import SequenceDropout
from nmt.layers.embedding import Embedding, EmbeddingDropout
from nmt.text.vocabulary import BOS, EOS, PAD

V, E = 50, 64
IDS = torch.full((4, 12), 7)  # no special token


def make_dropout(words: float, features: float) -> EmbeddingDropout:
    """Of words, and of the same features at all steps."""
    return EmbeddingDropout(words=words, features=SequenceDropout(features))


def test_each_id_has_its_row_of_the_table_enlarged() -> None:
    embedding = Embedding(V, E)
    ids = torch.tensor([[BOS, 7, V - 1], [9, EOS, PAD]])
    vectors = embedding(ids)
    assert vectors.shape == (2, 3, E)
    for row, column in ((0, 0), (0, 2), (1, 1)):
        expected = embedding.table.weight[ids[row, column]] * E**0.5
        torch.testing.assert_close(vectors[row, column], expected)


def test_vectors_come_in_with_deviation_one_and_out_with_that_of_an_output_layer() -> None:
    torch.manual_seed(1)
    embedding = Embedding(2000, E)
    assert embedding(torch.arange(2000)[None]).std().item() == pytest.approx(1, abs=0.02)
    assert embedding.table.weight.std().item() == pytest.approx(E**-0.5, rel=0.02)


def test_padding_learns_nothing() -> None:
    embedding = Embedding(V, E)
    embedding(torch.tensor([[7, PAD, PAD]])).sum().backward()
    assert embedding.table.weight.grad is not None
    changed = embedding.table.weight.grad.abs().sum(dim=1).nonzero()[:, 0].tolist()
    assert changed == [7]


def test_dropout_takes_whole_words_and_whole_features() -> None:
    torch.manual_seed(1)
    y = make_dropout(0.5, 0.5).train()(torch.ones(4, 12, E), IDS)
    kept = y != 0
    words, features = kept.any(dim=2, keepdim=True), kept.any(dim=1, keepdim=True)
    assert torch.equal(kept, words & features)
    for part in (words, features):
        assert part.any() and not part.all()


def test_the_two_dropouts_are_independent_settings() -> None:
    torch.manual_seed(1)
    x = torch.ones(4, 12, E)
    words = make_dropout(0.5, 0).train()(x, IDS)
    features = make_dropout(0, 0.5).train()(x, IDS)
    assert torch.equal(words, words[:, :, :1].expand_as(x)) and not torch.equal(words, x)
    assert torch.equal(features, features[:, :1].expand_as(x)) and not torch.equal(features, x)
    assert torch.equal(make_dropout(0.5, 0.5).eval()(x, IDS), x)


def test_the_ends_of_a_sentence_are_never_dropped() -> None:
    torch.manual_seed(1)
    ids = torch.tensor([[BOS, *[7] * 40, EOS]])
    y = make_dropout(0.9, 0).train()(torch.ones(1, 42, E), ids)
    assert torch.equal(y[0, 0], torch.ones(E)) and torch.equal(y[0, -1], torch.ones(E))
    assert (y[0, 1:-1] == 0).any()
