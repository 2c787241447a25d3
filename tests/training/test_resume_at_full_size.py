"""Resuming at the sizes that users train: real text, the default model, the machine's precision."""

import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Finished, read_events, start_training, wait_for_step, without_clocks

STEPS = 450  # one and a half epochs
KILLS = sorted(random.Random(3).sample(range(20, STEPS - 20), 4))


@pytest.mark.slow
def test_a_run_on_real_text_that_is_killed_ends_in_the_same_bits(
    corpora: Path, run_nmt: Callable[..., Finished], tmp_path: Path
) -> None:
    """On two threads; every loss and gradient norm is compared, and all tensors of the end."""
    options = ["--threads", "2"]
    for side, suffix in (("source", "de"), ("target", "en")):
        options += [f"--{side}", str(corpora / "multi30k" / f"train.{suffix}")]
        options += [f"--valid-{side}", str(corpora / "multi30k" / f"val.{suffix}")]
    for setting in (
        f"max_steps={STEPS}", "log_interval=1", "checkpoint_interval=25",
        "validation_interval=300",
    ):  # fmt: skip
        options += ["--set", f"training.{setting}"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    done = run_nmt("train", *options, "-o", whole, timeout=3000)
    assert done.returncode == 0, done.stderr
    for number, step in enumerate(KILLS):
        with start_training(killed, ["--resume"] if number else options) as process:
            wait_for_step(process, killed, step)
            process.kill()
            process.communicate()
        assert process.returncode == -signal.SIGKILL
    done = run_nmt("train", "--resume", "-o", killed, timeout=3000)
    assert done.returncode == 0, done.stderr
    before, after = (list(map(without_clocks, read_events(f, "train"))) for f in (whole, killed))
    assert len(before) == STEPS
    assert before == after
    for path in [whole / "model.safetensors", *whole.glob("training/*/*.safetensors")]:
        assert path.read_bytes() == (killed / path.relative_to(whole)).read_bytes(), path.name
