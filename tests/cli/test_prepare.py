"""`nmt prepare`: every pair is kept or accounted for, and is prepared once."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command


@pytest.fixture
def corpus(toy: Path, tmp_path: Path) -> list[str | Path]:
    """The toy corpus with three pairs to leave out."""
    for side in ("src", "tgt"):
        text = (toy / f"train.{side}").read_text(encoding="utf-8")
        empty = {"src": "\n \n", "tgt": "\none\n"}[side]
        (tmp_path / f"a.{side}").write_text(f"{text}{empty}{'eins ' * 500}\n", encoding="utf-8")
    return ["--source", tmp_path / "a.src", "--target", tmp_path / "a.tgt"]


def test_each_pair_is_kept_or_accounted_for(corpus: list[str | Path], nmt: Command) -> None:
    report = json.loads(nmt("prepare --json", *corpus).stdout)
    assert report["read"] == 303
    assert report["kept"] == 300 and report["rejected"] == {"empty": 2, "too_long": 1}
    records = (Path(report["folder"]) / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    left_out = [(r["line"], r["reason"]) for r in map(json.loads, records)]
    assert left_out == [(301, "empty"), (302, "empty"), (303, "too_long")]


def test_an_unchanged_corpus_is_prepared_once(
    corpus: list[str | Path], nmt: Command, tmp_path: Path
) -> None:
    cache = f"--set data.cache={tmp_path / 'cache'}"
    first, second = (json.loads(nmt(f"prepare --json {cache}", *corpus).stdout) for _ in range(2))
    assert (first.pop("reused"), second.pop("reused")) == (False, True)
    assert first == second
    other = json.loads(nmt(f"prepare --json {cache} --set data.max_length=9", *corpus).stdout)
    assert not other["reused"] and other["folder"] != first["folder"]


def test_the_line_for_people_has_the_counts(corpus: list[str | Path], nmt: Command) -> None:
    done = nmt("prepare", *corpus)
    left_out = "left out: 2 with an empty side, 1 longer than data.max_length"
    assert done.stdout.startswith(f"300 sentence pairs of 303 ({left_out}; see rejected.jsonl)")
    assert done.stdout.count("\n") == 1


def test_one_tsv_file_is_a_corpus(toy: Path, nmt: Command, tmp_path: Path) -> None:
    sides = [(toy / f"train.{s}").read_text(encoding="utf-8").splitlines() for s in ("src", "tgt")]
    lines = ["\t".join(pair) for pair in zip(*sides, strict=True)]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines), encoding="utf-8")
    report = json.loads(nmt("prepare --json --corpus", tmp_path / "pairs.tsv").stdout)
    assert report["kept"] == 300


def test_settings_reach_the_tokenizer(toy: Path, nmt: Command) -> None:
    pair = ["--source", toy / "train.src", "--target", toy / "train.tgt"]
    options = "--set tokenizer.vocabulary_size=70 --set tokenizer.joint=false"
    assert json.loads(nmt(f"prepare --json {options}", *pair).stdout)["vocabulary"] == [70, 70]
