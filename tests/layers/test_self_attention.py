"""Self-attention against its equations; B sentences, T time steps, N heads of size d, H hidden."""

import math

import pytest
import torch
from torch import Tensor, nn

from nmt.layers.direction import make_padding
from nmt.layers.self_attention import SelfAttentionCell, SelfAttentionLayer, sinusoids
from tests.layers.cells import random

B, T, H, N = 3, 5, 8, 2
D = H // N
LENGTHS = torch.tensor([5, 2, 4])
TOLERANCE = 1e-10


def make(kind: type[nn.Module], dropout: float = 0.0, size: int = H) -> nn.Module:
    """A layer or a cell whose biases are not zero, as after training."""
    torch.manual_seed(1)
    module = kind(size, N, dropout).double()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if "bias" in name:
                parameter.copy_(torch.randn_like(parameter))
    return module


def layer_output(layer: nn.Module, x: Tensor, lengths: Tensor = LENGTHS) -> Tensor:
    return layer(x, make_padding(lengths, x.shape[1]))


def cell_output(cell: nn.Module, x: Tensor) -> Tensor:
    return cell(x, cell.start(x))[0]


def close(actual: object, expected: object) -> None:
    torch.testing.assert_close(actual, expected, rtol=TOLERANCE, atol=TOLERANCE)


def plain(module: nn.Module, x: Tensor, *, causal: bool) -> Tensor:
    """One sentence, position by position and head by head: (T, H) -> (T, H)."""
    W, b = module.heads.project.weight, module.heads.project.bias
    M, c = module.heads.mix.weight, module.heads.mix.bias
    outputs = []
    for t in range(len(x)):
        contexts = []
        for head in range(N):
            q, k, v = (slice(part * H + head * D, part * H + (head + 1) * D) for part in range(3))
            known = x[: t + 1] if causal else x
            query = W[q] @ x[t] + b[q]
            scores = torch.stack([query @ (W[k] @ y + b[k]) / D**0.5 for y in known])
            weights = scores.softmax(dim=0)
            contexts.append(sum(a * (W[v] @ y + b[v]) for a, y in zip(weights, known, strict=True)))
        outputs.append(M @ torch.cat(contexts) + c)
    return torch.stack(outputs)


def assert_same_gradients(module: nn.Module, x: Tensor, actual: Tensor, expected: Tensor) -> None:
    weights = random(*actual.shape, seed=5)
    one, other = (
        torch.autograd.grad((y * weights).sum(), [x, *module.parameters()])
        for y in (actual, expected)
    )
    close(one, other)


def test_a_layer_agrees_with_its_equations_forward_and_backward() -> None:
    layer, x = make(SelfAttentionLayer), random(B, T, H).requires_grad_()
    y, lengths = layer_output(layer, x), LENGTHS.tolist()
    actual = torch.cat([y[row, :length] for row, length in enumerate(lengths)])
    sentences = [plain(layer, x[row, :length], causal=False) for row, length in enumerate(lengths)]
    expected = torch.cat(sentences)
    close(actual, expected)
    assert_same_gradients(layer, x, actual, expected)


def test_a_cell_agrees_with_its_equations_forward_and_backward() -> None:
    cell, x = make(SelfAttentionCell), random(B, T, H).requires_grad_()
    expected = torch.stack([plain(cell, sentence, causal=True) for sentence in x])
    actual = cell_output(cell, x)
    close(actual, expected)
    assert_same_gradients(cell, x, actual, expected)


@pytest.mark.parametrize("kind", [SelfAttentionLayer, SelfAttentionCell])
def test_gradients_are_the_finite_differences(kind: type[nn.Module]) -> None:
    module, x = make(kind, size=4), random(2, 3, 4).requires_grad_()
    names = [name for name, _ in module.named_parameters()]

    def run(x: Tensor, *tensors: Tensor) -> Tensor:
        if kind is SelfAttentionLayer:
            state: object = make_padding(torch.tensor([3, 1]), 3)
        else:
            state = module.start(x)
        weights = dict(zip(names, tensors, strict=True))
        y = torch.func.functional_call(module, weights, (x, state))
        return y if kind is SelfAttentionLayer else y[0]

    inputs = (x, *module.parameters())
    assert torch.autograd.gradcheck(run, inputs)


def test_a_layer_does_not_read_padding_and_a_batch_is_its_sentences() -> None:
    layer, x = make(SelfAttentionLayer), random(B, T, H)
    y = layer_output(layer, x)
    longer = torch.cat((x, torch.full((B, 3, H), 1e3).double()), dim=1)
    longer[1, 2:], longer[2, 4:] = -1e3, 7.0
    other = layer_output(layer, longer)
    for row, length in enumerate(LENGTHS.tolist()):
        close(other[row, :length], y[row, :length])
        alone = layer_output(layer, x[row : row + 1, :length], LENGTHS[row : row + 1])
        close(alone[0], y[row, :length])


