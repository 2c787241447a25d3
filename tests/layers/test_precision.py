"""No value gets narrower, and what is narrower than float32 gets as wide."""

import pytest
import torch

from nmt.layers.precision import wide_dtype, widen


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ],
)
def test_float32_is_the_least(given: torch.dtype, expected: torch.dtype) -> None:
    x = torch.tensor([1.5, -0.25], dtype=given)
    assert wide_dtype(x) is widen(x).dtype is expected
    assert widen(x).tolist() == x.tolist()
