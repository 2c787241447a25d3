"""What the settings make of an encoder."""

import pytest
from torch import nn

from nmt.layers.direction import AheadLayer, BackLayer, BidirectionalLayer
from nmt.layers.dropout import ElementDropout, SequenceDropout
from nmt.layers.recurrence import CELLS
from nmt.layers.self_attention import SelfAttentionLayer
from nmt.layers.sublayer import FeedForward
from nmt.model.build_encoder import FEED_FORWARD, feed_forward_size, norm_of
from nmt.model.encoder import Encoder
from tests.model.architectures import ENCODERS, make_model, make_settings

KINDS: dict[str, list[type[nn.Module]]] = {
    "one_way": [AheadLayer] * 4,
    "bidirectional": [BidirectionalLayer] * 4,
    "alternating": [AheadLayer, BackLayer, AheadLayer, BackLayer],
    "gnmt": [BidirectionalLayer, AheadLayer, AheadLayer, AheadLayer],
    "transformer": [SelfAttentionLayer] * 4,
}


def make_encoder(**values: object) -> Encoder:
    return make_model(make_settings(**values)).encoder


def cells_of(encoder: Encoder) -> list[nn.Module]:
    names = ("cell", "ahead", "back")
    return [getattr(layer, n) for layer in encoder.layers for n in names if hasattr(layer, n)]


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("kind", ENCODERS)
def test_an_encoder_has_the_layers_of_its_kind(kind: str, count: int) -> None:
    encoder = make_encoder(encoder=kind, encoder_layers=count)
    assert [type(layer) for layer in encoder.layers] == KINDS[kind][:count]


@pytest.mark.parametrize("kind", CELLS)
def test_the_cells_are_those_asked_for(kind: str) -> None:
    fresh = type(CELLS[kind](2, 2))
    for values in ({"cell": kind}, {"cell": "lstm", "encoder_cell": kind}):
        cells = cells_of(make_encoder(encoder="gnmt", encoder_layers=3, **values))
        assert [type(cell) for cell in cells] == [fresh] * 4
        assert [cell.hidden_size for cell in cells] == [4, 4, 8, 8]
        assert len({id(cell) for cell in cells}) == 4
        if kind.startswith("rnn"):
            assert {cell.relu for cell in cells} == {kind == "rnn_relu"}


@pytest.mark.parametrize("kind", ENCODERS)
def test_the_layers_above_the_first_add_to_what_they_read(kind: str) -> None:
    """And in the Transformer the first does, so that an embedding of another size is projected."""
    encoder = make_encoder(encoder=kind, encoder_layers=3)
    first = kind == "transformer"
    assert [around.residual for around in encoder.around] == [first, True, True]
    assert (encoder.project is not None) == first
    assert make_encoder(encoder=kind, embedding_size=8).project is None
    if not first:
        encoder = make_encoder(encoder=kind, encoder_layers=3, residual=False)
        assert not any(around.residual for around in encoder.around)


@pytest.mark.parametrize("kind", ENCODERS)
def test_a_feed_forward_network_is_above_each_layer_or_above_none(kind: str) -> None:
    auto = 2 if kind == "transformer" else 0
    for size, count in (("auto", auto), (0, 0), (10, 2)):
        encoder = make_encoder(encoder=kind, encoder_layers=2, feed_forward_size=size)
        assert [type(layer) for layer in encoder.feed_forwards] == [FeedForward] * count
        inner = FEED_FORWARD * 8 if size == "auto" else size
        assert all(layer.widen.out_features == inner for layer in encoder.feed_forwards)


def test_sizes_and_norms_are_chosen_for_blocks_and_for_stacks() -> None:
    auto, given = make_settings(), make_settings(norm="post", feed_forward_size=10)
    for kind in ("transformer", "hybrid"):
        assert norm_of(auto, kind) == "pre"
        assert feed_forward_size(auto, kind) == FEED_FORWARD * 8
    for kind in ("one_way", "bidirectional", "luong", "gnmt"):
        assert norm_of(auto, kind) == "none"
        assert feed_forward_size(auto, kind) == 0
    assert norm_of(given, "transformer") == norm_of(given, "gnmt") == "post"
    assert feed_forward_size(given, "transformer") == feed_forward_size(given, "gnmt") == 10


@pytest.mark.parametrize("norm", ["none", "pre", "post"])
@pytest.mark.parametrize("kind", ENCODERS)
def test_norms_are_where_they_are_asked_for(kind: str, norm: str) -> None:
    encoder = make_encoder(encoder=kind, encoder_layers=3, norm=norm)
    assert (encoder.norm is not None) == (norm == "pre")
    for around in encoder.around:
        assert (around.pre is not None) == (norm == "pre")
        assert (around.post is not None) == (norm == "post" and around.residual)


@pytest.mark.parametrize("kind", ENCODERS)
@pytest.mark.parametrize(
    ("mask", "dropout"), [("sequence", SequenceDropout), ("element", ElementDropout)]
)
def test_the_masks_of_all_dropout_are_as_set(
    mask: str, dropout: type[SequenceDropout], kind: str
) -> None:
    encoder = make_encoder(encoder=kind, dropout_mask=mask, feed_forward_size=8)
    found = [part for part in encoder.modules() if isinstance(part, SequenceDropout)]
    assert len(found) == 2 and all(type(part) is dropout for part in found)


@pytest.mark.parametrize("kind", ENCODERS)
def test_only_self_attention_is_told_where_a_token_stands(kind: str) -> None:
    encoder = make_encoder(encoder=kind, dropout=0.3, embedding_dropout=0.4, word_dropout=0.1)
    assert encoder.positions == (kind == "transformer")
    assert isinstance(encoder.dropout, SequenceDropout)
    assert encoder.dropout.probability == 0.3
    assert encoder.embedding_dropout.words.probability == 0.1
    assert encoder.embedding_dropout.features.probability == 0.4
