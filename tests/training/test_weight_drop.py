"""Weight drop: the dropped weights run in every cell, and the real ones learn."""

import pytest
import torch

from nmt.layers.dropout import recurrent_weights
from nmt.model.seq2seq import Seq2Seq
from nmt.training.weight_drop import dropped_weights
from tests.bfloat16 import needs_bfloat16_lstm
from tests.training.conftest import small_batch, small_model

CELLS = ["lstm", "gru", "rnn", "rnn_relu", "layer_norm_lstm", "deep_transition_gru"]
MIXED = [pytest.param("lstm", True, marks=needs_bfloat16_lstm)]
MIXED += [pytest.param(cell, True) for cell in CELLS if cell != "lstm"]


def logits_of(model: Seq2Seq) -> torch.Tensor:
    """The model on a batch."""
    batch = small_batch()
    logits: torch.Tensor = model(batch.source, batch.source_lengths, batch.target_input)
    return logits


@pytest.mark.parametrize(("cell", "mixed"), [*((cell, False) for cell in CELLS), *MIXED])
def test_the_gradient_reaches_the_weights_that_were_kept_and_no_others(
    cell: str, mixed: bool
) -> None:
    model = small_model(cell=cell)
    weights = recurrent_weights(model)
    for weight in weights.values():  # some cells start from the identity
        torch.nn.init.normal_(weight, std=0.2)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed), dropped_weights(model, 0.5):
        kept = {name: _get(model, name) != 0 for name in weights}
        logits = logits_of(model)
    logits.float().square().sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    for name, weight in weights.items():
        assert weight.grad is not None
        assert 0.3 < float(kept[name].float().mean()) < 0.7
        assert not weight.grad[~kept[name]].any()
        assert weight.grad[kept[name]].any()


def _get(model: Seq2Seq, name: str) -> torch.Tensor:
    path, _, leaf = name.rpartition(".")
    found: torch.Tensor = getattr(model.get_submodule(path), leaf)
    return found


@pytest.mark.parametrize("cell", CELLS)
def test_what_runs_are_the_dropped_weights(cell: str) -> None:
    """The same as a model whose own weights were multiplied by the mask."""
    model, other = small_model(cell=cell).eval(), small_model(cell=cell).eval()
    with dropped_weights(model, 0.5), torch.no_grad():
        for name, weight in recurrent_weights(other).items():
            weight.copy_(_get(model, name))
        dropped = logits_of(model)
    torch.testing.assert_close(dropped, logits_of(other).detach())
    assert not torch.allclose(dropped, logits_of(model))


def test_afterwards_all_is_as_it_was_also_after_an_error() -> None:
    model = small_model().eval()
    before, expected = dict(model.named_parameters()), logits_of(model)
    with pytest.raises(RuntimeError, match="on purpose"), dropped_weights(model, 0.5):
        logits_of(model)
        raise RuntimeError("on purpose")
    after = dict(model.named_parameters())
    assert list(after) == list(before)
    assert all(after[name] is before[name] for name in before)
    assert torch.equal(logits_of(model), expected)


def test_a_batch_has_one_mask_and_the_next_another() -> None:
    model = small_model().eval()
    torch.manual_seed(1)
    with dropped_weights(model, 0.5):
        first, second = logits_of(model), logits_of(model)
    with dropped_weights(model, 0.5):
        third = logits_of(model)
    assert torch.equal(first, second)
    assert not torch.equal(first, third)


def test_without_dropping_nothing_is_drawn() -> None:
    model = small_model()
    before = torch.random.get_rng_state()
    with dropped_weights(model, 0.0):
        assert list(recurrent_weights(model)) != []
    assert torch.equal(torch.random.get_rng_state(), before)
