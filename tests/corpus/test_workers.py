"""Work in processes: the results in order, bounded memory, and one line when a process dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial

import pytest

from nmt.corpus.sentence_pair import SentencePair
from nmt.corpus.workers import CHUNK, available_cores, in_chunks, map_chunks
from nmt.errors import DataError


def multiply(factor: int, number: int) -> tuple[int, int]:
    return factor * number, os.getpid()


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_come_in_the_order_of_the_chunks(workers: int) -> None:
    results = list(map_chunks(partial(multiply, 3), range(100), workers=workers))
    assert [(chunk, result) for chunk, (result, _) in results] == [(n, 3 * n) for n in range(100)]
    processes = {process for _, (_, process) in results}
    assert (os.getpid() in processes) == (workers == 1)
    assert len(processes) <= workers


def test_a_small_corpus_starts_no_process() -> None:
    results = list(map_chunks(partial(multiply, 1), range(4), workers=2))
    assert {process for _, (_, process) in results} == {os.getpid()}


def test_few_chunks_are_in_memory_at_a_time() -> None:
    taken = 0

    def chunks() -> Iterator[int]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield number

    for done, _ in enumerate(map_chunks(partial(multiply, 1), chunks(), workers=2)):
        assert taken - done <= 8


def refuse(number: int) -> None:
    if number == 7:
        raise DataError("corpus, line 7: refused")


def test_an_error_of_a_process_is_an_error_here() -> None:
    with pytest.raises(DataError, match="corpus, line 7: refused"):
        list(map_chunks(refuse, range(100), workers=2))


def die(number: int) -> None:
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_is_one_clear_line() -> None:
    with pytest.raises(DataError, match="a worker process was killed") as caught:
        list(map_chunks(die, range(100), workers=2))
    assert "\n" not in str(caught.value)


PROGRAM = """
import os, time
from nmt.corpus.workers import map_chunks
def slow(number):
    os.write(1, b"%d\\n" % os.getpid())  # in one piece: two processes write
    time.sleep(60)
list(map_chunks(slow, range(100), workers=2))
"""


def test_no_process_outlives_a_killed_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE)
    assert parent.stdout
    children = [int(parent.stdout.readline()) for _ in range(2)]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        if not any(is_alive(child) for child in children):
            return
        time.sleep(0.1)
    pytest.fail("a worker is still alive")


def is_alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_chunks_hold_every_pair_in_order() -> None:
    pairs = [SentencePair(str(n), "", n) for n in range(CHUNK + 1)]
    chunks = list(in_chunks(iter(pairs)))
    assert [len(chunk) for chunk in chunks] == [CHUNK, 1]
    assert [pair for chunk in chunks for pair in chunk] == pairs
    assert list(in_chunks([])) == []


def test_long_lines_make_small_chunks() -> None:
    long = SentencePair("x" * 3_000_000, "y" * 1_500_000, 1)
    assert [len(chunk) for chunk in in_chunks([long] * 5)] == [2, 2, 1]


def test_pairs_before_a_damaged_place_come_before_its_error() -> None:
    def damaged() -> Iterator[SentencePair]:
        yield SentencePair("a", "b", 1)
        raise DataError("line 2: damaged")

    chunks = in_chunks(damaged())
    assert next(chunks) == [SentencePair("a", "b", 1)]
    with pytest.raises(DataError, match="line 2"):
        next(chunks)


def test_there_is_a_core() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