def test_a_layer_reads_both_ways_and_sums_up_at_the_last_token() -> None:
    layer, x = make(SelfAttentionLayer), random(B, T, H)
    y = layer_output(layer, x)
    summary = layer.summary(y, LENGTHS)
    assert torch.equal(summary, y[[0, 1, 2], LENGTHS - 1])
    for position in range(2):
        other = x.clone()
        other[:, position] += 1
        assert ((layer_output(layer, other) - y)[:, :2].abs().amax(dim=2) > 0).all()


def test_the_order_of_the_tokens_matters_to_a_cell_alone() -> None:
    layer, cell, x = make(SelfAttentionLayer), make(SelfAttentionCell), random(B, T, H)
    full = torch.full((B,), T)
    back = layer_output(layer, x.flip(1), full).flip(1)
    close(back, layer_output(layer, x, full))
    assert not torch.allclose(cell_output(cell, x.flip(1)).flip(1), cell_output(cell, x))


@pytest.mark.parametrize("cut", range(1, T))
def test_a_sequence_may_be_cut_anywhere(cut: int) -> None:
    cell, x = make(SelfAttentionCell), random(B, T, H)
    whole, last = cell(x, cell.start(x))
    first, between = cell(x[:, :cut], cell.start(x))
    second, end = cell(x[:, cut:], between)
    assert [part.shape for part in between] == [(B, cut, H)] * 2
    close(torch.cat((first, second), dim=1), whole)
    close(end, last)


def test_step_by_step_is_the_whole_sequence() -> None:
    cell, x = make(SelfAttentionCell), random(B, T, H)
    whole, state = cell_output(cell, x), cell.start(x)
    for t in range(T):
        y, state = cell(x[:, t : t + 1], state)
        close(y, whole[:, t : t + 1])


@pytest.mark.parametrize("position", range(1, T))
def test_a_later_token_never_changes_an_earlier_output(position: int) -> None:
    cell, x = make(SelfAttentionCell), random(B, T, H)
    before = cell_output(cell, x)
    x[:, position] += 1
    after = cell_output(cell, x)
    assert torch.equal(before[:, :position], after[:, :position])
    assert ((before - after)[:, position:].abs().amax(dim=2) > 0).all()


def test_a_state_is_a_value_and_starts_empty() -> None:
    cell, x = make(SelfAttentionCell), random(B, T, H)
    start = cell.start(x)
    assert [part.shape for part in start] == [(B, 0, H)] * 2
    _, state = cell(x, start)
    copies = [part.clone() for part in state]
    torch.testing.assert_close(cell(x, state), cell(x, state), rtol=0, atol=0)
    assert all(torch.equal(part, copy) for part, copy in zip(state, copies, strict=True))


@pytest.mark.parametrize("kind", [SelfAttentionLayer, SelfAttentionCell])
def test_dropout_is_in_training_alone(kind: type[nn.Module]) -> None:
    def run(module: nn.Module) -> Tensor:
        x = random(B, T, H)
        return layer_output(module, x) if kind is SelfAttentionLayer else cell_output(module, x)

    dropped = make(kind, dropout=0.5)
    torch.testing.assert_close(run(dropped.eval()), run(make(kind)))
    assert not torch.allclose(run(dropped.train()), run(dropped.train()))


@pytest.mark.parametrize("steps", [1, T])
def test_bfloat16_in_is_bfloat16_out(steps: int) -> None:
    cell, layer, x = make(SelfAttentionCell), make(SelfAttentionLayer), random(B, steps, H)
    lengths = LENGTHS.clamp(max=steps)
    exact = cell_output(cell, x), layer_output(layer, x, lengths)
    x = x.bfloat16()
    for y, expected in zip(
        (cell_output(cell.bfloat16(), x), layer_output(layer.bfloat16(), x, lengths)),
        exact,
        strict=True,
    ):
        assert y.dtype == torch.bfloat16
        torch.testing.assert_close(y.double(), expected, rtol=0.1, atol=0.1)


@pytest.mark.parametrize("size", [6, 7])
def test_positions_are_the_sines_and_cosines_of_the_paper(size: int) -> None:
    vectors = sinusoids(3, 4, torch.zeros(2, 1, size, dtype=torch.float64))
    assert vectors.shape == (1, 4, size)
    for row, position in enumerate(range(3, 7)):
        for feature in range(size):
            angle = position / 10_000 ** (2 * (feature // 2) / size)
            expected = math.cos(angle) if feature % 2 else math.sin(angle)
            assert abs(vectors[0, row, feature].item() - expected) < 1e-6


def test_positions_go_on_where_they_stopped() -> None:
    like = torch.zeros(1, 1, 8)
    parts = torch.cat((sinusoids(0, 3, like), sinusoids(3, 4, like)), dim=1)
    assert torch.equal(parts, sinusoids(0, 7, like))
