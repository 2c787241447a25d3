"""`nmt train`: where it writes, what it refuses, and how it stops when it is told to."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch

from tests.cli.conftest import (
    Command,
    Finished,
    read_events,
    start_training,
    wait_for_step,
    without_clocks,
)

RunNmt = Callable[..., Finished]


def test_a_run_leaves_a_complete_directory(model: Path) -> None:
    names = {path.name for path in model.iterdir()}
    assert names == {
        "config.json", "tokenizer.model", "model.safetensors", "README.md", "experiment.json",
        "metrics.jsonl", "training",
    }  # fmt: skip
    assert not [path for path in model.rglob("*") if path.name.startswith(".")]


def test_a_corpus_may_have_a_name_that_is_not_utf8(
    nmt: Command, toy: Path, toy_options: list[str], tmp_path: Path
) -> None:
    source = tmp_path / os.fsdecode(b"gr\xf6sse.src")
    source.write_bytes((toy / "train.src").read_bytes())
    options = ["--source", source, "--set", "training.max_steps=2", "--overwrite"]
    done = nmt("train -o", tmp_path / "model", *toy_options, *options)
    assert done.returncode == 0, done.stderr
    experiment = json.loads((tmp_path / "model" / "experiment.json").read_text(encoding="utf-8"))
    assert experiment["config"]["data"]["train"][0]["source"] == str(source)
    assert "gr\\udcf6sse.src" in (tmp_path / "model" / "README.md").read_text(encoding="utf-8")


def test_dry_run_writes_nothing(nmt: Command, toy_options: list[str], tmp_path: Path) -> None:
    done = nmt("train --dry-run -o", tmp_path / "new", *toy_options)
    assert done.returncode == 0
    assert "300 pairs of 300" in done.stdout and "parameters" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_without_a_configuration_a_recipe_is_chosen_and_its_cost_predicted(
    nmt: Command, toy_options: list[str], tmp_path: Path
) -> None:
    done = nmt("train --dry-run -o", tmp_path / "new", *toy_options)
    assert done.returncode == 0, done.stderr
    assert "recipe       tiny: 300 pairs" in done.stdout
    assert "steps at most" in done.stdout and "GiB" in done.stdout
    steps = ["--set", "training.max_steps=2"]
    done = nmt("train -o", tmp_path / "new", *toy_options, *steps)
    assert "recipe tiny: 300 pairs" in done.stderr
    assert "for 2 steps of" in done.stderr and "GiB of memory" in done.stderr


def test_a_configuration_is_taken_as_it_is(
    nmt: Command, toy_options: list[str], tmp_path: Path
) -> None:
    (tmp_path / "own.toml").write_text('name = "own"\n')
    done = nmt("train --dry-run", tmp_path / "own.toml", "-o", tmp_path / "new", *toy_options)
    assert done.returncode == 0, done.stderr
    assert "recipe" not in done.stdout + done.stderr


def test_dry_run_finds_the_mistakes_of_a_run(
    nmt: Command, toy_options: list[str], tmp_path: Path
) -> None:
    mistakes = ["--device tpu", "--set model.attention_heads=5", "--from nowhere", "--resume"]
    mistakes += ["--set tokenizer.vocabulary_size=9999", "--valid-source nowhere"]
    for mistake in mistakes:
        done = nmt(f"train --dry-run -o {tmp_path / 'new'}", *toy_options, *mistake.split())
        assert (done.returncode, done.stdout) == (2, ""), mistake
    assert list(tmp_path.iterdir()) == []


def test_overwrite_deletes_the_old_run_and_nothing_else(
    nmt: Command, toy_options: list[str], tmp_path: Path
) -> None:
    steps = "--set training.max_steps=20"
    separate = "--set tokenizer.joint=false"
    assert nmt(f"train {steps} {separate} -o", tmp_path, *toy_options).returncode == 0
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "training" / "notes.txt").write_text("mine")
    assert (tmp_path / "source.model").exists()
    assert nmt("train --set training.max_steps=10 -o", tmp_path, *toy_options).returncode == 2
    done = nmt("train --set training.max_steps=10 --overwrite -o", tmp_path, *toy_options)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not (tmp_path / "source.model").exists()
    assert max(event["step"] for event in read_events(tmp_path)) == 10
    left = sorted(path.name for path in (tmp_path / "training").iterdir())
    assert left == ["checkpoint-00000000", "checkpoint-00000010", "notes.txt"]


def test_overwrite_deletes_nothing_of_a_folder_that_holds_no_run(
    nmt: Command, toy_options: list[str], tmp_path: Path
) -> None:
    mine = {"README.md": "mine", "config.json": '{"name": "mine"}', "training/train.de": "Haus"}
    (tmp_path / "training").mkdir()
    for name, text in mine.items():
        (tmp_path / name).write_text(text)
    done = nmt("train --set training.max_steps=1 --overwrite -o", tmp_path, *toy_options)
    assert done.returncode == 2 and "deletes nothing" in done.stderr
    for name, text in mine.items():
        assert (tmp_path / name).read_text() == text


@pytest.mark.parametrize(
    "left", [".experiment.json.7.tmp", "training/checkpoint-00000003/x", "experiment.json"]
)
def test_what_a_kill_left_of_a_young_run_can_be_overwritten(
    nmt: Command, toy_options: list[str], tmp_path: Path, left: str
) -> None:
    path = tmp_path / "run" / left
    path.parent.mkdir(parents=True)
    path.touch()
    options = ["-o", tmp_path / "run", *toy_options, *["--set", "training.max_steps=1"]]
    assert nmt("train --resume", *options).returncode == 2
    done = nmt("train --overwrite", *options)
    assert done.returncode == 0, done.stderr
    assert not list((tmp_path / "run").glob(".*"))


def test_settings_given_on_resume_reach_what_translates(
    nmt: Command, toy_options: list[str], tmp_path: Path
) -> None:
    assert nmt("train --set training.max_steps=2 -o", tmp_path, *toy_options).returncode == 0
    done = nmt("train --resume --languages xx-yy --set search.beam_size=2 -o", tmp_path)
    assert done.returncode == 0, done.stderr
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["search"]["beam_size"] == 2
    assert (config["source_language"], config["target_language"]) == ("xx", "yy")


def test_resume_and_from_exclude_each_other(
    nmt: Command, toy_options: list[str], model: Path, tmp_path: Path
) -> None:
    assert nmt("train --set training.max_steps=2 -o", tmp_path, *toy_options).returncode == 0
    done = nmt("train --resume --from", model, "-o", tmp_path)
    assert done.returncode == 2 and "choose one" in done.stderr


def test_a_configuration_file_names_the_output(
    nmt: Command, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.toml").write_text(f"""
