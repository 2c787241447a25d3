"""The sums between two log lines."""

import pytest

from nmt.training.window import StepResult, Window
from tests.training.conftest import small_batch


def test_steps_add_up() -> None:
    batch, window = small_batch(), Window()
    for loss, seconds in ((3.0, 0.5), (4.0, 0.25)):
        window.add(StepResult(loss, 2 * loss, 0.1, finite=True), batch, seconds)
    assert (window.loss, window.negative_log_likelihood, window.seconds) == (7.0, 14.0, 0.75)
    assert window.gradient_norm == pytest.approx(0.2)
    tokens = (window.source_tokens, window.target_tokens)
    assert (*tokens, window.steps) == (2 * batch.source_tokens, 2 * batch.target_tokens, 2)
