"""Mixed precision: oneDNN cannot train an LSTM in bfloat16 on every processor."""

import pytest
from torch import nn

from nmt.engine.backend import can_train_bfloat16

CAN_TRAIN_LSTM = can_train_bfloat16("cpu")
REASON = "this processor cannot train an LSTM in bfloat16"
needs_bfloat16_lstm = pytest.mark.skipif(not CAN_TRAIN_LSTM, reason=REASON)


def skip_where_untrainable(model: nn.Module) -> None:
    """Skip a test that trains a model in bfloat16 where an LSTM in it cannot be trained so."""
    if not CAN_TRAIN_LSTM and any(isinstance(part, nn.LSTM) for part in model.modules()):
        pytest.skip(REASON)
