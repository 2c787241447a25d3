"""What the settings make of a decoder."""

import pytest
from torch import nn

from nmt.layers.attended import ATTENTIONS, MULTIHEAD_ATTENTIONS
from nmt.layers.dropout import ElementDropout, SequenceDropout
from nmt.layers.recurrence import CELLS
from nmt.layers.self_attention import SelfAttentionCell
from nmt.model.bahdanau_decoder import BahdanauDecoder
from nmt.model.block_decoder import BlockDecoder
from nmt.model.decoder import Bridge, LastStart, ZeroStart
from nmt.model.gnmt_decoder import GNMTDecoder
from nmt.model.luong_decoder import LuongDecoder
from tests.model.architectures import BLOCKS, DECODERS, FEEDING, make_model, make_settings

KINDS: dict[str, type[nn.Module]] = {
    "bahdanau": BahdanauDecoder,
    "luong": LuongDecoder,
    "gnmt": GNMTDecoder,
    "rnmtplus": GNMTDecoder,
    "hybrid": BlockDecoder,
    "transformer": BlockDecoder,
}
ONE_ATTENTION = [kind for kind in DECODERS if kind not in BLOCKS]


def make_decoder(**values: object) -> nn.Module:
    return make_model(make_settings(**values)).decoder  # type: ignore[return-value]


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("kind", DECODERS)
def test_a_decoder_is_of_its_kind_and_has_its_layers(kind: str, layers: int) -> None:
    decoder = make_decoder(decoder=kind, decoder_layers=layers)
    assert type(decoder) is KINDS[kind]
    assert len(decoder.cells) == len(decoder.around) == layers
    assert all(cell.hidden_size == 8 for cell in decoder.cells)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", DECODERS)
def test_the_cells_are_those_asked_for(kind: str, cell: str) -> None:
    decoder = make_decoder(decoder=kind, cell=cell, encoder_cell="gru")
    fresh = SelfAttentionCell if kind == "transformer" else type(CELLS[cell](2, 2))
    assert {type(module) for module in decoder.cells} == {fresh}
    if cell.startswith("rnn") and kind != "transformer":
        assert {module.relu for module in decoder.cells} == {cell == "rnn_relu"}


@pytest.mark.parametrize(
    ("mask", "dropout"), [("sequence", SequenceDropout), ("element", ElementDropout)]
)
@pytest.mark.parametrize("kind", DECODERS)
def test_the_masks_of_all_dropout_are_as_set(
    mask: str, dropout: type[SequenceDropout], kind: str
) -> None:
    decoder = make_decoder(decoder=kind, dropout_mask=mask)
    found = [part for part in decoder.modules() if isinstance(part, SequenceDropout)]
    assert len(found) == 2 and all(type(part) is dropout for part in found)


@pytest.mark.parametrize("name", [*ATTENTIONS, *MULTIHEAD_ATTENTIONS])
@pytest.mark.parametrize("kind", DECODERS)
def test_the_attention_is_the_one_asked_for(kind: str, name: str) -> None:
    decoder = make_decoder(decoder=kind, attention=name, attention_dropout=0.2, decoder_layers=3)
    attentions = list(decoder.attentions) if kind in BLOCKS else [decoder.attention]
    assert len({id(attention) for attention in attentions}) == (3 if kind in BLOCKS else 1)
    for attention in attentions:
        assert type(attention) is (ATTENTIONS | MULTIHEAD_ATTENTIONS)[name]
        assert attention.dropout.p == 0.2
        assert getattr(attention, "heads", 2) == 2


@pytest.mark.parametrize("kind", DECODERS)
def test_which_layers_add_to_what_they_read(kind: str) -> None:
    residual = [around.residual for around in make_decoder(decoder=kind, decoder_layers=4).around]
    first = 0 if kind in BLOCKS else 2 if kind == "rnmtplus" else 1
    assert residual == [number >= first for number in range(4)]
    if kind not in BLOCKS:
        decoder = make_decoder(decoder=kind, decoder_layers=4, residual=False)
        assert not any(around.residual for around in decoder.around)


@pytest.mark.parametrize("kind", ONE_ATTENTION)
def test_the_start_is_the_one_asked_for(kind: str) -> None:
    starts = {"zero": ZeroStart, "last": LastStart, "mean": Bridge, "bridge": Bridge}
    for name, start in starts.items():
        bridge = make_decoder(decoder=kind, start=name, decoder_layers=3).bridge
        assert type(bridge) is start
        if start is Bridge:
            assert (bridge.layers, bridge.parts, bridge.mean) == (3, 2, name == "mean")


def test_the_start_has_a_part_for_each_part_of_the_state() -> None:
    for cell, parts in (("gru", 1), ("lstm", 2), ("ssru", 1), ("layer_norm_lstm", 2)):
        for kind in ("gnmt", "hybrid"):
            assert make_decoder(decoder=kind, cell=cell).bridge.parts == parts


def test_the_transformer_starts_from_nothing() -> None:
    for name in ("zero", "last", "mean", "bridge"):
        assert type(make_decoder(decoder="transformer", start=name).bridge) is ZeroStart


@pytest.mark.parametrize("kind", FEEDING)
def test_only_with_input_feeding_is_the_first_layer_wider(kind: str) -> None:
    sizes = []
    for feeding in (False, True):
        decoder = make_decoder(decoder=kind, input_feeding=feeding, cell="gru")
        assert decoder.input_feeding == feeding
        sizes.append(decoder.cells[0].layer.input_size)
    assert sizes == [6, 6 + (6 if kind == "luong" else 8)]  # a readout (E), a context (H)


@pytest.mark.parametrize("norm", ["none", "pre", "post"])
@pytest.mark.parametrize("kind", DECODERS)
def test_norms_are_where_they_are_asked_for(kind: str, norm: str) -> None:
    decoder = make_decoder(decoder=kind, decoder_layers=3, norm=norm, feed_forward_size=4)
    arounds = list(decoder.around)
    if kind in BLOCKS:
        arounds += [*decoder.around_attention, *decoder.around_feed_forwards]
        assert len(arounds) == 9
    assert (decoder.norm is not None) == (norm == "pre")
    for around in arounds:
        assert (around.pre is not None) == (norm == "pre")
        assert (around.post is not None) == (norm == "post" and around.residual)


@pytest.mark.parametrize("kind", BLOCKS)
def test_blocks_project_between_sizes_only_where_they_differ(kind: str) -> None:
    for size in (6, 8):
        decoder = make_decoder(decoder=kind, embedding_size=size)
        assert (decoder.project is None) == (decoder.readout is None) == (size == 8)
        assert decoder.positions == (kind == "transformer")
