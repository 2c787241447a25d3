"""`nmt translate`: as many lines out as in, in order, at once; nothing half-written."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nmt.cli.translate import split_arguments
from nmt.errors import ModelError
from tests.cli.conftest import Command, Finished

ROOT = Path(__file__).resolve().parents[2]
RunNmt = Callable[..., Finished]
SOURCE = "eins zwei\nHaus rot drei\nvier\n"


@contextmanager
def open_process(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """`nmt ARGUMENTS` with pipes; it is killed if the test leaves it running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nmt", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        encoding="utf-8",
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """Three lines to translate."""
    path = tmp_path / "input.txt"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def test_input_and_output_may_be_files_or_streams(
    model: Path, text: Path, nmt: Command, run_nmt: RunNmt
) -> None:
    from_file = nmt("translate", model, text)
    assert (from_file.returncode, from_file.stderr) == (0, "")
    assert len(from_file.stdout.splitlines()) == 3
    assert run_nmt("translate", model, stdin=SOURCE).stdout == from_file.stdout
    assert run_nmt("translate", model, "-", stdin=SOURCE).stdout == from_file.stdout
    output = text.with_name("output.txt")
    assert nmt("translate -o", output, model, text).stdout == ""
    assert output.read_text(encoding="utf-8") == from_file.stdout


ODD_LINES = [
    "eins\u2028zwei", "", "rot\x85blau", "drei\rvier", "\tHaus\tBaum\t", "   ", "eins\x0bzwei\x0c",
    "\u2029", "null\x00byte", "a" * 50, "eins zwei", "", "",
]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_lines_in_are_lines_out(model: Path, tmp_path: Path, nmt: Command, end: str) -> None:
    source, output = tmp_path / "odd.txt", tmp_path / "out.txt"
    source.write_bytes(end.join([*ODD_LINES, "rot"]).encode())  # the last line has no end
    assert nmt("translate -o", output, model, source).returncode == 0
    lines = output.read_bytes().decode().split("\n")
    assert len(lines) == len(ODD_LINES) + 2 and lines[-1] == ""
    for line, translation in zip([*ODD_LINES, "rot"], lines[:-1], strict=True):
        assert translation.splitlines() in ([], [translation])
        assert bool(translation) <= bool(line.replace("\0", " ").strip())  # empty stays empty
    assert lines[10] != ""


def test_no_lines_give_no_lines(model: Path, nmt: Command, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    done = nmt("translate", model, empty)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_standard_input_is_answered_line_by_line(model: Path) -> None:
    with open_process("translate", model) as process:
        assert process.stdin and process.stdout
        answers = []
        for line in ["eins zwei", "", "rot"]:
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
            answers.append(process.stdout.readline())  # comes while standard input is open
        process.stdin.close()
        assert process.wait(60) == 0
        assert [bool(answer.strip()) for answer in answers] == [True, False, True]
        assert all(answer.endswith("\n") for answer in answers)
        assert process.stdout.read() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_a_wait_for_input_is_quiet_and_leaves_nothing(
    model: Path, tmp_path: Path, number: signal.Signals
) -> None:
    fifo = tmp_path / "input"
    os.mkfifo(fifo)
    with open_process("translate", model, fifo, "-o", tmp_path / "out") as process:
        assert process.stderr
        with fifo.open("w", encoding="utf-8") as file:
            deadline = time.monotonic() + 60
            while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
                time.sleep(0.05)  # until its temporary file is there
            process.send_signal(signal.SIGSTOP)  # so that line and signal arrive at once
            file.write("eins\n")
            file.flush()
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)
            assert process.wait(60) == 130
        assert process.stderr.read() == ""
    assert list(tmp_path.iterdir()) == [fifo]


