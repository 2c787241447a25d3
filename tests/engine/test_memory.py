"""Which errors mean that memory ran out."""

import pytest
import torch

from nmt.engine.memory import is_out_of_memory

FAILED = [
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    RuntimeError("could not create a memory object"),
    RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)"),
]
OTHERS = [
    RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"),
    RuntimeError("index out of range"),
    ValueError("out of memory"),
    KeyboardInterrupt(),
]


@pytest.mark.parametrize("error", FAILED, ids=str)
def test_a_failed_allocation_is_recognized(error: BaseException) -> None:
    assert is_out_of_memory(error)


@pytest.mark.parametrize("error", OTHERS, ids=repr)
def test_other_errors_are_not_taken_for_one(error: BaseException) -> None:
    assert not is_out_of_memory(error)


def test_what_torch_raises_here_is_recognized() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 50, dtype=torch.uint8)  # more than a processor can address
    assert is_out_of_memory(caught.value)


def test_a_wrong_product_is_not_taken_for_it() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.ones(2, 3) @ torch.ones(2, 3)
    assert not is_out_of_memory(caught.value)
