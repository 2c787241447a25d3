"""A recorded model computes what the model computes, and names all its layers."""

import pytest
import torch

from nmt.model.build import build
from nmt.report.layer_records import recorded
from nmt.settings import ModelSettings

SOURCE, LENGTHS = torch.tensor([[4, 5, 6, 3], [7, 3, 0, 0]]), torch.tensor([4, 2])
TARGET = torch.tensor([[2, 5, 6], [2, 8, 0]])
ONE_WAY, BOTH = ["encoder 1", "encoder 2"], ["encoder 1 ahead", "encoder 1 back"]


@pytest.mark.parametrize(
    ("settings", "encoder", "parts"),
    [
        ({"cell": "lstm", "encoder": "one_way"}, ONE_WAY, ("h", "c")),
        ({"cell": "ssru", "encoder": "alternating"}, ["encoder 1", "encoder 2 back"], ("state",)),
        ({"cell": "gru", "encoder": "gnmt"}, [*BOTH, "encoder 2"], ("state",)),
        ({"cell": "rnn", "decoder": "bahdanau", "encoder": "one_way"}, ONE_WAY, ("state",)),
        ({"decoder": "transformer", "encoder": "transformer"}, ONE_WAY, ("input",)),
    ],
)
def test_the_same_logits_and_a_record_of_every_layer(
    settings: dict[str, object], encoder: list[str], parts: tuple[str, ...]
) -> None:
    sizes = {"embedding_size": 6, "hidden_size": 8, "encoder_layers": 2, "decoder_layers": 2}
    chosen = ModelSettings.model_validate({**sizes, **settings})
    model = build(chosen, source_vocabulary=11, target_vocabulary=11, joint=True).double().eval()
    copy, records = recorded(model)
    logits = copy(SOURCE, LENGTHS, TARGET)
    assert torch.allclose(logits, model(SOURCE, LENGTHS, TARGET), atol=1e-12)
    assert list(records) == [*encoder, "decoder 1", "decoder 2"]
    for layer, record in records.items():
        assert record.parts == parts
        assert len(record.steps) == (4 if "encoder" in layer else 3)
        tensors = [part for state in record.steps for part in state]
        gradients = torch.autograd.grad(logits[0, -1, 5], tensors, retain_graph=True)
        assert all(gradient.isfinite().all() for gradient in gradients)
