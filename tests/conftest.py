"""Fixtures of all tests: real corpora, a toy corpus, and the `nmt` command as a real process."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).resolve().parents[1]

# The toy language: each English word stands for one German word, in the same order.
LEXICON = {
    "eins": "one", "zwei": "two", "drei": "three", "vier": "four", "sechs": "six", "acht": "eight",
    "rot": "red", "blau": "blue", "grün": "green", "weiß": "white", "klein": "small",
    "groß": "large", "Haus": "house", "Baum": "tree", "Katze": "cat", "Vögel": "birds",
    "Tür": "door", "Brot": "bread", "Wasser": "water", "heute": "today",
}  # fmt: skip


def pytest_configure() -> None:
    """Set the environment of the test processes and their children, before torch is imported."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell ignores it
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the workers of pytest-xdist share the cores
    os.environ.setdefault("MPLBACKEND", "Agg")
    os.environ["HF_HUB_OFFLINE"] = "1"  # no test may need a network


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the encoded corpora of the tests out of the user's cache."""
    os.environ["NMT_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of the real corpora, in $NMT_CORPORA; without it the test is skipped."""
    folder = (ROOT / os.environ.get("NMT_CORPORA", "../shared/data")).resolve()
    if not (folder / "multi30k").is_dir():
        message = f"no real corpora in {folder}; set NMT_CORPORA to their folder"
        if os.environ.get("NMT_REQUIRE_CORPORA") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture
def tiny_corpus(tmp_path: Path) -> Path:
    """A folder with {train,valid,test}.{src,tgt}: 400, 40 and 40 toy pairs, all different."""
    chooser = random.Random(1)
    sentences: dict[tuple[str, ...], None] = {}  # a set that keeps its order
    while len(sentences) < 480:
        sentences[tuple(chooser.choices(list(LEXICON), k=chooser.randint(2, 7)))] = None
    folder = tmp_path / "tiny_corpus"
    folder.mkdir()
    pairs = [(" ".join(s), " ".join(LEXICON[word] for word in s)) for s in sentences]
    for name, part in {"train": pairs[:400], "valid": pairs[400:440], "test": pairs[440:]}.items():
        for side, suffix in enumerate(("src", "tgt")):
            text = "".join(f"{pair[side]}\n" for pair in part)
            (folder / f"{name}.{suffix}").write_text(text, encoding="utf-8")
    return folder


class RunNmt(Protocol):
    """`run_nmt("translate", model, stdin="Hallo\\n")`: the finished process, its output as text."""

    def __call__(
        self,
        *args: str | Path,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def run_nmt() -> RunNmt:
    """Run `nmt ARGS` as a real process, with `env` added to the environment; check no status."""

    def run(
        *args: str | Path,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "nmt", *map(str, args)],
            input=stdin or "",
            env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **(env or {})},
            timeout=timeout,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return run
