"""The lexical readout; B rows, T target steps, S source positions, E size."""

import torch

from nmt.layers.lexical import LexicalReadout
from tests.layers.cells import random

B, T, S, E = 2, 3, 4, 5


def make_readout() -> LexicalReadout:
    """One whose bias is not zero, as after training."""
    readout = LexicalReadout(E).double()
    with torch.no_grad():
        readout.project.bias.copy_(random(E, seed=1))
    return readout


def test_agrees_with_its_equations_forward_and_backward() -> None:
    readout, weights, words = make_readout(), random(B, T, S).softmax(dim=2), random(B, S, E)
    known = [weights.requires_grad_(), words.requires_grad_(), *readout.parameters()]
    found = readout(weights, words)
    weight, bias = readout.project.weight, readout.project.bias
    for b in range(B):
        for t in range(T):
            f = torch.tanh(sum(weights[b, t, s] * words[b, s] for s in range(S)))  # type: ignore[arg-type]
            expected = torch.tanh(weight @ f + bias)
            torch.testing.assert_close(found[b, t], expected)
            one, other = (
                torch.autograd.grad(y.sin().sum(), known, retain_graph=True)
                for y in (found[b, t], expected)
            )
            torch.testing.assert_close(one, other)


def test_gradients_agree_with_finite_differences() -> None:
    readout = make_readout()
    inputs = random(B, T, S).softmax(dim=2).requires_grad_(), random(B, S, E).requires_grad_()
    assert torch.autograd.gradcheck(readout, inputs)


def test_a_word_without_weight_says_nothing() -> None:
    readout, words = make_readout(), random(B, S, E)
    weights = torch.zeros(B, T, S).double()
    weights[:, :, 1] = 1.0
    others = words.clone()
    others[:, [0, 2, 3]] += 1.0
    torch.testing.assert_close(readout(weights, words), readout(weights, others))
    assert not torch.allclose(readout(weights, words), readout(weights, words + 1.0))
