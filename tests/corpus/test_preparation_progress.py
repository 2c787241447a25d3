"""A preparation that was killed goes on at its last full shard, and ends in the same files."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nmt.corpus.preparation_progress import CorpusProgress, PreparationProgress

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys, time
from pathlib import Path
from nmt.config import load_config
from nmt.corpus import encoded, preparation
from nmt.corpus.prepare import prepare
preparation.available_cores = lambda: 1
writer = encoded.ShardWriter
class Slow(writer):
    def __init__(self, folder, **options):
        super().__init__(folder, shard_rows=2000, **options)
    def write(self, batch):
        time.sleep(float(sys.argv[2]))
        return super().write(batch)
preparation.ShardWriter = Slow
prepared = prepare(load_config(Path(sys.argv[1])), log=lambda line: None)
print(prepared.folder)
"""


def start(config: Path, seconds: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(config), str(seconds)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        encoding="utf-8",
    )


def configure(folder: Path, name: str, reject: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(
        f'[data]\ncache = "{folder / name}"\ntrain = [{{ path = "a.tsv" }}, {{ path = "b.tsv" }}]\n'
        f"reject = [{reject}]\n[tokenizer]\nkind = 'char'\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(("sent", "reject"), [(signal.SIGKILL, ""), (signal.SIGINT, "'duplicate'")])
def test_an_interrupted_preparation_ends_in_the_same_files(
    tmp_path: Path, sent: signal.Signals, reject: str
) -> None:
    for name in ("a", "b"):
        rows = [f"{name} {n}\t{'' if n % 500 == 3 else n}\n" for n in range(10_000)]
        (tmp_path / f"{name}.tsv").write_text("".join([*rows, rows[0]]), encoding="utf-8")
    whole, _ = start(configure(tmp_path, "whole", reject), 0).communicate(timeout=100)
    config = configure(tmp_path, "broken", reject)
    process = start(config, 0.4)
    deadline = time.monotonic() + 60
    while not (found := list((tmp_path / "broken").glob("*.partial/progress.json"))):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(sent)
    process.communicate(timeout=60)
    assert process.returncode != 0
    done = json.loads(found[0].read_text())
    assert 0 < done["shards"] < 10
    first = found[0].parent / "train-00000.arrow"
    written = first.stat().st_mtime_ns
    resumed, _ = start(config, 0).communicate(timeout=100)
    folders = Path(whole.strip()), Path(resumed.strip())
    assert (folders[1] / "train-00000.arrow").stat().st_mtime_ns == written  # not done again
    names = [sorted(path.name for path in folder.iterdir()) for folder in folders]
    assert names[0] == names[1] and "progress.json" not in names[0]
    for name in names[0]:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name
    assert [path.name for path in (tmp_path / "broken").iterdir()] == [folders[1].name]


def test_progress_is_what_was_saved(tmp_path: Path) -> None:
    progress = PreparationProgress([CorpusProgress(9, 7, {"empty": 2})], 30, 40, 1, 99)
    progress.save(tmp_path)
    assert PreparationProgress.load(tmp_path) == progress


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"corpora": [{}], "x": 1}', '{"corpora": [3]}'])
def test_damaged_progress_is_none(tmp_path: Path, text: str) -> None:
    assert PreparationProgress.load(tmp_path) is None
    (tmp_path / "progress.json").write_text(text)
    assert PreparationProgress.load(tmp_path) is None
