"""What is found out about the arithmetic of this machine holds on it."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch

from nmt.cli import train
from nmt.engine import backend
from nmt.training import run


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    """The setting is global: put it back."""
    before = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(before)


def test_fast_products_are_exact_or_not_used() -> None:
    torch.set_float32_matmul_precision("highest")
    fast = backend.use_fast_float32()
    assert torch.get_float32_matmul_precision() == ("medium" if fast else "highest")
    for seed in range(3):
        torch.manual_seed(seed)
        a, b = torch.randn(300, 200), torch.randn(200, 100)
        exact = a.double() @ b.double()
        assert float((a @ b - exact).norm() / exact.norm()) < backend.EXACT


@pytest.mark.parametrize("before", ["highest", "high"])
def test_the_setting_is_put_back_where_products_lose_precision(
    monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    monkeypatch.setattr(backend, "EXACT", 0.0)  # no product is as exact as that
    torch.set_float32_matmul_precision(before)
    assert not backend.use_fast_float32()
    assert torch.get_float32_matmul_precision() == before


def test_finding_out_leaves_the_random_numbers_alone() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    backend.use_fast_float32()
    assert torch.equal(torch.rand(3), expected)


def test_where_bfloat16_is_fast_an_lstm_can_be_trained() -> None:
    if not torch.cpu._is_avx512_bf16_supported() or "ONEDNN_MAX_CPU_ISA" in os.environ:
        pytest.skip("this processor has no bfloat16 arithmetic, or is told not to use it")
    assert backend.has_fast_bfloat16("cpu") and backend.can_train_bfloat16("cpu")
    lstm, x = torch.nn.LSTM(8, 8, batch_first=True), torch.randn(2, 3, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y, _ = lstm(x)
    assert y.dtype == torch.bfloat16
    y.float().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in lstm.parameters())


def test_bfloat16_is_not_promised_where_it_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not backend.has_fast_bfloat16("mps")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    assert not backend.has_fast_bfloat16("cpu")


def test_bfloat16_is_not_promised_where_its_lstm_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("could not create a primitive")

    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    monkeypatch.setattr(torch.nn.LSTM, "forward", fail)
    assert not backend.has_fast_bfloat16("cpu")


RESIDENT = """
import torch
from pathlib import Path
from nmt.engine.backend import keep_freed_memory

def resident():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024  # MiB

{call}
before = resident()
block = torch.ones(100 << 18)  # 100 MiB
del block
print(resident() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="an allocator of Linux")
def test_freed_memory_is_kept() -> None:
    def left(call: str) -> int:
        command = [sys.executable, "-c", RESIDENT.format(call=call)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
        return int(done.stdout)

    if left("") > 50:
        pytest.skip("this allocator keeps freed memory anyway")
    assert left("keep_freed_memory()") > 90


def test_other_systems_and_allocators_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoMallopt:
        def __init__(self, name: object) -> None:
            assert sys.platform == "linux"

    monkeypatch.setattr("ctypes.CDLL", NoMallopt)
    for platform in ("linux", "darwin", "win32"):
        monkeypatch.setattr(sys, "platform", platform)
        backend.keep_freed_memory()


SHAPES = """
import torch
from nmt.engine.backend import keep_primitives
if {keep}:
    keep_primitives()
lstm = torch.nn.LSTM(4, 4)
with torch.inference_mode():
    for rows in [*range(1, 1200), 1]:
        if rows == 1:
            print("rows: 1", flush=True)
        lstm(torch.zeros(2, rows, 4))
"""


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch has no oneDNN here")
@pytest.mark.parametrize("keep", [True, False])
def test_what_onednn_made_for_a_shape_is_there_when_the_shape_comes_back(keep: bool) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.endswith("CACHE_CAPACITY")}
    done = subprocess.run(
        [sys.executable, "-c", SHAPES.format(keep=keep)],
        env=environment | {"ONEDNN_VERBOSE": "profile_create"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    first, last = done.stdout.split("rows: 1\n")[1:]
    assert "create:cache_miss,cpu,rnn" in first
    assert ("create:cache_miss,cpu,rnn" in last) != keep


@pytest.mark.parametrize("prepare", ["cli", "python"])
def test_training_sets_the_limit_before_its_first_product(
    monkeypatch: pytest.MonkeyPatch, prepare: str
) -> None:
    monkeypatch.setattr(os, "environ", {})
    limits: list[str | None] = []
    for module in (backend, run):
        monkeypatch.setattr(
            module,
            "use_fast_float32",
            lambda: limits.append(os.environ.get("ONEDNN_PRIMITIVE_CACHE_CAPACITY")),
        )
    if prepare == "cli":
        train._prepare_arithmetic(None)
    else:
        monkeypatch.setattr(run, "keep_freed_memory", lambda: None)
        run._prepare_arithmetic()
    assert limits == [str(backend.KEPT_PRIMITIVES)]


@pytest.mark.parametrize("name", ["ONEDNN", "DNNL"])
def test_a_limit_that_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    set_by_user = {f"{name}_PRIMITIVE_CACHE_CAPACITY": "7"}
    monkeypatch.setattr(os, "environ", dict(set_by_user))
    backend.keep_primitives()
    assert os.environ == set_by_user
