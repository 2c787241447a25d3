"""Guided alignment: the loss is its equation, and attention learns what it is given."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from nmt.config import Config, make_config
from nmt.corpus.batches import Batch
from nmt.corpus.prepare import prepare
from nmt.corpus.training_batches import training_batches
from nmt.errors import ConfigError, ModelError
from nmt.model.seq2seq import Seq2Seq
from nmt.model_directory import load_model
from nmt.settings import TrainingSettings
from nmt.text.vocabulary import EOS, PAD
from nmt.training.guided_alignment import SMALLEST, alignment_loss, logits_and_alignment_loss
from nmt.training.objective import batch_loss, make_objective
from nmt.training.run import RunOptions, train
from tests.cli.conftest import Command
from tests.training.conftest import MakeConfig, small_batch, small_model


def aligned_batch(rows: int = 8) -> Batch:
    """A batch of which each token but EOS, in all sentences but the first, is aligned at random."""
    batch = small_batch(rows)
    generator = torch.Generator().manual_seed(2)
    given = torch.rand(*batch.target_output.shape, batch.source.shape[1], generator=generator)
    given = (given > 0.5).float() * (batch.source != PAD)[:, None]
    given *= ((batch.target_output != PAD) & (batch.target_output != EOS))[..., None]
    given[0] = 0
    return replace(batch, alignment=given / given.sum(dim=2, keepdim=True).clamp_min(1))


def plain(attention: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
    """The cross-entropy, link by link."""
    total = attention.new_zeros(())
    for b, t, s in given.nonzero().tolist():
        total = total - given[b, t, s] * torch.log(attention[b, t, s])
    return total


# --- the loss ---


def test_value_and_gradient_are_those_of_the_equation() -> None:
    given = aligned_batch().alignment
    assert given is not None and given.any()
    generator = torch.Generator().manual_seed(3)
    scores = torch.randn(given.shape, generator=generator, dtype=torch.float64).requires_grad_()
    expected = plain(scores.softmax(dim=2), given)
    (expected_gradient,) = torch.autograd.grad(expected, scores)
    leaf = scores.detach().float().requires_grad_()
    actual = alignment_loss(leaf.softmax(dim=2), given)
    (gradient,) = torch.autograd.grad(actual, leaf)
    torch.testing.assert_close(actual.double(), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(gradient.double(), expected_gradient, rtol=1e-4, atol=1e-6)
    # of a softmax: a - A where something is given, and nothing elsewhere
    is_given = given.sum(dim=2, keepdim=True)
    torch.testing.assert_close(gradient, is_given * leaf.detach().softmax(dim=2) - given)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_weight_of_zero_is_no_fault(dtype: torch.dtype) -> None:
    """As where padding or a window leaves nothing; a weight that is merely small still learns."""
    scores = torch.tensor([[[0.0, -60.0, float("-inf")]]], dtype=dtype).requires_grad_()
    given = torch.tensor([[[0.0, 0.5, 0.5]]])
    loss = alignment_loss(scores.softmax(dim=2), given)
    (gradient,) = torch.autograd.grad(100 * loss, scores)
    assert gradient.isfinite().all() and gradient[0, 0, 1] < -40
    assert 30 < float(loss.detach()) < -math.log(SMALLEST)


@pytest.mark.parametrize("r_drop", [0.0, 1.0])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"decoder": "bahdanau", "attention": "additive"},
        {"decoder": "luong", "attention": "general", "input_feeding": True},
        {"decoder": "hybrid", "encoder": "transformer", "cell": "ssru"},
    ],
    ids=lambda settings: settings.get("decoder", "gnmt"),
)
def test_it_is_added_to_the_likelihood_with_its_weight(
    settings: dict[str, Any], r_drop: float
) -> None:
    model, batch = small_model(**settings).eval(), aligned_batch()
    losses, gradients = [], []
    for weight in (0.0, 0.5, 2.0):
        values = TrainingSettings(guided_alignment=weight, r_drop=r_drop)
        loss = batch_loss(model, batch, make_objective(values, None))  # type: ignore[arg-type]
        losses.append(float(loss.total.detach()))
        likelihood = float(loss.negative_log_likelihood)
        gradients.append(torch.autograd.grad(loss.total, list(model.parameters())))
        assert likelihood == pytest.approx(float(loss.negative_log_likelihood))
    _, attention = model.forward_with_attention(
        batch.source, batch.source_lengths, batch.target_input
    )
    assert batch.alignment is not None
    added = plain(attention, batch.alignment)
    assert losses[1] - losses[0] == pytest.approx(0.5 * float(added.detach()), rel=1e-4)
    expected = torch.autograd.grad(added, list(model.parameters()), allow_unused=True)
    for without, some, much, of_it in zip(*gradients, expected, strict=True):
        of_it = torch.zeros_like(without) if of_it is None else of_it
        torch.testing.assert_close(some - without, 0.5 * of_it, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(much - without, 2 * of_it, rtol=1e-3, atol=1e-3)


def test_the_gradient_is_that_of_finite_differences() -> None:
    """Its weights are computed in float32, so that the steps are large."""
    model, batch = small_model().eval(), aligned_batch()

    def loss() -> torch.Tensor:
        return logits_and_alignment_loss(model, batch, 3.0)[1]

    for name in ("query", "key"):  # sharper attention, which weights change more
        model.get_parameter(f"decoder.attention.project_{name}.weight").data *= 4
    weight = model.get_parameter("decoder.attention.project_query.weight")
    (gradient,) = torch.autograd.grad(loss(), [weight])
    assert gradient.abs().max() > 0.5
    for place in (gradient.abs().argmax(), gradient.argmin(), torch.tensor(7)):
        values = []
        for step in (0.03, -0.06, 0.03):
            weight.detach().view(-1)[place] += step
            values.append(float(loss().detach()))
        difference = (values[0] - values[1]) / 0.06
        assert float(gradient.view(-1)[place]) == pytest.approx(difference, rel=0.02, abs=2e-3)


def test_the_parts_of_a_batch_add_up_to_it() -> None:
    model, batch = small_model().eval(), aligned_batch()
    parts = [batch, *(batch.rows(slice(i, i + 4)) for i in (0, 4))]
    with torch.no_grad():
        whole, first, second = (float(logits_and_alignment_loss(model, p, 1.0)[1]) for p in parts)
        assert whole == pytest.approx(first + second, rel=1e-5)
        assert float(logits_and_alignment_loss(model, batch.rows(slice(0, 1)), 1.0)[1]) == 0


def test_without_alignments_or_weight_the_model_runs_as_ever() -> None:
    model, batch = small_model().eval(), aligned_batch()
    expected = model(batch.source, batch.source_lengths, batch.target_input)
    for given, weight in ((batch, 0.0), (small_batch(), 0.5), (batch, 0.5)):
        logits, loss = logits_and_alignment_loss(model, given, weight)
        assert torch.equal(logits, expected)
        assert bool(loss) == (given is batch and weight > 0)


# --- training ---


@pytest.fixture(scope="module")
def reversed_toy(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy corpus with its targets turned around, and what is aligned to what."""
    folder = tmp_path_factory.mktemp("reversed")
    for name in ("train", "valid"):
        source = (toy / f"{name}.src").read_text(encoding="utf-8")
        lines = [line.split() for line in (toy / f"{name}.tgt").read_text().splitlines()]
        links = [[f"{i}-{len(line) - 1 - i}" for i in range(len(line))] for line in lines]
        (folder / f"{name}.src").write_text(source, encoding="utf-8")
        (folder / f"{name}.tgt").write_text("".join(f"{' '.join(line[::-1])}\n" for line in lines))
        (folder / f"{name}.align").write_text("".join(f"{' '.join(of)}\n" for of in links))
    return folder


