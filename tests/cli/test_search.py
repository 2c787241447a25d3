"""Minimum Bayes risk on the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from nmt.evaluation.utility import utility_of
from nmt.minimum_bayes_risk import SHARPNESS
from nmt.translator import load
from tests.cli.conftest import Command


def records(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("metric", ["bleu", "chrf"])
def test_the_choice_is_the_best_of_the_whole_beam(
    model: Path, toy: Path, nmt: Command, metric: str
) -> None:
    command = f"translate --beam-size 4 --format jsonl --mbr {metric}"
    found = records(nmt(f"{command} --n-best 4", model, toy / "test.src").stdout)
    lines = (toy / "test.src").read_text(encoding="utf-8").splitlines()
    plain = load(model).translate(lines, beam_size=4, n_best=4)
    utility = utility_of(metric)
    for record, translation in zip(found, plain, strict=True):
        texts = [alternative.text for alternative in translation.alternatives]
        p = np.exp([SHARPNESS * alternative.score for alternative in translation.alternatives])
        expected = utility(texts) @ (p / p.sum())
        assert record["score"] == pytest.approx(expected.max(), abs=1e-3)
        scores = [each["score"] for each in record["n_best"]]  # type: ignore[attr-defined]
        assert scores == sorted(scores, reverse=True) and len(scores) == len(texts)
    best = records(nmt(command, model, toy / "test.src").stdout)  # the whole beam is weighed
    assert [each["translation"] for each in best] == [each["translation"] for each in found]
    assert all(len(each["n_best"]) == 1 for each in best)  # type: ignore[arg-type]
    assert [each["translation"] for each in best] != [each.text for each in plain]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--mbr bleu --beam-size 1", "--mbr"),
        ("--mbr bleu --beam-size 2 --n-best 3", "n_best 3"),
        ("--mbr ter", "--mbr"),
    ],
)
def test_what_leaves_no_choice_is_refused(
    model: Path, toy: Path, nmt: Command, options: str, message: str
) -> None:
    done = nmt(f"translate {options}", model, toy / "test.src")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr and "Traceback" not in done.stderr


def test_translations_that_are_there_are_not_searched(toy: Path, nmt: Command) -> None:
    test = toy / "test.tgt"
    done = nmt("evaluate --mbr bleu --hypothesis", test, "--reference", test)
    assert done.returncode == 2 and "--mbr goes with MODEL_DIR" in done.stderr
