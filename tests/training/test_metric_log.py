"""metrics.jsonl reads as if the run had never been interrupted."""

import json
from pathlib import Path

import pytest

from nmt.errors import NmtError
from nmt.training.metric_log import METRICS_FILE, MetricLog, read_metrics

EVENTS = [
    {"event": "start", "step": 0},
    {"event": "train", "step": 5, "loss": 2.5},
    {"event": "valid", "step": 10, "example": ["a\u2028b", "ü", "\n"]},
    {"event": "checkpoint", "step": 10},
    {"event": "train", "step": 15},
]


def write_all(folder: Path) -> None:
    """Log the events of a new run."""
    log = MetricLog(folder, last_step=0)
    for event in EVENTS:
        log.write(event)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_all(tmp_path)
    assert read_metrics(tmp_path) == EVENTS


def test_each_event_is_a_line(tmp_path: Path) -> None:
    write_all(tmp_path)
    lines = (tmp_path / METRICS_FILE).read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line) for line in lines] == EVENTS


def test_no_file_means_no_events(tmp_path: Path) -> None:
    assert read_metrics(tmp_path) == []


@pytest.mark.parametrize("last_step", [0, 5, 9, 10, 15, 99])
def test_events_after_the_last_step_are_dropped(tmp_path: Path, last_step: int) -> None:
    write_all(tmp_path)
    MetricLog(tmp_path, last_step=last_step)
    assert read_metrics(tmp_path) == [e for e in EVENTS if int(str(e["step"])) <= last_step]


def test_the_end_of_a_stopped_run_is_no_end(tmp_path: Path) -> None:
    write_all(tmp_path)
    log = MetricLog(tmp_path, last_step=15)
    log.write({"event": "end", "step": 15, "reason": "interrupted"})
    MetricLog(tmp_path, last_step=15)
    assert read_metrics(tmp_path) == EVENTS


def test_a_last_line_cut_off_at_any_byte_is_left_out(tmp_path: Path) -> None:
    write_all(tmp_path)
    path = tmp_path / METRICS_FILE
    whole = path.read_bytes()
    start = whole.rstrip(b"\n").rindex(b"\n") + 1
    for end in range(start, len(whole) - 1):
        path.write_bytes(whole[:end])
        assert read_metrics(tmp_path) == EVENTS[:-1]


def test_after_a_cut_off_line_the_log_goes_on_cleanly(tmp_path: Path) -> None:
    write_all(tmp_path)
    path = tmp_path / METRICS_FILE
    path.write_bytes(path.read_bytes()[:-9])
    log = MetricLog(tmp_path, last_step=10)
    log.write(EVENTS[-1])
    assert read_metrics(tmp_path) == EVENTS


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    log = MetricLog(tmp_path, last_step=0)
    log.path.unlink()
    log.path.mkdir()
    with pytest.raises(NmtError, match=r"metrics\.jsonl: cannot be written"):
        log.write({"event": "train"})


@pytest.mark.parametrize(
    "damage", [b'{"event": "tr', b"\xff\xfe", b"[1, 2]", b"7", b"null", b"", b'{"step": "x"}']
)
def test_a_damaged_line_costs_no_other(tmp_path: Path, damage: bytes) -> None:
    write_all(tmp_path)
    path = tmp_path / METRICS_FILE
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:2], damage, *lines[2:]]))
    assert read_metrics(tmp_path) == EVENTS
    MetricLog(tmp_path, last_step=15)
    assert read_metrics(tmp_path) == EVENTS