def test_translating_waits_for_no_library_of_training(model: Path, text: Path) -> None:
    missing = ["datasets", "pandas", "sacrebleu", "matplotlib"]
    program = f"import sys; sys.modules.update(dict.fromkeys({missing})); "
    program += "from nmt.cli.main import run; run()"
    line = [sys.executable, "-c", program, "translate", str(model), str(text)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 3


def test_interrupting_an_answer_in_a_pipe_is_quiet(model: Path) -> None:
    with open_process("translate", model) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write("eins\n")
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == ""


def test_a_reader_that_leaves_is_no_error(model: Path) -> None:
    with open_process("translate", model) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write("eins\n")
        process.stdin.flush()
        assert process.stdout.readline()
        process.stdout.close()
        process.stdin.write("zwei\n")  # standard input stays open
        process.stdin.flush()
        assert process.wait(60) in (0, 1)
        assert process.stderr.read() == ""


def test_a_fault_in_the_middle_of_standard_input(model: Path) -> None:
    """What came before the fault is translated, and the message names the line."""
    with open_process("translate", model) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.buffer.write(b"eins\nzw\xffei\n")
        process.stdin.close()
        assert process.wait(60) == 2
        assert len(process.stdout.read().splitlines()) == 1
        error = process.stderr.read()
        assert error.startswith("nmt: error: standard input, line 2, byte 3: not valid UTF-8")


def test_output_is_whole_or_untouched(model: Path, tmp_path: Path, nmt: Command) -> None:
    bad, output = tmp_path / "bad.txt", tmp_path / "out.txt"
    bad.write_bytes(b"eins\n" * 3 + b"\xff\n")
    assert nmt("translate -o", output, model, bad).returncode == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.txt"]
    output.write_text("mine\n")
    assert nmt("translate --batch-size 1 -o", output, model, bad).returncode == 2
    assert output.read_text() == "mine\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.txt", "out.txt"]


def test_tsv_has_source_translation_and_score(model: Path, text: Path, nmt: Command) -> None:
    plain = nmt("translate", model, text).stdout.splitlines()
    rows = [
        line.split("\t") for line in nmt("translate --format tsv", model, text).stdout.split("\n")
    ]
    assert rows.pop() == [""]
    assert [row[0] for row in rows] == SOURCE.splitlines()
    assert [row[1] for row in rows] == plain
    assert all(float(row[2]) < 0 for row in rows)


def test_jsonl_has_one_object_a_line(model: Path, text: Path, nmt: Command) -> None:
    plain = nmt("translate", model, text).stdout.splitlines()
    lines = nmt("translate --format jsonl --n-best 2", model, text).stdout.splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["source"] for record in records] == SOURCE.splitlines()
    assert [record["translation"] for record in records] == plain
    for record in records:
        best, second = record["n_best"]
        assert best == {"text": record["translation"], "score": record["score"]}
        assert best["score"] >= second["score"]


def test_n_best_gives_n_lines_for_each(model: Path, tmp_path: Path, nmt: Command) -> None:
    source = tmp_path / "two.txt"
    source.write_text("eins\n\nzwei\n")
    best = nmt("translate", model, source).stdout.splitlines()
    lines = nmt("translate --n-best 3", model, source).stdout.splitlines()
    assert len(lines) == 9
    assert lines[::3] == best
    assert lines[3:6] == ["", "", ""]
    rows = nmt("translate --n-best 3 --format tsv", model, source).stdout.splitlines()
    assert [row.split("\t")[0] for row in rows] == ["eins"] * 3 + [""] * 3 + ["zwei"] * 3


def test_batch_size_never_changes_a_line(model: Path, toy: Path, nmt: Command) -> None:
    results = {
        nmt(f"translate --batch-size {n}", model, toy / "test.src").stdout for n in (1, 7, 64)
    }
    assert len(results) == 1


def test_an_ensemble_of_twins_is_the_model_itself(model: Path, text: Path, nmt: Command) -> None:
    alone, twins = (
        [
            json.loads(line)
            for line in nmt("translate --format jsonl", *models, text).stdout.splitlines()
        ]
        for models in ([model], [model, model])
    )
    assert [r["translation"] for r in twins] == [r["translation"] for r in alone]
    assert [r["score"] for r in twins] == pytest.approx([r["score"] for r in alone], abs=1e-4)


def test_an_ensemble_is_between_its_models(
    model: Path, text: Path, nmt: Command, tmp_path: Path, toy_options: list[str]
) -> None:
    """The scores of the ensemble differ from those of either model."""
    steps = "--set training.max_steps=20 --set training.seed=7 -o"
    assert nmt(f"train {steps}", tmp_path / "other", *toy_options).returncode == 0
    other = tmp_path / "other"
    runs = [nmt("translate --format tsv", *m, text) for m in ([model], [other], [model, other])]
    assert [done.returncode for done in runs] == [0, 0, 0]
    assert len({done.stdout for done in runs}) == 3


def test_an_overlong_line_is_translated_with_a_warning(
    model: Path, tmp_path: Path, nmt: Command
) -> None:
    source = tmp_path / "long.txt"
    source.write_text("eins\n" + "zwei " * 600 + "\ndrei\n")
    done = nmt("translate --format jsonl", model, source)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [("warning" in record) for record in records] == [False, True, False]
    assert done.stderr.startswith("nmt: warning: line 2: ") and done.stderr.count("\n") == 1
    assert "256" in done.stderr and "parts" in done.stderr


