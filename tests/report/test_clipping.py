"""What the log of a run tells of clipping, and that a model without one is no error."""

import json
from pathlib import Path

from nmt.config import Config
from nmt.report.clipping import read_clipping
from nmt.settings import TrainingSettings


def write_run(folder: Path, norms: list[float], clip_norm: float = 2.0) -> None:
    """The record of a run that logged these norms."""
    settings = Config(training=TrainingSettings(clip_norm=clip_norm, log_interval=5))
    experiment = {
        "config": settings.model_dump(mode="json"),
        "base": None,
        "data": [],
        "pairs": {"kept": 1, "read": 1},
        "environment": {"platform": "any", "device": "cpu", "threads": 1},
    }
    (folder / "experiment.json").write_text(json.dumps(experiment), encoding="utf-8")
    events = [
        {"event": "train", "step": 5 * n, "gradient_norm": g} for n, g in enumerate(norms, start=1)
    ]
    events.append({"event": "valid", "step": 5 * len(norms)})
    text = "".join(json.dumps(event) + "\n" for event in events)
    (folder / "metrics.jsonl").write_text(text, encoding="utf-8")


def test_every_logged_norm_is_counted(tmp_path: Path) -> None:
    write_run(tmp_path, [1.0, 3.0, 2.0, 9.5])
    clipping = read_clipping(tmp_path)
    assert clipping is not None
    assert (clipping.steps, clipping.norms) == ((5, 10, 15, 20), (1.0, 3.0, 2.0, 9.5))
    assert (clipping.clip_norm, clipping.clipped) == (2.0, 2)
    for words in ("median 2.50", "largest 9.50", "clip_norm = 2 in 2 of 4 means of 5 steps"):
        assert words in clipping.sentence


def test_a_model_without_records_has_no_clipping_to_tell(tmp_path: Path) -> None:
    assert read_clipping(tmp_path) is None
    write_run(tmp_path, [])
    assert read_clipping(tmp_path) is None
    write_run(tmp_path, [1.0])
    (tmp_path / "experiment.json").write_text("{", encoding="utf-8")
    assert read_clipping(tmp_path) is None
