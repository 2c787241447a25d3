"""The whole path on real text: train on Multi30k, translate its test set, evaluate, score."""

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from subprocess import CompletedProcess

import pytest

RunNmt = Callable[..., CompletedProcess[str]]
PAIRS, LINES = 2000, 40


def head(source: Path, target: Path, lines: int) -> Path:
    """The first lines of a file, in another file."""
    with source.open(encoding="utf-8", newline="\n") as file:
        target.write_text("".join(islice(file, lines)), encoding="utf-8", newline="\n")
    return target


@pytest.fixture(scope="module")
def folder(corpora: Path, run_nmt: RunNmt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a test set and a model of a small part of Multi30k, trained for seconds."""
    folder = tmp_path_factory.mktemp("multi30k")
    for side in ("de", "en"):
        head(corpora / "multi30k" / f"train.{side}", folder / f"train.{side}", PAIRS)
        head(corpora / "multi30k" / f"val.{side}", folder / f"valid.{side}", LINES)
        head(corpora / "multi30k" / f"test_2016_flickr.{side}", folder / f"test.{side}", LINES)
    options = ["--source", folder / "train.de", "--target", folder / "train.en"]
    options += ["--valid-source", folder / "valid.de", "--valid-target", folder / "valid.en"]
    options += ["--languages", "de-en", "-o", folder / "model"]
    for setting in (
        "tokenizer.vocabulary_size=1000", "model.embedding_size=64", "model.hidden_size=128",
        "training.max_steps=150", "training.validation_interval=150", "training.warmup_steps=20",
        "training.learning_rate=5e-3", "training.average_decay=0.9", "training.batch_tokens=1024",
    ):  # fmt: skip
        options += ["--set", setting]
    done = run_nmt("train", *options)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_model_has_learnt_something(folder: Path, run_nmt: RunNmt) -> None:
    files = ["--source", folder / "test.de", "--reference", folder / "test.en"]
    done = run_nmt("evaluate", folder / "model", *files, "--json")
    result = json.loads(done.stdout)
    assert result["sentences"] == LINES
    assert result["bleu"]["score"] > 1.0
    assert result["perplexity"] < 150  # of 1,000 equally likely tokens it would be 1,000
    assert result["bleu"]["signature"].startswith("nrefs:1|case:mixed|eff:no|tok:13a")


@pytest.mark.parametrize("beam_size", ["1", "5"])
def test_batch_sizes_give_the_same_translations(
    folder: Path, run_nmt: RunNmt, beam_size: str
) -> None:
    outputs = []
    for size in ("1", "7", "64"):
        options = ["--beam-size", beam_size, "--batch-size", size]
        outputs.append(run_nmt("translate", folder / "model", folder / "test.de", *options).stdout)
    assert len(outputs[0].splitlines()) == LINES
    assert len(set(outputs[0].splitlines())) > LINES // 4  # it does not say the same of everything
    assert outputs[0] == outputs[1] == outputs[2]


def test_a_translation_is_more_probable_than_that_of_another_line(
    folder: Path, run_nmt: RunNmt
) -> None:
    lines = (folder / "test.en").read_text(encoding="utf-8").splitlines()
    wrong = folder / "wrong.en"
    wrong.write_text("".join(f"{line}\n" for line in lines[1:] + lines[:1]), encoding="utf-8")
    sums = []
    for target in (folder / "test.en", wrong):
        done = run_nmt(
            "score", folder / "model", "--source", folder / "test.de", "--target", target
        )
        sums.append(sum(map(float, done.stdout.split())))
    assert sums[0] > sums[1]
