"""Runs of a comparison: each in processes of its own, its result a line of a JSON file.

A run whose result is there already is skipped, so that a comparison of many hours can be stopped at
any time and goes on where it was. Memory is that of a process and its descendants. Linux only.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from corpus_scale import memory

Key = tuple[object, ...]
SAMPLED = (0.5, 10.0)  # seconds between two looks at the memory of a process, at least and at most
SAMPLED_SHARE = 0.02  # of the time it runs already: a look at gigabytes takes a tenth of a second


class Measured(Protocol):
    """A result, a dataclass."""

    __dataclass_fields__: Any

    @property
    def key(self) -> Key:
        """What a run is known by: one with the same key need not be made again."""

    def summary(self) -> str:
        """The run in a line."""


def nmt(arguments: list[str], threads: int) -> tuple[str, float]:
    """Run `nmt ARGUMENTS`; returns its standard output and its peak memory in MiB.

    Raises:
        RuntimeError: it failed, with the end of what it said.
    """
    peak, began = np.zeros(2), time.monotonic()
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", "nmt", *arguments]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(command, stdout=output, stderr=messages, env=environment)
        try:
            while process.poll() is None:
                peak = np.maximum(peak, memory(process.pid))
                elapsed = time.monotonic() - began
                time.sleep(float(np.clip(SAMPLED_SHARE * elapsed, *SAMPLED)))
        finally:  # of Ctrl-C and of a signal too: leave nothing running
            process.kill()
            process.wait()
        for file in (output, messages):
            file.seek(0)
        if process.returncode:
            raise RuntimeError(messages.read().decode(errors="replace")[-1000:])
        return output.read().decode(), float(peak[0]) / 1024


def machine() -> str:
    """The processor, its cores and the version of torch."""
    import torch

    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else 'unknown'}, {os.cpu_count()} cores, torch {torch.__version__}"


def run_missing(
    runs: Mapping[Key, Callable[[], Measured]], done: Iterable[Measured], path: Path
) -> int:
    """Make the runs that are not done and add their results to the file, a line each.

    Returns:
        The number of runs that failed; what they said is printed.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C: ends what runs below
    path.parent.mkdir(parents=True, exist_ok=True)
    failures, known = 0, {result.key for result in done}
    for key, run in runs.items():
        label = ", ".join(str(part) for part in key if not isinstance(part, tuple))
        if key in known:
            print(f"{label}: done before")
            continue
        print(f"{label}: {time.strftime('%H:%M')} ...", flush=True)
        try:
            result = run()
        except RuntimeError as error:
            print(f"{label}: failed: {error}", flush=True)
            failures += 1
            continue
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
        print(f"{label}: {result.summary()}", flush=True)
    return failures
