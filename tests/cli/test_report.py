"""`nmt report`: learning curves of runs; with --gradients how far back gradients reach."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command, read_events


def test_json_has_every_layer_and_the_training_of_the_model(
    model: Path, toy: Path, nmt: Command
) -> None:
    files = ("--source", toy / "test.src", "--target", toy / "test.tgt")
    done = nmt("report --gradients --json", model, *files)
    values = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (values["sentences"], values["random"]) == (30, False)
    layers = [(entry["layer"], entry["part"], entry["attention"]) for entry in values["layers"]]
    encoder = [
        (f"encoder 1 {way}", part, attention)
        for way in ("ahead", "back")
        for attention in (True, False)
        for part in ("state", "h", "c")
    ]
    assert layers == [("decoder 1", part, True) for part in ("state", "h", "c")] + encoder
    for entry in values["layers"]:
        assert len(entry["norms"]) == len(entry["sentences"]) and min(entry["norms"]) >= 0
    assert values["layers"][0]["norms"][0] == pytest.approx(1)
    logged = [event["gradient_norm"] for event in read_events(model, "train")]
    assert values["training"]["gradient_norms"] == logged
    assert values["training"]["clipped"] == sum(norm > 1.0 for norm in logged)


def test_the_table_has_a_line_and_a_verdict_for_each_layer(model: Path, nmt: Command) -> None:
    done = nmt("report --gradients --sentences 3", model)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert "3 sentences of random tokens" in lines[0]
    for layer in ("decoder 1", "encoder 1 ahead", "encoder 1 back, no attention"):
        numbers, judged = [line for line in lines if line.startswith(f"{layer}  ")]
        assert len(numbers.removeprefix(layer).split()) == 6  # distances 0 1 2 4 8 16
        assert ("reached directly" in judged) == (layer == "encoder 1 ahead")
    assert lines[-1].startswith("gradient norm in training")


def test_a_model_without_its_records_and_pairs_without_text(
    model: Path, nmt: Command, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(model, tmp_path / "copy"))
    (copy / "metrics.jsonl").unlink()
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("eins\n\nzwei\n", encoding="utf-8")
    target.write_text("\none red house\ntwo\n", encoding="utf-8")
    options = ("--source", source, "--target", target)
    done = nmt("report --gradients --json", copy, *options)
    values = json.loads(done.stdout)
    assert values["sentences"] == 2 and values["training"] is None
    target.write_text("\n\n\n", encoding="utf-8")
    done = nmt("report --gradients", copy, *options)
    assert done.returncode == 2 and "no pair with text" in done.stderr


def test_a_drawing_is_written(model: Path, nmt: Command, tmp_path: Path) -> None:
    done = nmt("report --gradients --sentences 2", model, "-o", tmp_path / "page.html")
    assert done.returncode == 0 and done.stdout.startswith("The gradient of the loss")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<svg" in page and "toy-model" in page and done.stdout.splitlines()[3] in page


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("report {model} --source x", "--source: only with --gradients"),
        (
            "report {model} --sentences 3 --threads 1",
            "--sentences, --threads: only with --gradients",
        ),
        ("report {model} --gradients --over steps", "not over steps"),
        ("report {model} -o curves.doc", "curves.doc"),
        ("report {model} no/such/model", "no such model directory"),
        ("report {model} --over hours", "hours"),
        ("report {model} {model} --gradients", "name one"),
        ("report {model} --gradients --source x", "--target is missing"),
        ("report {model} --gradients --target x", "--source is missing"),
        ("report {model} --gradients --tag x", "--tag goes with --source"),
        ("report {model} --gradients -o page.doc", "page.doc"),
        ("report {model} --gradients --device tpu", "tpu"),
        ("report no/such/model --gradients", "no such model directory"),
    ],
)
def test_mistakes_are_one_line(line: str, message: str, model: Path, nmt: Command) -> None:
    done = nmt(line.format(model=model))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert message in done.stderr


def test_a_run_is_drawn_into_its_directory(model: Path, nmt: Command, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(model, tmp_path / "copy"))
    done = nmt("report", copy)
    assert done.returncode == 0
    head, row = done.stdout.splitlines()
    assert head.startswith("run ") and row.startswith("copy ") and row.endswith(" finished")
    written = [copy / "curves.html", copy / "curves.png"]
    assert done.stderr == "".join(f"nmt: wrote {path}\n" for path in written)
    assert row in written[0].read_text(encoding="utf-8")
    assert written[1].read_bytes().startswith(b"\x89PNG")


def test_where_the_directory_takes_no_drawing_another_place_is_named(
    model: Path, nmt: Command, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(model, tmp_path / "copy"))
    (copy / "curves.html").mkdir()
    done = nmt("report", copy)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "curves.html: cannot be written" in done.stderr and "-o FILE" in done.stderr
    assert nmt("report", copy, "-o", tmp_path / "curves.png").returncode == 0


def test_several_runs_are_one_plot(model: Path, nmt: Command, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(model, tmp_path / "copy"))
    done = nmt("report --json", model, copy)
    assert (done.returncode, done.stderr) == (0, "nmt: -o FILE draws the curves\n")
    runs = json.loads(done.stdout)["runs"]
    assert [run["name"] for run in runs] == ["toy-model", "copy"]
    logged = [event["loss"] for event in read_events(model, "train")]
    assert runs[0]["series"]["train loss"]["values"] == logged
    done = nmt("report --over minutes -o", tmp_path / "both.html", model, copy)
    page = (tmp_path / "both.html").read_text(encoding="utf-8")
    assert done.returncode == 0 and page.count("<svg") == 1 and "toy-model" in page
    assert not (copy / "curves.html").exists()


def test_only_drawing_needs_matplotlib(
    model: Path, nmt: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert nmt("report --gradients --sentences 2", model).returncode == 0
    for kind in ("--gradients", "--over steps"):
        done = nmt(f"report {kind} -o page.png", model)
        assert done.returncode == 2 and "nmt[plot]" in done.stderr
    done = nmt("report", model)
    assert done.returncode == 0 and done.stdout.startswith("run ")
    assert done.stderr == "nmt: to draw: pip install 'nmt[plot]'\n"
