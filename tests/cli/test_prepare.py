"""`nmt prepare`: every pair is kept or accounted for, and is prepared once."""

import json
import os
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


def test_languages_choose_the_sides_of_a_memory(nmt: Command, tmp_path: Path) -> None:
    variants = "".join(
        f'<tuv xml:lang="{tag}"><seg>{word} here</seg></tuv>'
        for tag, word in (("en", "word"), ("de", "Wort"), ("fr", "mot"))
    )
    body = f"<tu>{variants}</tu>" * 40
    memory = tmp_path / "three.tmx"
    memory.write_text(f"<tmx><header/><body>{body}</body></tmx>")
    line = "prepare --json --set tokenizer.kind=char --corpus"
    refused = nmt(line, memory)
    assert refused.returncode == 2
    assert "choose two with --languages, such as en-de" in refused.stderr
    assert json.loads(nmt(line, memory, "--languages", "en-de").stdout)["kept"] == 40


def test_a_name_that_is_not_utf8_is_shown_escaped(nmt: Command, tmp_path: Path) -> None:
    source, target = tmp_path / os.fsdecode(b"gr\xf6sse.de"), tmp_path / "a.en"
    source.write_text("eins\n\n" * 30, encoding="utf-8")
    target.write_text("one\n" * 60, encoding="utf-8")
    pair = ["--source", source, "--target", target]
    report = json.loads(nmt("prepare --json --set tokenizer.kind=char", *pair).stdout)
    record = Path(report["folder"], "rejected.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert json.loads(record)["corpus"] == f"{source} + {target}"
    assert "gr\\udcf6sse.de" in nmt("check", *pair).stdout


def test_the_home_of_nobody_is_one_line(nmt: Command) -> None:
    done = nmt("prepare --set", 'data.train=[{path="~nobody_x/a.tsv"}]')
    assert (done.returncode, done.stderr) == (
        2, "nmt: error: ~nobody_x/a.tsv: there is no such user; write ./~ for a file's name\n"
    )  # fmt: skip
