"""A user's mistakes: each ends with status 2 and one line that names what is wrong."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sentencepiece

from tests.cli.conftest import Command, Finished

ROOT = Path(__file__).resolve().parents[2]
PAIR = "--source train.src --target train.tgt"
CORPUS = "prepare --source"
TRAIN = f"train {PAIR} -o new --set training.max_steps=1"

CORPORA = [
    (f"{CORPUS} missing.src --target train.tgt", "missing.src: no such file"),
    (f"{CORPUS} train.src --target missing.tgt", "missing.tgt: no such file"),
    ("prepare --corpus missing.tsv", "missing.tsv: no such file"),
    (f"{TRAIN} --valid-source missing.src --valid-target valid.tgt", "missing.src: no such file"),
    (f"{TRAIN} --valid-source valid.src --valid-target missing.tgt", "missing.tgt: no such file"),
    (f"{CORPUS} folder --target train.tgt", "/folder: "),
    ("prepare --corpus folder", "/folder: "),
    (f"{TRAIN} --valid-source folder --valid-target valid.tgt", "folder: is a folder"),
    (f"{CORPUS} train.src --target short.tgt", "train.src has 300 lines", "short.tgt has 2"),
    (f"{TRAIN} --valid-source valid.src --valid-target short.tgt", "30 lines", "short.tgt has 2"),
    (f"{CORPUS} latin1.src --target short.tgt", "latin1.src, line 2, byte 2", "0xfc", "iconv"),
    (f"{CORPUS} utf16.src --target short.tgt", "utf16.src, line 1, byte 1", "UTF-16"),
    (f"{CORPUS} short.tgt --target latin1.src", "latin1.src, line 2, byte 2", "UTF-8"),
    (f"{CORPUS} empty --target empty", "empty: the corpus is empty"),
    (f"{CORPUS} blank --target blank", "no text"),
    (f"{TRAIN} --valid-source empty --valid-target empty", "the validation corpus is empty"),
    (f"{CORPUS} cut.gz --target train.tgt", "cut.gz, line", "gzip", "copy it again"),
    ("prepare --corpus one.tsv", "one.tsv, line 2: 1 column", "two are expected"),
    ("prepare --corpus three.tsv", "three.tsv, line 1: 3 columns", "two are expected"),
    ("prepare --source train.src", "--target is missing"),
    ("prepare --target train.tgt", "--source is missing"),
    (f"{TRAIN} --valid-source valid.src", "--valid-target is missing"),
    ("train -o new", "no training corpus", "--source", "data.train"),
    ("prepare both.toml", "data.train[0]", "source and target", "path"),
    (f"prepare {PAIR} --set data.max_length=1", "data.max_length = 1", "no pair is left"),
    (f"prepare {PAIR} --set data.cache=train.src/below", "train.src", "set data.cache"),
]
SETTINGS = [
    ("train missing.toml", "missing.toml: no such configuration file"),
    ("train folder", "folder: cannot be read"),
    ("train bad.toml", "bad.toml: not valid TOML", "line 2"),
    ("train latin1.src", "latin1.src: cannot be read"),
    ("train unknown.toml", "unknown.toml: model.hiden_size", "did you mean model.hidden_size"),
    (f"{TRAIN} --set model.hiden_size=8", "model.hiden_size", "did you mean model.hidden_size"),
    (f"{TRAIN} --set modle.hidden_size=8", "modle", "unknown section", "model"),
    (f"{TRAIN} --set training.hidden_size=8", "training.hidden_size", "model.hidden_size"),
    (f"{TRAIN} --set model.hidden_size=large", "model.hidden_size = 'large'", "whole number"),
    (f"{TRAIN} --set model.hidden_size=1.5", "model.hidden_size = 1.5", "whole number"),
    (f"{TRAIN} --set model=7", "model = 7", "section"),
    (f"{TRAIN} --set model.dropout=1", "model.dropout = 1", "less than 1"),
    (f"{TRAIN} --set model.hidden_size=33", "model.hidden_size = 33", "multiple of 2"),
    (f"{TRAIN} --set training.max_steps=0", "training.max_steps = 0", "greater than or equal to 1"),
    (f"{TRAIN} --set model.cell=transformer", "model.cell = 'transformer'", "'gru'"),
    (f"{TRAIN} --set model.hidden_size", "--set model.hidden_size", "SECTION.KEY=VALUE"),
    (f"{TRAIN} --set name.key=1 --set name=x --set name.key=1", "name is a setting"),
    (f"{TRAIN} --time-budget soon", "training.time_budget", "'soon'", "20m"),
    (f"{TRAIN} --time-budget 0m", "training.time_budget", "20m"),
    (f"{TRAIN} --languages deutsch", "--languages deutsch", "de-en"),
    (f"{TRAIN} --languages de-", "--languages de-", "de-en"),
    (f"{TRAIN} --set tokenizer.vocabulary_size=9000", "vocabulary_size = 9000", "or less"),
    (
        "prepare --source accents.src --target accents.src --set tokenizer.vocabulary_size=16",
        "or more",
    ),
    (f"{TRAIN} --set tokenizer.vocabulary_size=8", "tokenizer.vocabulary_size = 8", "16 or more"),
    (f"{TRAIN} --set model.attention_heads=3", "model.attention_heads = 3", "model.hidden_size"),
    (f"{TRAIN} --device tpu", "device tpu", "cpu"),
    (f"{TRAIN} --seed=-1", "--seed"),
    (f"{TRAIN} --seed=99999999999999999999", "--seed"),
    (f"{TRAIN} --set training.seed=99999999999999999999", "training.seed"),
    (f"{TRAIN} --set search.max_length_ratio=inf", "search.max_length_ratio"),
    (f"{TRAIN} --set search.length_penalty=11", "search.length_penalty"),
    (f"{TRAIN} --threads 0", "--threads"),
    (f"{TRAIN} --sead 1", "--sead", "--seed"),
    ("translat model", "translat", "translate"),
]
OUTPUTS = [
    (f"train {PAIR} -o train.src", "train.src: is a file", "directory"),
    (f"train {PAIR} -o folder", "folder: not empty", "--resume", "--overwrite"),
    (f"train {PAIR} -o train.src/below", "train.src"),
    ("train --resume -o nowhere", "nowhere: nothing to resume", "without --resume"),
    ("train --resume -o folder", "folder: nothing to resume", "without --resume"),
    ("train --resume", "--resume", "-o"),
    ("train --resume --overwrite -o model", "--resume", "--overwrite", "choose one"),
    (f"{TRAIN} --from folder", "folder: not a model directory"),
    (f"{TRAIN} --from nowhere", "nowhere: no such model directory"),
    ("train --resume -o model --set model.hidden_size=64", "model.hidden_size = 64", "32"),
    ("train --resume -o no_experiment", "no_experiment: nothing to resume"),
    ("train --resume -o bad_experiment", "experiment.json: damaged"),
    ("train --resume -o poor_experiment", "experiment.json: damaged"),
    ("train --resume -o bad_checkpoint", "checkpoint-00000060", "damaged", "--overwrite"),
    ("train --resume -o list_checkpoint", "checkpoint-00000060", "damaged", "--overwrite"),
]
MODELS = [
    ("translate nowhere train.src", "nowhere: no such model directory"),
    ("translate folder train.src", "folder: not a model directory", "config.json"),
    ("translate train.src", "train.src: a file where a model directory is expected"),
    ("translate train.src train.src", "train.src: a file where a model directory is expected"),
    ("info train.src", "train.src"),
    ("info nowhere", "nowhere: no such model directory"),
    ("score nowhere --source train.src --target train.tgt", "nowhere: no such model directory"),
    ("evaluate nowhere --source train.src --reference train.tgt", "nowhere: no such model"),
    ("info no_config", "no_config: not a model directory", "config.json"),
    ("info bad_config", "bad_config/config.json: damaged"),
    ("info poor_config", "poor_config/config.json", "'vocabulary'"),
    ("info foreign_config", "foreign_config/config.json: not written by nmt"),
    ("info odd_config", "odd_config/config.json: model.hidden_size = 'x'"),
    ("info newer", "newer/config.json: written by a newer nmt", "update"),
    ("info no_weights", "no_weights/model.safetensors: no such file", "--resume"),
    ("translate bad_weights train.src", "bad_weights/model.safetensors: damaged", "copy"),
    ("translate cut_weights train.src", "cut_weights/model.safetensors: damaged", "copy"),
    ("translate other_weights train.src", "other_weights/model.safetensors: does not fit"),
    ("translate no_tokenizer train.src", "no_tokenizer/tokenizer.model", "cannot be read"),
    ("translate bad_tokenizer train.src", "bad_tokenizer/tokenizer.model: damaged"),
    ("translate other_tokenizer train.src", "other_tokenizer: the tokenizer is not the one"),
    ("translate foreign_tokenizer train.src", "tokenizer.model", "first four tokens"),
    ("translate model other_languages train.src", "other_languages", "vocabulary", "ensemble"),
]
INPUTS = [
    ("translate model missing.txt", "missing.txt: no such file"),
    ("translate model latin1.src", "latin1.src, line 2, byte 2", "UTF-8"),
    ("translate model cut.gz", "cut.gz, line", "gzip"),
    ("translate model train.src --n-best 6", "n_best 6", "beam size, 5"),
    ("translate model train.src --n-best 0", "--n-best"),
    ("translate model train.src --beam-size 0", "--beam-size"),
    ("translate model train.src --beam-size many", "--beam-size", "integer"),
    ("translate model train.src --length-penalty=-1", "--length-penalty"),
    ("translate model train.src --length-penalty=500", "--length-penalty"),
    ("translate model train.src --batch-size 0", "--batch-size"),
    ("translate model train.src --format xml", "--format", "jsonl"),
    ("translate model train.src --precision int3", "precision int3", "float32"),
    ("translate model train.src --device tpu", "device tpu", "cpu"),
    ("translate model train.src -o folder", "folder"),
    ("translate model train.src -o nowhere/out", "nowhere/out", "No such file"),
    ("translate model train.src -o train.src/out", "train.src/out: cannot be written"),
    ("evaluate model --source train.src", "--reference is missing"),
    ("evaluate model --reference train.tgt", "--source is missing"),
    ("evaluate --reference train.tgt", "MODEL_DIR", "--hypothesis"),
    ("evaluate model --hypothesis train.tgt --reference train.tgt", "MODEL_DIR", "--hypothesis"),
    ("evaluate --hypothesis short.tgt --reference train.tgt", "short.tgt has 2", "has 300"),
    ("evaluate model --source train.src --reference short.tgt", "short.tgt has 2", "has 300"),
    ("evaluate --hypothesis empty --reference empty", "empty"),
    ("evaluate --hypothesis missing.txt --reference train.tgt", "missing.txt: no such file"),
    ("evaluate model --source train.src --reference latin1.src", "latin1.src, line 2, byte 2"),
    ("score model --source train.src --target short.tgt", "short.tgt has 2", "has 300"),
    ("score model --source missing.txt --target train.tgt", "missing.txt: no such file"),
    ("score model --source train.src", "--target"),
]
MISTAKES = [*CORPORA, *SETTINGS, *OUTPUTS, *MODELS, *INPUTS]


def write_bad_corpora(folder: Path) -> None:
    """Files that no corpus may be."""
    (folder / "folder").mkdir()
    (folder / "folder" / "letter.txt").write_text("not ours\n")
    (folder / "short.tgt").write_text("one\ntwo\n")
    (folder / "latin1.src").write_bytes("eins\nfünf\n".encode("latin-1"))
    (folder / "utf16.src").write_bytes("eins\nzwei\n".encode("utf-16"))
    (folder / "accents.src").write_text("".join(f"{chr(c)}\n" for c in range(0xC0, 0x180)))
    (folder / "empty").write_bytes(b"")
    (folder / "blank").write_text("\n \n\t\n")
    (folder / "one.tsv").write_text("eins\tone\nzwei\n")
    (folder / "three.tsv").write_text("eins\tone\t0.9\n")
    packed = gzip.compress((folder / "train.src").read_bytes())
    (folder / "cut.gz").write_bytes(packed[: len(packed) // 2])
    (folder / "bad.toml").write_text('name = "x"\n[model\n')
    (folder / "unknown.toml").write_text("[model]\nhiden_size = 8\n")
    entry = '[[data.train]]\nsource = "train.src"\npath = "three.tsv"\n'
    (folder / "both.toml").write_text(entry)


def write_bad_models(folder: Path, model: Path, other: Path) -> None:
    """Copies of a model directory, each with one fault."""
    config, weights, tokenizer = "config.json", "model.safetensors", "tokenizer.model"
    faults: dict[str, Callable[[Path], object]] = {
        "no_config": lambda copy: (copy / config).unlink(),
        "bad_config": lambda copy: (copy / config).write_text("{"),
        "poor_config": lambda copy: change_json(copy / config, vocabulary=None),
        "foreign_config": lambda copy: (copy / config).write_text('{"architectures": []}'),
        "odd_config": lambda copy: change_json(copy / config, model={"hidden_size": "x"}),
        "newer": lambda copy: change_json(copy / config, format_version=99),
        "no_weights": lambda copy: (copy / weights).unlink(),
        "bad_weights": lambda copy: (copy / weights).write_bytes(b"x" * 999),
        "cut_weights": lambda copy: cut(copy / weights),
        "other_weights": lambda copy: shutil.copy(other / weights, copy),
        "no_tokenizer": lambda copy: (copy / tokenizer).unlink(),
        "bad_tokenizer": lambda copy: (copy / tokenizer).write_bytes(b"x" * 999),
        "other_tokenizer": lambda copy: shutil.copy(other / tokenizer, copy),
        "foreign_tokenizer": lambda copy: train_foreign_tokenizer(copy / tokenizer),
        "no_experiment": lambda copy: (copy / "experiment.json").unlink(),
        "bad_experiment": lambda copy: (copy / "experiment.json").write_text("{"),
        "poor_experiment": lambda copy: (copy / "experiment.json").write_text("{}"),
        "bad_checkpoint": lambda copy: [*map(cut, copy.glob("training/*/optimizer.safetensors"))],
        "list_checkpoint": lambda copy: [
            path.write_text("[]") for path in copy.glob("training/*/state.json")
        ],
    }
    for name, damage in faults.items():
        damage(Path(shutil.copytree(model, folder / name)))


def cut(path: Path) -> None:
    """Keep the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def change_json(path: Path, **changes: object) -> None:
    """Set keys of a JSON file; None deletes one."""
    values = json.loads(path.read_text(encoding="utf-8")) | changes
    kept = {key: value for key, value in values.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")


def train_foreign_tokenizer(path: Path) -> None:
    """A SentencePiece model with the special tokens of its own defaults."""
    text = iter(["one two three", "four five six"])
    with path.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=text, model_writer=file, vocab_size=18, minloglevel=2
        )


