"""metrics.jsonl: one JSON object for each event of a training run."""

import json
from pathlib import Path
from typing import Any

from nmt.atomic import write_atomically, write_error

METRICS_FILE = "metrics.jsonl"


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """The events of a run so far; a line that is damaged, as a kill leaves one, is left out."""
    path = folder / METRICS_FILE
    if not path.exists():
        return []
    events = []
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and isinstance(event.get("step"), int):
            events.append(event)
    return events


class MetricLog:
    """Appends events; after a resume, none of a step stands there twice."""

    def __init__(self, folder: Path, *, last_step: int) -> None:
        """Open the log, without the events after `last_step`, which the run will meet again."""
        self.path = folder / METRICS_FILE
        events = read_metrics(folder)
        kept = [e for e in events if e["step"] <= last_step and e.get("event") != "end"]
        text = "".join(json.dumps(event) + "\n" for event in kept)
        write_atomically(self.path, lambda path: path.write_text(text, encoding="utf-8"))

    def write(self, event: dict[str, Any]) -> None:
        """Append one event."""
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(event) + "\n")
        except OSError as error:
            raise write_error(self.path, error) from None
