"""`nmt diversify`: from two models to a corpus that `nmt train` takes in either direction."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nmt.cli.diversify import check_directions, diversify
from nmt.errors import ModelError
from nmt.translator import Translator, load
from tests.cli.conftest import SMALL, Command, Finished


@pytest.fixture(scope="session")
def back(
    run_nmt: Callable[..., Finished], toy: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A model of the other direction."""
    folder = tmp_path_factory.mktemp("trained") / "back-model"
    files = ["--source", toy / "train.tgt", "--target", toy / "train.src"]
    steps = ["--set", "training.max_steps=40", "--set", "training.learning_rate=0.01"]
    done = run_nmt("train", *files, *SMALL, *steps, "--languages", "en-de", "-o", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_corpus_of_both_models_trains_both_directions(
    toy: Path, model: Path, back: Path, tmp_path: Path, nmt: Command
) -> None:
    output = tmp_path / "diversified.jsonl"
    done = nmt("diversify --beam-size 1", model, "--back", back, "-o", output)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    kinds = Counter(row["origin"] for row in rows)
    assert kinds["corpus"] == 300 and min(kinds["forward"], kinds["back"]) > 250
    counts = ", ".join(f"{kinds[kind]} {kind}" for kind in ("corpus", "forward", "back"))
    assert done.stdout == f"{len(rows)} pairs ({counts}): {output}\n"
    assert done.stderr == "nmt: 300 pairs\n"
    sources, targets = (
        (toy / f"train.{side}").read_text("utf-8").splitlines() for side in ("src", "tgt")
    )
    assert [row["de"] for row in rows[:300]] == sources
    assert [row["en"] for row in rows[:300]] == targets
    made = {row["de"]: row["en"] for row in rows if row["origin"] == "forward"}
    assert set(made) <= set(sources)
    some = list(made)[:20]
    found = load(model).translate(some, beam_size=1)
    assert [made[text] for text in some] == [translation.text for translation in found]
    assert {row["en"] for row in rows if row["origin"] == "back"} <= set(targets)
    for languages in ("de-en", "en-de"):
        trained = nmt("train --dry-run --corpus", output, "--languages", languages, *SMALL)
        assert trained.returncode == 0, trained.stderr
        assert f"{len(rows):,} pairs of {len(rows):,}" in trained.stdout


def test_the_corpus_may_be_named(toy: Path, model: Path, tmp_path: Path, nmt: Command) -> None:
    output = tmp_path / "out.jsonl"
    files = ["--source", toy / "test.src", "--target", toy / "test.tgt"]
    done = nmt("diversify --beam-size 1", model, *files, "-o", output)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    sources = (toy / "test.src").read_text("utf-8").splitlines()
    assert [row["de"] for row in rows if row["origin"] == "corpus"] == sources
    assert not any(row["origin"] == "back" for row in rows)


def test_models_are_loaded_in_the_precision_named(
    toy: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Translator] = []

    def record(folder: Path, *, device: str, precision: str) -> Translator:
        loaded.append(load(folder, device=device, precision=precision))
        return loaded[-1]

    monkeypatch.setattr("nmt.translator.load", record)
    for precision in ("bfloat16", "float32"):
        files = {"source": toy / "test.src", "target": toy / "test.tgt"}
        output = tmp_path / f"{precision}.jsonl"
        diversify([model], output, **files, beam_size=1, precision=precision)
        assert output.exists()
        dtype = loaded[-1].models[0].model.output.weight.dtype
        assert str(dtype) == f"torch.{precision}"


def test_what_changes_the_translations_changes_the_key_of_unfinished_parts(
    toy: Path, model: Path, back: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[str] = []

    def record(
        pairs: object, made: object, output: Path, key: object, tell: object
    ) -> dict[str, int]:
        keys.append(json.dumps(key, sort_keys=True))
        return {}

    monkeypatch.setattr("nmt.diversification.diversify", record)
    test = {"source": toy / "test.src", "target": toy / "test.tgt"}
    train = {"source": toy / "train.src", "target": toy / "train.tgt"}
    cases: list[dict[str, Any]] = [
        {},
        {"precision": "bfloat16"},
        {"beam_size": 2},
        {"back": [back]},
        {"files": train},
    ]
    for _ in range(2):
        for case in cases:
            files = case.get("files", test)
            others = {name: value for name, value in case.items() if name != "files"}
            diversify([model], tmp_path / "out.jsonl", **files, **{"beam_size": 1} | others)
    assert len(set(keys)) == len(cases)
    assert keys[: len(cases)] == keys[len(cases) :]


def test_what_does_not_go_together_is_refused(
    toy: Path, model: Path, back: Path, tagged_model: Path, tmp_path: Path, nmt: Command
) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    (copy / "experiment.json").unlink()
    output = tmp_path / "out.jsonl"
    cases = {
        f"{model}: translates de to en, where a model of en to de": [model, "--back", model],
        f"{back}: translates en to de, where a model of de to en is expected": [model, back],
        "tags (<a>, <b>): a corpus with tags": [tagged_model],
        f"{copy}: has no experiment.json, which names its corpus; give --source": [copy],
        "--target is missing": [model, "--source", toy / "train.src"],
        "nowhere: ": [model, "--back", tmp_path / "nowhere"],
        "precision half: choose float32 or bfloat16": [model, "--precision", "half"],
    }
    for message, arguments in cases.items():
        done = nmt("diversify -o", output, *arguments)
        assert done.returncode == 2, message
        assert message in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_a_model_without_languages_is_taken_as_it_is_given() -> None:
    def model(source: str, target: str) -> Any:
        config = SimpleNamespace(source_language=source, target_language=target)
        return SimpleNamespace(models=[SimpleNamespace(config=config, folder=Path("m"))])

    unnamed, ahead, turned = model("source", "target"), model("de", "en"), model("en-GB", "de")
    assert check_directions([unnamed], [unnamed]) == ("source", "target")
    assert check_directions([unnamed, ahead], [unnamed, turned]) == ("de", "en")
    assert check_directions([unnamed], [turned]) == ("de", "en-GB")
    assert check_directions([model("en-GB", "en-US")], []) == ("source", "target")
    with pytest.raises(ModelError, match="m: translates en-GB to de, where a model of de to en"):
        check_directions([ahead, turned], [])