@pytest.fixture(scope="module")
def make_guided(reversed_toy: Path, make_toy_config: MakeConfig) -> Callable[..., Config]:
    """A configuration of the reversed corpus; weight 0 comes without alignments."""

    def make(weight: float = 1.0, **training: Any) -> Config:
        training = {"valid": False, "learning_rate": 0.02, "guided_alignment": weight} | training
        values = make_toy_config(**training).model_dump(exclude_unset=True)
        values["data"]["root"] = str(reversed_toy)
        if weight:
            values["data"]["train"][0]["alignment"] = "train.align"
        return make_config(values, origin="test")

    return make


def alignment_accuracy(model: Seq2Seq, batches: list[Batch]) -> float:
    """The share of aligned target tokens whose greatest attention is on one that is aligned."""
    right = total = 0
    for batch in batches:
        assert batch.alignment is not None
        with torch.no_grad():
            _, attention = model.eval().forward_with_attention(
                batch.source, batch.source_lengths, batch.target_input
            )
        aligned = batch.alignment.sum(dim=2) > 0
        found = batch.alignment.gather(2, attention.argmax(dim=2, keepdim=True))[..., 0] > 0
        right += int((found & aligned).sum())
        total += int(aligned.sum())
    assert total
    return right / total


def test_attention_follows_the_alignments(
    make_guided: Callable[..., Config], tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"max_steps": 60, "average_decay": 0.0}
    settings["model"] = {"dropout": 0.0, "embedding_dropout": 0.0, "lexical": False}
    config = make_guided(**settings)
    batches = training_batches(config, prepare(config, log=lambda line: None))
    made = [batches.make(rows, 1) for rows in batches.plan(1, 0).batches]
    accuracy = []
    for weight in (0.0, 4.0):
        folder = tmp_path / str(weight)
        train(make_guided(weight, **settings), folder)
        accuracy.append(alignment_accuracy(load_model(folder).model, made))
    assert accuracy[1] > 0.9 > accuracy[0] + 0.2, accuracy


