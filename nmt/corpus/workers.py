"""Work on chunks of a corpus in parallel processes; results come in the order of the chunks."""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import chain, islice
from multiprocessing.connection import wait
from typing import Any, TypeVar

from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError

CHUNK = 4096  # pairs that travel to a process at once
CHUNK_CHARACTERS = 8_000_000  # at most, or one pair
CHUNKS_WORTH_PROCESSES = 5  # with fewer, starting them takes longer than they save
QUEUED = 3  # chunks that wait or are in work, for each process: the bound on memory

Item = TypeVar("Item")
Result = TypeVar("Result")

_function: Callable[[Any], object] | None = None  # of this process, set once by `_begin`


def available_cores() -> int:
    """The processor cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_chunks(pairs: Iterable[SentencePair]) -> Iterator[list[SentencePair]]:
    """The pairs, in lists of `CHUNK`; those before a damaged place come before its error.

    Of very long lines there are fewer in a list, to bound the memory.
    """
    chunk: list[SentencePair] = []
    characters = 0
    try:
        for pair in pairs:
            chunk.append(pair)
            characters += len(pair.source) + len(pair.target)
            if len(chunk) == CHUNK or characters >= CHUNK_CHARACTERS:
                yield chunk
                chunk, characters = [], 0
    except DataError:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


def map_chunks(
    function: Callable[[Item], Result], chunks: Iterable[Item], *, workers: int
) -> Iterator[tuple[Item, Result]]:
    """Each chunk and `function` of it, in order; a few chunks are in memory at a time.

    Where processes can be forked, `function` may hold what does not pickle; its results must.

    Raises:
        DataError: a process was killed, most likely because memory ran out.
    """
    iterator = iter(chunks)
    head = list(islice(iterator, CHUNKS_WORTH_PROCESSES))
    chunks = chain(head, iterator)
    if workers == 1 or len(head) < CHUNKS_WORTH_PROCESSES:
        yield from ((chunk, function(chunk)) for chunk in chunks)
        return
    # Forking starts a process at once. Elsewhere than on Linux, system libraries forbid it.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(workers, context, partial(_begin, function))
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    try:
        for chunk in chunks:
            waiting.append((chunk, pool.submit(_work, chunk)))
            if len(waiting) >= QUEUED * workers:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()
    except BrokenProcessPool:
        raise DataError(
            "a worker process was killed; if memory ran out, close other programs or use fewer "
            "cores (taskset -c 0 nmt ...)"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(function: Callable[[Any], object]) -> None:
    """Make a process ready to work; only its parent answers signals from the keyboard."""
    global _function
    _function = function
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when its parent is gone, even if that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _work(chunk: Any) -> Any:
    assert _function is not None
    return _function(chunk)