name = "little"
[data]
root = '{toy}'
train = [{{ source = "train.src", target = "train.tgt" }}]
[model]
hidden_size = 16
[training]
max_steps = 1
""")
    assert nmt("train a.toml --set training.precision=float32").returncode == 0
    config = json.loads((tmp_path / "models" / "little" / "config.json").read_text())
    assert (config["name"], config["model"]["hidden_size"]) == ("little", 16)


def test_resume_needs_no_more_than_the_directory(
    nmt: Command, toy_options: list[str], tmp_path: Path
) -> None:
    assert nmt("train --set training.max_steps=10 -o", tmp_path, *toy_options).returncode == 0
    done = nmt("train --resume --set training.max_steps=20 -o", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "going on after step 10" in done.stderr
    assert [event["step"] for event in read_events(tmp_path, "valid")] == [10, 20]


def test_a_damaged_checkpoint_is_said_and_the_one_before_leads_to_the_same_end(
    nmt: Command, toy_options: list[str], tmp_path: Path
) -> None:
    assert nmt("train --set training.max_steps=20 -o", tmp_path, *toy_options).returncode == 0
    files = [*tmp_path.glob("training/checkpoint-00000020/*.safetensors")]
    whole = {path: path.read_bytes() for path in [*files, tmp_path / "model.safetensors"]}
    flipped = bytearray(whole[files[0]])
    flipped[-1] ^= 1
    files[0].write_bytes(flipped)
    done = nmt("train --resume -o", tmp_path)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "checkpoint is damaged" in line]
    assert f"{files[0].name} is not what was written" in line
    assert line.endswith("going on from checkpoint-00000010, the one before")
    assert {path: path.read_bytes() for path in whole} == whole


def test_resuming_a_finished_run_changes_nothing_and_says_so(
    nmt: Command, toy_options: list[str], tmp_path: Path
) -> None:
    assert nmt("train --set training.max_steps=10 -o", tmp_path, *toy_options).returncode == 0
    before = (tmp_path / "model.safetensors").read_bytes()
    done = nmt("train --resume -o", tmp_path)
    assert done.returncode == 0
    assert "over already" in done.stderr and "raise training.max_steps, or" in done.stderr
    assert (tmp_path / "model.safetensors").read_bytes() == before


def test_a_run_that_is_over_says_what_ended_it(
    nmt: Command, toy_options: list[str], tmp_path: Path
) -> None:
    assert nmt("train --set training.max_epochs=1 -o", tmp_path, *toy_options).returncode == 0
    done = nmt("train --resume --set training.max_steps=999 -o", tmp_path)
    assert "raise training.max_steps and training.max_epochs, or" in done.stderr
    done = nmt("train --resume --set training.max_epochs=2 -o", tmp_path)
    assert done.returncode == 0 and "over already" not in done.stderr


def test_from_goes_on_with_weights_and_tokenizer_of_a_model(
    nmt: Command, toy_options: list[str], model: Path, tmp_path: Path
) -> None:
    gently = "--set training.max_steps=1 --set training.learning_rate=1e-9"
    done = nmt(f"train {gently} -o", tmp_path / "tuned", *toy_options, "--from", model)
    assert done.returncode == 0, done.stderr
    tokenizer = (model / "tokenizer.model").read_bytes()
    assert (tmp_path / "tuned" / "tokenizer.model").read_bytes() == tokenizer
    old, new = (
        safetensors.torch.load_file(folder / "model.safetensors")
        for folder in (model, tmp_path / "tuned")
    )
    assert old.keys() == new.keys()
    assert all(old[name].allclose(new[name], atol=1e-6) for name in old)


def test_from_keeps_the_architecture_of_the_model(
    nmt: Command, toy_options: list[str], model: Path, tmp_path: Path
) -> None:
    options = [*toy_options, "--set", "training.max_steps=1", "--set", "model.dropout=0.5"]
    larger = [*options, "--set", "model.hidden_size=64"]
    wider = nmt("train -o", tmp_path / "x", *larger, "--from", model)
    assert wider.returncode == 2
    assert "model.hidden_size = 64: the model to start --from has 32" in wider.stderr
    default = nmt("train -o", tmp_path / "x", *options, *["--set", "model.hidden_size=512"],
                  "--from", model)  # fmt: skip
    assert "model.hidden_size = 512: the model to start --from has 32" in default.stderr
    assert nmt("train -o", tmp_path / "x", *options, "--from", model).returncode == 0
    config = json.loads((tmp_path / "x" / "config.json").read_text())
    assert (config["model"]["hidden_size"], config["model"]["dropout"]) == (32, 0.5)


def test_from_inherits_what_is_not_given(
    nmt: Command, toy: Path, toy_options: list[str], tmp_path: Path
) -> None:
    given = "model.dropout=0.125 search.beam_size=3 data.max_length=77 training.max_steps=1"
    options = [word for setting in given.split() for word in ("--set", setting)]
    base, tuned = tmp_path / "base", tmp_path / "tuned"
    done = nmt("train --languages xx-yy -o", base, *toy_options, *options)
    assert done.returncode == 0, done.stderr
    corpus = ["--source", toy / "train.src", "--target", toy / "train.tgt"]
    once = "--set training.max_steps=1 --set search.length_penalty=0.5"
    assert nmt(f"train {once} -o", tuned, *corpus, "--from", base).returncode == 0
    old, new = (json.loads((folder / "config.json").read_text()) for folder in (base, tuned))
    assert (new["source_language"], new["target_language"]) == ("xx", "yy")
    assert new["max_length"] == 77 and new["model"] == old["model"]
    assert new["search"] == old["search"] | {"length_penalty": 0.5}


def test_from_takes_the_tokenizer_to_another_corpus(
    nmt: Command, model: Path, tmp_path: Path
) -> None:
    for side in ("src", "tgt"):
        (tmp_path / f"new.{side}").write_text("eins zwei Haus\nrot\n" * 30, encoding="utf-8")
    pair = ["--source", tmp_path / "new.src", "--target", tmp_path / "new.tgt"]
    done = nmt("train --set training.max_steps=1 -o", tmp_path / "x", *pair, "--from", model)
    assert done.returncode == 0, done.stderr
    new, old = (folder / "tokenizer.model" for folder in (tmp_path / "x", model))
    assert new.read_bytes() == old.read_bytes()


def test_a_resumed_run_keeps_model_and_corpus(
    nmt: Command, toy: Path, toy_options: list[str], tmp_path: Path
) -> None:
    for side in ("src", "tgt"):
        (tmp_path / f"a.{side}").write_bytes((toy / f"train.{side}").read_bytes())
    pair = f"--source {tmp_path / 'a.src'} --target {tmp_path / 'a.tgt'}"
    run = tmp_path / "run"
    small = toy_options[8:]  # without the corpora
    assert nmt(f"train {pair} --set training.max_steps=2 -o {run}", *small).returncode == 0
    for change in ("model.cell=gru", "tokenizer.vocabulary_size=90", "model.decoder_layers=2"):
        done = nmt(f"train --resume -o {run} --set {change}")
        assert done.returncode == 2
        assert change.split("=")[0] in done.stderr and "cannot change on --resume" in done.stderr
    assert nmt(f"train --resume -o {run} --set model.dropout=0.5").returncode == 0
    with (tmp_path / "a.src").open("a") as source, (tmp_path / "a.tgt").open("a") as target:
        source.write("eins\n"), target.write("one\n")
    done = nmt(f"train --resume -o {run}")
    assert done.returncode == 2
    assert done.stderr.startswith("nmt: error: a.src: has changed since the run")


# --- stopping ---

STEPS = ["--set", "training.max_steps=60", "--set", "training.log_interval=1"]


@pytest.fixture(scope="module")
def whole(
    run_nmt: RunNmt, toy_options: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A run that is never interrupted; it has dropout and averaging."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    done = run_nmt("train", *toy_options, *STEPS, "-o", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize(("number", "step"), [(signal.SIGINT, 4), (signal.SIGTERM, 33)])
def test_a_stopped_run_saves_and_goes_on_to_the_same_end(
    number: int, step: int, whole: Path, toy_options: list[str], nmt: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    with start_training(folder, [*toy_options, *STEPS]) as process:
        wait_for_step(process, folder, step)
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "")
    assert f"Go on with: nmt train --resume -o {folder}" in errors.splitlines()[-1]
    assert "Traceback" not in errors
    stopped = read_events(folder)[-1]
    assert (stopped["event"], stopped["reason"]) == ("end", "interrupted")
    assert step <= stopped["step"] < 60
    assert (folder / "model.safetensors").exists() and (folder / "README.md").exists()
    done = nmt("train --resume -o", folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    for kind in ("train", "valid", "end"):
        before, after = (list(map(without_clocks, read_events(f, kind))) for f in (whole, folder))
        assert before == after


def test_stopping_before_training_leaves_nothing_to_go_on_with(
    toy_options: list[str], tmp_path: Path
) -> None:
    options = [*toy_options, "--set", f"data.cache={tmp_path / 'cache'}"]
    with start_training(tmp_path / "run", options) as process:
        assert process.stderr
        assert process.stderr.readline().startswith("nmt: preparing ")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors and "saved" not in errors
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_time_budget_is_kept_and_lets_the_rate_decay(
    toy_options: list[str], run_nmt: RunNmt, tmp_path: Path
) -> None:
    options = ["--time-budget", "20s"]
    patient = ["--set", "training.patience=100000", "--set", "training.validation_interval=200"]
    started = time.monotonic()
    done = run_nmt("train", *toy_options, *options, *patient, "-o", tmp_path / "run")
    seconds = time.monotonic() - started
    assert done.returncode == 0, done.stderr
    assert 15 < seconds < 30
    rates = [event["learning_rate"] for event in read_events(tmp_path / "run", "train")]
    end = read_events(tmp_path / "run", "end")[0]
    assert end["reason"] == "finished" and 18 < end["seconds"] < 22
    assert rates[-1] < max(rates) / 20
    warmed_up = rates[rates.index(max(rates)) :]
    assert warmed_up == sorted(warmed_up, reverse=True)