def test_a_run_that_was_interrupted_ends_in_the_same_bits(
    make_guided: Callable[..., Config], reversed_toy: Path, tmp_path: Path
) -> None:
    config = make_guided(max_steps=12)
    steps: list[int] = []
    train(config, tmp_path / "whole")

    def stop() -> bool:
        steps.append(1)
        return len(steps) == 6

    assert train(config, tmp_path / "parts", stop_requested=stop) == "interrupted"
    assert train(config, tmp_path / "parts", RunOptions(resume=True)) == "finished"
    whole, parts = (tmp_path / name / "model.safetensors" for name in ("whole", "parts"))
    assert whole.read_bytes() == parts.read_bytes()
    other = config.model_dump(exclude_unset=True)
    lines = (reversed_toy / "train.align").read_text().split("\n")
    (tmp_path / "changed.align").write_text("\n".join(["", *lines[1:]]))
    other["data"]["train"][0]["alignment"] = str(tmp_path / "changed.align")
    with pytest.raises(ModelError, match=r"changed\.align: has changed since .*--from"):
        train(make_config(other, origin="t"), tmp_path / "parts", RunOptions(resume=True))
    with pytest.raises(ConfigError, match=r"data\.train names 2 files: .* began with 3"):
        train(make_guided(0.0), tmp_path / "parts", RunOptions(resume=True))


def test_the_command_says_in_one_line_what_is_wrong(
    nmt: Command, reversed_toy: Path, tmp_path: Path
) -> None:
    lines = (reversed_toy / "train.align").read_text().split("\n")
    (tmp_path / "bad.align").write_text("\n".join([*lines[:9], "0-0 0-99", *lines[10:]]))
    (tmp_path / "c.toml").write_text(
        f'[data]\ntrain = [{{ source = "{reversed_toy}/train.src", target = '
        f'"{reversed_toy}/train.tgt", alignment = "bad.align" }}]\n'
        "[training]\nguided_alignment = 0.5\n"
    )
    done = nmt("train", tmp_path / "c.toml", "-o", tmp_path / "model")
    assert done.returncode == 2
    (line,) = (line for line in done.stderr.splitlines() if "preparing" not in line)
    assert f"{tmp_path / 'bad.align'}, line 10: names word 99 of the target" in line
    assert not (tmp_path / "model").exists()
