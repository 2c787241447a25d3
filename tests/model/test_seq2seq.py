"""The whole model, for every architecture; B sentences, T target length, V vocabulary."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nmt.model.seq2seq import Seq2Seq
from nmt.model_directory import load_weights, save_weights
from nmt.settings import ModelSettings
from nmt.text.vocabulary import EOS, PAD
from tests.bfloat16 import skip_where_untrainable
from tests.model.architectures import (
    LENGTHS,
    SOURCES,
    TARGETS,
    close,
    make_model,
    make_settings,
    pad,
)

T = 6


@pytest.fixture
def source() -> Tensor:
    return pad(SOURCES, 5)


@pytest.fixture
def target() -> Tensor:
    return pad(TARGETS, T)


def in_parts(model: Seq2Seq, source: Tensor, target: Tensor, cuts: list[int]) -> Tensor:
    """The logits of a target that is read in parts, each of which ends at a cut."""
    state, logits, begin = model.start(model.encode(source, LENGTHS)), [], 0
    for end in cuts:
        part, _, state = model.decode(target[:, begin:end], state)
        logits.append(part)
        begin = end
    return torch.cat(logits, dim=1)


@pytest.mark.parametrize(
    "cuts", [[*range(1, T + 1)], [2, T], [1, 5, T]], ids=["steps", "two parts", "three parts"]
)
def test_a_target_may_be_cut_anywhere(
    model: Seq2Seq, source: Tensor, target: Tensor, cuts: list[int]
) -> None:
    close(in_parts(model, source, target, cuts), model(source, LENGTHS, target))


def test_a_batch_is_its_sentences(model: Seq2Seq, source: Tensor, target: Tensor) -> None:
    together = model(source, LENGTHS, target)
    for row, (one_source, one_target) in enumerate(zip(SOURCES, TARGETS, strict=True)):
        pair = torch.tensor([one_source]), torch.tensor([one_target])
        alone = model(pair[0], LENGTHS[row : row + 1], pair[1])
        close(together[row, : alone.shape[1]], alone[0])


def test_padding_changes_nothing(model: Seq2Seq, source: Tensor, target: Tensor) -> None:
    logits = model(source, LENGTHS, target)
    others = model(pad(SOURCES, 8, padding=7), LENGTHS, pad(TARGETS, 9, padding=7))
    for row, ids in enumerate(TARGETS):
        close(others[row, : len(ids)], logits[row, : len(ids)])


def test_the_attended_words_add_to_the_readout(source: Tensor, target: Tensor) -> None:
    """The words themselves: a Transformer, too, does not tell this way where they stand."""
    for encoder in ("bidirectional", "transformer"):
        model = make_model(make_settings(encoder=encoder, lexical=True))
        state = model.start(model.encode(source, LENGTHS))
        readout, weights, _ = model.decoder(target, state)
        assert model.lexical is not None
        words = model.lexical(weights, model.encoder.embedding(source))
        close(model(source, LENGTHS, target), model.output(readout + words))


def test_gradients_are_the_finite_differences(
    model: Seq2Seq, source: Tensor, target: Tensor
) -> None:
    """Of all parameters at once: the slope of the logits along random directions.

    Not of those at padding, whose embedding has no gradient.
    """
    parameters, step = list(model.parameters()), 1e-6
    random = torch.Generator().manual_seed(3)
    logits = model(source, LENGTHS, target)
    weights = torch.randn(logits.shape, dtype=logits.dtype, generator=random)
    weights *= (target != PAD)[:, :, None]
    gradients = torch.autograd.grad(
        (logits * weights).sum(), parameters, allow_unused=True, materialize_grads=True
    )
    for _ in range(3):
        direction = [torch.randn(p.shape, dtype=p.dtype, generator=random) for p in parameters]
        found = []
        with torch.no_grad():
            for distance in (step, -2 * step, step):  # ahead, back, and where it was
                for parameter, d in zip(parameters, direction, strict=True):
                    parameter.add_(d, alpha=distance)
                found.append(float((model(source, LENGTHS, target) * weights).sum()))
        slope = sum(float((g * d).sum()) for g, d in zip(gradients, direction, strict=True))
        assert (found[0] - found[1]) / (2 * step) == pytest.approx(slope, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("position", [1, 4])
def test_later_target_tokens_never_change_earlier_outputs(
    model: Seq2Seq, source: Tensor, target: Tensor, position: int
) -> None:
    before, weights = model.forward_with_attention(source, LENGTHS, target)
    target[1, position] = 6
    after, other_weights = model.forward_with_attention(source, LENGTHS, target)
    assert torch.equal(after[:, :position], before[:, :position])
    assert torch.equal(other_weights[:, :position], weights[:, :position])
    assert torch.equal(after[[0, 2]], before[[0, 2]])
    assert not torch.allclose(after[1, position], before[1, position])


def test_every_source_token_can_change_every_output(model: Seq2Seq, target: Tensor) -> None:
    source, lengths = torch.tensor([[4, 5, 6, EOS]] * 5), torch.full((5,), 4)
    for row in range(4):
        source[row + 1, row] = 9
    logits = model(source, lengths, target[:1].expand(5, -1))
    assert ((logits[1:] - logits[0]).abs().amax(dim=2) > 0).all()


def test_the_attention_is_that_of_the_logits(
    model: Seq2Seq, source: Tensor, target: Tensor
) -> None:
    logits, weights = model.forward_with_attention(source, LENGTHS, target)
    assert torch.equal(logits, model(source, LENGTHS, target))
    assert weights.shape == (3, T, 5)


def test_gradients_reach_every_parameter(model: Seq2Seq, source: Tensor, target: Tensor) -> None:
    logits = model.train()(source, LENGTHS, target)
    F.cross_entropy(logits.flatten(0, 1), target.roll(-1, dims=1).flatten()).backward()
    unreached = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert unreached == []


def test_what_is_loaded_computes_what_was_saved(
    settings: ModelSettings, model: Seq2Seq, tmp_path: Path, source: Tensor, target: Tensor
) -> None:
    saved, loaded = model.float(), make_model(settings, seed=2).float()
    expected = saved(source, LENGTHS, target)
    assert not torch.allclose(loaded(source, LENGTHS, target), expected)
    save_weights(tmp_path / "model.safetensors", saved)
    load_weights(tmp_path / "model.safetensors", loaded)
    assert torch.equal(loaded(source, LENGTHS, target), expected)


def test_bfloat16_weights_compute_in_bfloat16(
    model: Seq2Seq, source: Tensor, target: Tensor
) -> None:
    exact = model(source, LENGTHS, target)
    model = model.bfloat16()
    for logits in (
        model(source, LENGTHS, target),
        in_parts(model, source, target, [1, 2, T]),
    ):
        assert logits.dtype == torch.bfloat16
        assert (logits.double() - exact).norm() < 0.1 * exact.norm()


def test_autocast_trains_and_steps(model: Seq2Seq, source: Tensor, target: Tensor) -> None:
    skip_where_untrainable(model)
    exact = model(source, LENGTHS, target)
    model = model.float()
    with torch.autocast("cpu", torch.bfloat16):
        whole = model(source, LENGTHS, target)
        parts = in_parts(model, source, target, [1, 2, T])
    for logits in (whole, parts):
        assert (logits.double() - exact).norm() < 0.1 * exact.norm()
    whole.float().square().mean().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name
        assert parameter.grad.dtype == torch.float32
