"""Lines in, lines out: input read as it comes, output written in order."""

import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from nmt.corpus.readers.lines import LineDecoder, raw_lines, read_lines
from nmt.errors import DataError, NmtError

STANDARD_INPUT = "standard input"


def is_standard_input(path: Path | None) -> bool:
    """Whether a command reads standard input: no INPUT, or "-"."""
    return path is None or str(path) == "-"


def read_windows(path: Path | None, size: int) -> Iterator[list[str]]:
    """The lines of a file, or of standard input, `size` at a time.

    From standard input a window holds the lines that are there already, so that nobody waits for
    a translation until more lines come.
    """
    if is_standard_input(path):
        yield from _read_standard_input(size)
        return
    assert path is not None
    window: list[str] = []
    for line in read_lines(path):
        window.append(line)
        if len(window) == size:
            yield window
            window = []
    if window:
        yield window


def _read_standard_input(size: int) -> Iterator[list[str]]:
    lines: queue.Queue[str | NmtError | None] = queue.Queue(maxsize=size)
    if sys.stdin is None:
        raise DataError("standard input is closed; name the file to read")
    # A reader of its own: Python aborts if, as it exits, a thread still waits in sys.stdin's.
    file = open(sys.stdin.fileno(), "rb", closefd=False)  # noqa: SIM115

    def read() -> None:
        decoder = LineDecoder(STANDARD_INPUT)
        try:
            for number, raw in enumerate(raw_lines(file, STANDARD_INPUT), start=1):
                lines.put(decoder.decode(raw, number))
            lines.put(None)
        except NmtError as error:
            lines.put(error)
        except OSError as error:
            lines.put(DataError(f"{STANDARD_INPUT} cannot be read: {error.strerror}"))

    threading.Thread(target=read, daemon=True).start()
    while True:
        items = [lines.get()]  # wait for one, then take what else is there
        while len(items) < size and not lines.empty():
            items.append(lines.get())
        window = [item for item in items if isinstance(item, str)]
        if window:
            yield window
        if isinstance(items[-1], NmtError):
            raise items[-1]
        if items[-1] is None:
            return
