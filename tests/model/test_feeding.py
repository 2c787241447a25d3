"""Reading a target step by step, with a fake decoder; B rows, T target length."""

import torch
from torch import Tensor

from nmt.model.decoder import DecoderState
from nmt.model.feeding import step_by_step

B, T, D, S = 2, 4, 3, 5


def test_each_step_reads_the_state_that_the_one_before_left() -> None:
    """The fake adds all that it has read, in its state; its context and weights tell the step."""
    states: list[Tensor] = []

    def read(x: Tensor, state: DecoderState) -> tuple[Tensor, Tensor, Tensor, DecoderState]:
        assert x.shape == (B, 1, D)
        (total,) = state.layers[0]
        states.append(total)
        total = total + x[:, 0]
        step = torch.full((B, 1, D), float(len(states)))
        return (
            total[:, None],
            step,
            step[:, :, :1].expand(B, 1, S),
            DecoderState(((total,),), (), state.sentence),
        )

    x = torch.randn(B, T, D)
    start = DecoderState(((torch.zeros(B, D),),), (), torch.arange(B))
    output, context, weights, state = step_by_step(read, x, start)
    torch.testing.assert_close(output, x.cumsum(dim=1))
    assert output.shape == context.shape == (B, T, D) and weights.shape == (B, T, S)
    for part in (context, weights):
        assert part[0, :, 0].tolist() == [1, 2, 3, 4]
    assert torch.equal(state.layers[0][0], output[:, -1])
    assert not start.layers[0][0].any()
