"""Which arithmetic this machine has: found out once at the start of a command."""

import ctypes
import os
import sys

import torch

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3  # of glibc's malloc.h
EXACT = 1e-5  # relative error of a float32 product that counts as exact
KEPT_PRIMITIVES = 16_384  # of oneDNN, which keeps 1,024 by itself


def keep_primitives() -> None:
    """Let oneDNN keep the code that it makes for each operation and shape, of all of training.

    It reads this limit from the environment at its first operation, so call this before any: later
    it changes nothing. A corpus has batches of more shapes than it keeps by itself, and making the
    code anew took 7% of a training step (benchmarks/RESULTS.md). A limit that the user has set
    stays, under its former name too.
    """
    if "DNNL_PRIMITIVE_CACHE_CAPACITY" not in os.environ:
        os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(KEPT_PRIMITIVES))


def use_fast_float32() -> bool:
    """Let float32 products go through oneDNN where they stay exact; returns whether they do.

    torch's precision "medium" reroutes them from MKL to oneDNN, on some processors twice as fast.
    On others (AMX, some Arm) it computes them in bfloat16, which translating must not: the error of
    one product tells.
    """
    before = torch.get_float32_matmul_precision()
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(256, 256, generator=generator)
    exact = a.double() @ a.double()
    torch.set_float32_matmul_precision("medium")
    error = float((a @ a - exact).norm() / exact.norm())
    if error < EXACT:
        return True
    torch.set_float32_matmul_precision(before)
    return False


def has_fast_bfloat16(device: str) -> bool:
    """Whether bfloat16 products are native, and a bfloat16 LSTM can be trained, on a device."""
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device != "cpu":
        return False
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # torch has no public ones
    capable = any(getattr(torch.cpu, probe, lambda: False)() for probe in probes)
    return capable and can_train_bfloat16(device)


def can_train_bfloat16(device: str) -> bool:
    """Whether an LSTM can be trained in bfloat16: some builds lack it, as one step tells."""
    lstm = torch.nn.LSTM(16, 16, batch_first=True, device=device)
    try:
        x = torch.zeros(2, 3, 16, device=device)
        with torch.autocast(x.device.type, dtype=torch.bfloat16):
            y, _ = lstm(x)
        y.float().sum().backward()
    except RuntimeError:
        return False
    return True


def keep_freed_memory() -> None:
    """Tell glibc's allocator to keep large freed blocks for the next step.

    It would otherwise return them to the system and get them back, page by page, at each step.
    Elsewhere than on glibc nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, 1 << 30) or mallopt(M_MMAP_THRESHOLD, 1 << 25)  # old glibc's most
        mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1)
        mallopt(M_TOP_PAD, 1 << 26)
