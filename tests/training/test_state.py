"""The progress of a run is plain data: what is written is what is read."""

import json
from dataclasses import asdict, fields

from nmt.training.state import Progress
from nmt.training.window import Window


def test_progress_comes_back_from_json() -> None:
    progress = Progress(step=3, best_bleu=0.1 + 0.2, kept_steps=[1, 2], window=Window(loss=1 / 3))
    values = json.loads(json.dumps(asdict(progress)))
    assert Progress(**{**values, "window": Window(**values["window"])}) == progress


def test_a_new_run_has_done_nothing() -> None:
    progress = Progress()
    assert (progress.step, progress.epoch, progress.seconds) == (0, 1, 0.0)
    assert progress.best_bleu < 0  # so that any validation is better
    assert all(getattr(progress, field.name) is not None for field in fields(Progress))