def test_greedy_search_and_bfloat16_are_options(model: Path, text: Path, nmt: Command) -> None:
    for options in ("--beam-size 1", "--precision bfloat16", "--length-penalty 0", "--threads 1"):
        done = nmt(f"translate {options}", model, text)
        assert (done.returncode, len(done.stdout.splitlines())) == (0, 3), done.stderr


def test_a_tag_is_as_if_it_were_typed_in_front_of_each_line(
    tagged_model: Path, tmp_path: Path, nmt: Command
) -> None:
    plain, typed = tmp_path / "plain", tmp_path / "typed"
    plain.write_text("eins rot Haus\n\n<b> zwei Vögel\n", encoding="utf-8")
    typed.write_text("<a> eins rot Haus\n\n<b> zwei Vögel\n", encoding="utf-8")
    by_option = nmt("translate --format jsonl --tag '<a>'", tagged_model, plain)
    by_hand = nmt("translate --format jsonl", tagged_model, typed)
    assert by_option.returncode == 0, by_option.stderr
    found, wanted = (
        [json.loads(line) for line in d.stdout.splitlines()] for d in (by_option, by_hand)
    )
    assert [each["source"] for each in found] == plain.read_text(encoding="utf-8").splitlines()
    assert [each["n_best"] for each in found] == [each["n_best"] for each in wanted]
    without = nmt("translate --format jsonl", tagged_model, plain)
    assert json.loads(without.stdout.splitlines()[0])["score"] != found[0]["score"]


def test_a_tag_that_the_model_does_not_know_is_refused(tagged_model: Path, nmt: Command) -> None:
    done = nmt("translate --tag '<c>'", tagged_model, "/nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nmt: error: tag <c>: ")
    assert "it knows <a>, <b>" in done.stderr


def test_a_model_of_an_older_version_knows_the_symbols_of_its_tokenizer(
    tagged_model: Path, tmp_path: Path, nmt: Command
) -> None:
    older = shutil.copytree(tagged_model, tmp_path / "older")
    description = json.loads((older / "config.json").read_text())
    assert description.pop("tags") == ["<a>", "<b>"]
    (older / "config.json").write_text(json.dumps(description))
    assert json.loads(nmt("info --json", older).stdout)["tags"] == ["<a>", "<b>"]


def test_a_model_that_goes_on_from_another_keeps_its_tags(
    tagged_model: Path, toy: Path, tmp_path: Path, nmt: Command
) -> None:
    files = f"source='{toy / 'train.src'}', target='{toy / 'train.tgt'}'"
    options = [
        "--set",
        f"data.train=[{{{files}, tag='<b>'}}]",
        "--set",
        "training.batch_tokens=256",
    ]
    next_model = tmp_path / "next"
    first = ["--set", "training.max_steps=4", "--threads", "1", "-o", next_model]
    done = nmt("train", *options, *first, "--from", tagged_model)
    assert done.returncode == 0, done.stderr
    assert json.loads(nmt("info --json", next_model).stdout)["tags"] == ["<a>", "<b>"]
    more = ["--set", "training.max_steps=6", "--threads", "1", "-o", next_model]
    done = nmt("train --resume", *options, *more)
    assert done.returncode == 0, done.stderr
    assert json.loads(nmt("info --json", next_model).stdout)["tags"] == ["<a>", "<b>"]


def test_a_model_without_tags_refuses_them(model: Path, text: Path, nmt: Command) -> None:
    done = nmt("translate --tag '<a>'", model, text)
    assert done.returncode == 2
    assert "trained without tags" in done.stderr


def test_the_last_argument_is_the_input_unless_it_is_a_folder(tmp_path: Path) -> None:
    a, b, text = tmp_path / "a", tmp_path / "b", tmp_path / "text"
    a.mkdir(), b.mkdir(), text.touch()
    assert split_arguments([str(a)]) == ([a], None)
    assert split_arguments([str(a), str(b)]) == ([a, b], None)
    assert split_arguments([str(a), str(b), str(text)]) == ([a, b], text)
    assert split_arguments([str(a), "-"]) == ([a], Path("-"))
    with pytest.raises(ModelError, match="where a model directory is expected"):
        split_arguments([str(text), str(a)])


def test_a_moved_model_translates_the_same(
    model: Path, text: Path, nmt: Command, tmp_path: Path
) -> None:
    """Inference needs neither the resume state nor the records of the training."""
    moved = tmp_path / "moved"
    shutil.copytree(model, moved, ignore=shutil.ignore_patterns("training", "*.jsonl", "exp*"))
    assert nmt("translate", moved, text).stdout == nmt("translate", model, text).stdout
