"""Recognizing that memory ran out, on any device."""

import torch

ALLOCATION_FAILED = (  # the words of torch's CPU allocator, of oneDNN, of the other devices
    "can't allocate memory",
    "could not create a memory object",
    "out of memory",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that an allocation failed."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(
        words in str(error) for words in ALLOCATION_FAILED
    )