@pytest.fixture(scope="module")
def workplace(
    toy: Path,
    model: Path,
    run_nmt: Callable[..., Finished],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder with a good corpus, a good model, and all that can be wrong with either."""
    folder = tmp_path_factory.mktemp("workplace")
    shutil.copytree(toy, folder, dirs_exist_ok=True)
    shutil.copytree(model, folder / "model")
    write_bad_corpora(folder)
    other = folder / "other_languages"
    pair = ["--source", folder / "train.src", "--target", folder / "train.tgt"]
    sizes = ["tokenizer.vocabulary_size=60", "model.hidden_size=16", "training.max_steps=1"]
    settings = [word for size in sizes for word in ("--set", size)]
    done = run_nmt("train", *pair, *settings, "-o", other)
    assert done.returncode == 0, done.stderr
    write_bad_models(folder, model, other)
    return folder


def check_report(done: Finished, words: tuple[str, ...]) -> None:
    """Status 2, nothing on standard output, one line of error with all the words."""
    errors = [line for line in done.stderr.splitlines() if not line.startswith("nmt: preparing ")]
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(errors) == 1, done.stderr
    assert errors[0].startswith("nmt: error: ")
    assert [word for word in words if word not in errors[0]] == [], errors[0]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake[0])
def test_mistake(
    mistake: tuple[str, ...], workplace: Path, nmt: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workplace)
    before = sorted(workplace.rglob("*"))
    check_report(nmt(mistake[0]), mistake[1:])
    assert sorted(workplace.rglob("*")) == before  # nothing half-written stays behind


def test_the_table_is_long_enough() -> None:
    assert len({mistake[0] for mistake in MISTAKES}) == len(MISTAKES) >= 45


PROCESSES = [
    ("translat model", "translat"),
    ("translate model latin1.src", "latin1.src, line 2, byte 2"),
    ("evaluate --hypothesis short.tgt --reference train.tgt", "short.tgt has 2"),
    (f"{TRAIN} --set model.hiden_size=8", "did you mean model.hidden_size"),
]


def run_limited(workplace: Path, line: str, *, file_size: int) -> subprocess.CompletedProcess[str]:
    """Run a command as a process that can write no file larger than `file_size` bytes."""
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({file_size}, {file_size})); "
        "from nmt.cli.main import run; run()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    command = [sys.executable, "-c", program, *line.split()]
    return subprocess.run(
        command, cwd=workplace, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("mistake", PROCESSES, ids=lambda mistake: mistake[0])
def test_mistake_in_a_process_of_its_own(mistake: tuple[str, ...], workplace: Path) -> None:
    check_report(run_limited(workplace, mistake[0], file_size=1 << 30), mistake[1:])


def test_a_cache_that_cannot_be_written(
    workplace: Path, nmt: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workplace)
    monkeypatch.setenv("NMT_CACHE", str(workplace / "train.src" / "below"))
    check_report(nmt(f"prepare {PAIR}"), ("train.src/below", "set data.cache"))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written(
    workplace: Path, tmp_path: Path, nmt: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workplace)
    tmp_path.chmod(0o500)
    for line in (f"translate model train.src -o {tmp_path}/out", f"train {PAIR} -o {tmp_path}/new"):
        check_report(nmt(line), (str(tmp_path), "cannot be written"))
    tmp_path.chmod(0o700)


def test_no_room_for_the_translations(workplace: Path) -> None:
    before = sorted(workplace.iterdir())
    done = run_limited(workplace, "translate model train.src -o out", file_size=200)
    check_report(done, ("out: cannot be written", "File too large"))
    assert sorted(workplace.iterdir()) == before


def test_no_room_for_the_encoded_corpus(workplace: Path) -> None:
    cache = workplace / "full"
    done = run_limited(workplace, f"prepare {PAIR} --set data.cache={cache}", file_size=2000)
    check_report(done, ("cannot be written", "File too large"))
    assert list(cache.iterdir()) == []


def test_no_room_for_a_checkpoint(workplace: Path, model: Path) -> None:
    """The optimizer's state is twice as large as the model: the disk is full between them."""
    size = (model / "model.safetensors").stat().st_size
    shutil.copytree(model, workplace / "full_disk")
    more = "--set training.max_steps=61 --set training.checkpoint_interval=61"
    line = f"train --resume -o full_disk {more}"
    before = sorted((workplace / "full_disk").rglob("*"))
    done = run_limited(workplace, line, file_size=size * 3 // 2)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("nmt: error: ") and "File too large" in last
    assert sorted((workplace / "full_disk").rglob("*")) == before  # the old checkpoint stays


def test_no_room_for_standard_output(workplace: Path, run_nmt: Callable[..., Finished]) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    command = [sys.executable, "-m", "nmt", "info", "model", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with full.open("w") as output:
        done = subprocess.run(
            command, cwd=workplace, env=environment, stdout=output, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("nmt: error: ") and "no space left" in done.stderr
    assert done.stderr.count("\n") == 1


def test_closed_standard_input(workplace: Path) -> None:
    command = f"exec {sys.executable} -m nmt translate model <&-"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-c", command], cwd=workplace, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    check_report(done, ("standard input is closed",))
