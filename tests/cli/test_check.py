"""`nmt check`: what is said of a corpus, with which exit status, and what --fix writes."""

import gzip
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command
from tests.corpus.conftest import Sides, make_sides

PAIRS = 240  # too few for their sides to be followed, which costs a second
MANY = 1200
TRAIN = "--source train.xx --target train.yy"


@pytest.fixture(scope="module")
def sides() -> Sides:
    return make_sides(MANY)


def write(sides: Sides, name: str = "train") -> None:
    """Write two files into the current folder."""
    for side, end in zip(sides, ("xx", "yy"), strict=True):
        Path(f"{name}.{end}").write_bytes("".join(f"{line}\n" for line in side).encode())


def part(sides: Sides, first: int = 0, pairs: int = PAIRS) -> Sides:
    return sides[0][first : first + pairs], sides[1][first : first + pairs]


def damaged(sides: Sides, pairs: int = PAIRS) -> Sides:
    """A corpus with an empty line, two copies, and markup that a page must not show as such."""
    source, target = part(sides, pairs=pairs)
    target[9] = " "
    source[20], target[20] = source[10], target[10]
    source[21], target[21] = source[10], target[10]
    source[30] = f"<script>alert(1)</script> {source[30]}"
    return source, target


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def faults(stdout: str, kind: str = "") -> list[dict[str, Any]]:
    return [f for f in json.loads(stdout)["faults"] if kind in ("", f["kind"])]


def test_a_clean_corpus_has_status_0(nmt: Command, sides: Sides) -> None:
    write(part(sides))
    done = nmt(f"check {TRAIN}")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"train.xx + train.yy: training, {PAIRS} pairs")
    assert lines[-1] == "No faults found."


def test_faults_are_shown_with_place_remedy_and_example(nmt: Command, sides: Sides) -> None:
    write(damaged(sides))
    done = nmt(f"check {TRAIN}")
    assert (done.returncode, done.stderr) == (1, "")
    assert "  warning  train.yy, line 10: no translation in 1 of 240 pairs" in done.stdout
    assert "  warning  train.xx, line 21: 2 of 240 pairs (0.83%) repeat an earlier" in done.stdout
    assert "(repeats pair 11)" in done.stdout
    assert done.stdout.splitlines()[-1] == "Found 3 warnings."


def test_json_has_all_that_other_programs_need(nmt: Command, sides: Sides) -> None:
    write(damaged(sides))
    done = nmt(f"check {TRAIN} --json")
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (1, "", 1)
    result = json.loads(done.stdout)
    assert result["pairs"] == PAIRS
    for fault in result["faults"]:
        assert {"kind", "severity", "file", "line", "count", "message"} <= set(fault)
        assert fault["severity"] in ("error", "warning", "note")
        assert fault["file"] in ("train.xx", "train.yy")  # as typed
        assert isinstance(fault["count"], int) and "\n" not in fault["message"]
    (copies,) = faults(done.stdout, "duplicate")
    assert (copies["line"], copies["count"], copies["severity"]) == (21, 2, "warning")
    assert {example["line"] for example in copies["examples"]} == {21, 22}
    (corpus,) = result["corpora"]
    assert (corpus["role"], corpus["pairs"]) == ("training", PAIRS)


def test_notes_alone_are_no_faults(nmt: Command, sides: Sides) -> None:
    source, target = part(sides)
    source[4] = f"{source[4][:5]}\t{source[4][5:]}"
    write((source, target))
    done = nmt(f"check {TRAIN} --json")
    assert done.returncode == 0
    assert [fault["severity"] for fault in faults(done.stdout, "separator")] == ["note"]


def test_a_line_too_few_is_located_and_fixed(nmt: Command, sides: Sides) -> None:
    source, target = part(sides, pairs=MANY)
    del target[699]
    write((source, target))
    done = nmt(f"check {TRAIN} --json --fix fixed")
    assert done.returncode == 1
    (slip,) = faults(done.stdout, "misalignment")
    assert abs(slip["line"] - 700) <= 5 and slip["severity"] == "error"
    assert faults(done.stdout, "unequal_counts")
    (counts,) = json.loads(done.stdout)["cleaned"]["corpora"]
    assert counts["read"] == counts["kept"] + sum(counts["rejected"].values()) == MANY
    assert counts["kept"] >= MANY - 10  # those around the place may be lost
    second = nmt("check --source fixed/train.xx --target fixed/train.yy --json")
    assert second.returncode == 0
    assert json.loads(second.stdout)["pairs"] == counts["kept"]


def test_fix_keeps_or_records_each_pair(nmt: Command, sides: Sides) -> None:
    write(damaged(sides))
    done = nmt(f"check {TRAIN} --fix fixed")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == (
        "wrote 236 of 240 pairs to fixed; the others: rejected.jsonl"
    )
    records = Path("fixed/rejected.jsonl").read_text(encoding="utf-8").splitlines()
    rejected = [json.loads(record) for record in records]
    assert [(entry["line"], entry["reason"]) for entry in rejected] == [
        (10, "empty"), (21, "duplicate"), (22, "duplicate"), (31, "markup"),
    ]  # fmt: skip
    for name in ("train.xx", "train.yy"):
        kept = Path("fixed", name).read_text(encoding="utf-8").splitlines()
        before = Path(name).read_text(encoding="utf-8").splitlines()
        lines = {entry["line"] for entry in rejected}
        assert kept == [text for n, text in enumerate(before, start=1) if n not in lines]
    assert nmt("check --source fixed/train.xx --target fixed/train.yy").returncode == 0


def test_a_folder_that_is_not_empty_is_not_written_into(nmt: Command, sides: Sides) -> None:
    write(part(sides))
    Path("full").mkdir()
    Path("full/mine").touch()
    for folder in ("full", "train.xx"):
        done = nmt(f"check {TRAIN} --fix {folder}")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert folder in done.stderr and "not empty" in done.stderr
    assert [path.name for path in Path("full").iterdir()] == ["mine"]


def test_a_report_shows_each_fault_and_no_markup_of_the_corpus(nmt: Command, sides: Sides) -> None:
    source, target = damaged(sides)
    write((source, target))
    done = nmt(f"check {TRAIN} --json --report page.html")
    page = Path("page.html").read_text(encoding="utf-8")
    assert done.returncode == 1
    for fault in faults(done.stdout):
        assert fault["message"].split(";")[0].replace("'", "&#x27;") in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<svg") == page.count("</svg>") >= 2


def test_a_configuration_names_the_corpora(nmt: Command, sides: Sides) -> None:
    write(part(sides))
    write(part(sides, first=200, pairs=60), "valid")
    Path("recipe.toml").write_text(
        '[data]\ntrain = [{ source = "train.xx", target = "train.yy" }]\n'
        'valid = { source = "valid.xx", target = "valid.yy" }\n'
    )
    done = nmt("check recipe.toml --json")
    assert done.returncode == 1  # 40 of its 60 pairs are in the training data
    corpora = json.loads(done.stdout)["corpora"]
    assert [(c["role"], c["pairs"]) for c in corpora] == [("training", 240), ("validation", 60)]
    (overlap,) = (f for f in faults(done.stdout, "overlap") if f["severity"] == "error")
    assert overlap["line"] == 201 and " of 60 held-out pairs" in overlap["message"]
    reject = nmt("""check recipe.toml --set 'data.reject=["overlap"]' --fix fixed --json""")
    (counts,) = json.loads(reject.stdout)["cleaned"]["corpora"]
    assert set(counts["rejected"]) == {"overlap"}
    assert counts["kept"] == PAIRS - counts["rejected"]["overlap"]


@pytest.mark.parametrize("role", ["valid", "test"])
def test_held_out_sets_are_checked_and_looked_for(nmt: Command, sides: Sides, role: str) -> None:
    write(part(sides))
    write(part(sides, first=100, pairs=50), "held")
    done = nmt(f"check {TRAIN} --{role}-source held.xx --{role}-target held.yy --json")
    assert done.returncode == 1
    assert any(f["line"] == 101 and f["severity"] == "error" for f in faults(done.stdout))
    pairs = zip(*part(sides, first=100, pairs=50), strict=True)
    Path("held.tsv").write_text("".join(f"{s}\t{t}\n" for s, t in pairs), encoding="utf-8")
    again = nmt(f"check {TRAIN} --{role} held.tsv --json")
    assert [f["line"] for f in faults(again.stdout, "overlap")] == [
        f["line"] for f in faults(done.stdout, "overlap")
    ]


@pytest.mark.parametrize("end", ["tsv", "jsonl", "tmx", "tsv.gz"])
def test_a_corpus_in_one_file_is_checked(nmt: Command, sides: Sides, end: str) -> None:
    source, target = part(sides)
    target[11] = target[11].upper() + "\ufffd"
    text = {
        "tsv": lambda s, t: f"{s}\t{t}\n",
        "jsonl": lambda s, t: json.dumps({"xx": s, "yy": t}) + "\n",
        "tmx": lambda s, t: (
            f'<tu><tuv xml:lang="xx"><seg>{s}</seg></tuv>'
            f'<tuv xml:lang="yy"><seg>{t}</seg></tuv></tu>\n'
        ),
    }[end.removesuffix(".gz")]
    content = "".join(map(text, source, target))
    if end == "tmx":
        content = f'<tmx version="1.4"><header srclang="xx"/><body>{content}</body></tmx>'
    data = content.encode()
    Path(f"memory.{end}").write_bytes(gzip.compress(data) if end.endswith("gz") else data)
    done = nmt(f"check --corpus memory.{end} --languages xx-yy --json")
    assert done.returncode == 1
    (fault,) = faults(done.stdout, "encoding")
    assert (fault["file"], fault["line"]) == (f"memory.{end}", 12)


def test_a_corpus_comes_from_standard_input_and_no_copy_stays(
    nmt: Command, sides: Sides, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NMT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    text = "".join(f"{s}\t{t}\n" for s, t in zip(*part(sides), strict=True)) + "a word\t\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    done = nmt("check --corpus - --json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["pairs"] == PAIRS + 1
    assert [fault["line"] for fault in faults(done.stdout, "empty")] == [PAIRS + 1]
    assert list(tmp_path.rglob("*standard-input*")) == []


MISTAKES = {
    "--languages xx-yy": "nothing to check: give --source and --target, --corpus, or a CONFIG",
    "--source none.xx --target train.yy": "none.xx: no such file",
    "--source train.xx --target none.yy": "none.yy: no such file",
    "--corpus none.tsv": "none.tsv: no such file",
    "--source - --target -": "standard input can be read once only",
    "--corpus - --valid -": "standard input can be read once only",
    f"{TRAIN} --valid none.tsv": "none.tsv: no such file",
    f"{TRAIN} --test-source train.xx --test-target none.yy": "none.yy: no such file",
    "--source train.xx": "--target is missing",
    f"{TRAIN} --valid-target train.yy": "--valid-source is missing",
    f"{TRAIN} --test-source train.xx": "--test-target is missing",
    f"{TRAIN} --languages xx": "--languages xx: write it as SOURCE-TARGET",
    f"{TRAIN} --set data.reject=[1]": "data.reject",
    "none.toml": "none.toml: no such configuration file",
    "--valid train.tsv --fix fixed": "--fix needs a training corpus",
}


@pytest.mark.parametrize("options", MISTAKES)
def test_a_mistake_is_one_line_and_status_2(nmt: Command, sides: Sides, options: str) -> None:
    write(part(sides, pairs=5))
    Path("train.tsv").write_text("a\tb\n")
    done = nmt(f"check {options}")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert MISTAKES[options] in done.stderr
    assert not Path("fixed").exists()


def test_what_cannot_be_read_is_a_fault_with_its_line(nmt: Command, sides: Sides) -> None:
    write(part(sides))
    data = Path("train.yy").read_bytes().split(b"\n")
    data[149] = b"caf\xe9"
    Path("train.yy").write_bytes(b"\n".join(data))
    done = nmt(f"check {TRAIN} --json")
    (fault,) = faults(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert (fault["kind"], fault["file"], fault["line"]) == ("unreadable", "train.yy", 150)
    assert "iconv" in fault["message"] and "\n" not in fault["message"]
    assert json.loads(done.stdout)["pairs"] == 149
    fixed = nmt(f"check {TRAIN} --fix fixed")  # would leave out the rest without a record
    assert (fixed.returncode, fixed.stderr.count("\n")) == (2, 1)
    assert "train.yy, line 150" in fixed.stderr and not Path("fixed").exists()


def test_an_empty_corpus_is_an_error_of_one_line(nmt: Command) -> None:
    write(([], []))
    done = nmt(f"check {TRAIN} --json --report page.html")
    assert (done.returncode, done.stderr) == (1, "")
    (fault,) = faults(done.stdout)
    assert (fault["kind"], fault["severity"], fault["line"]) == ("empty", "error", None)
    assert json.loads(done.stdout)["pairs"] == 0
    assert Path("page.html").exists()


def test_an_empty_side_beside_a_full_one_is_an_error(nmt: Command, sides: Sides) -> None:
    write(([], part(sides)[1]))
    done = nmt(f"check {TRAIN} --json")
    assert done.returncode == 1
    assert [fault["kind"] for fault in faults(done.stdout)] == ["unequal_counts"]


def test_a_list_of_parts_is_in_no_language_and_no_fault(nmt: Command, tmp_path: Path) -> None:
    for end, line in (
        ("de", "Schraube M{} verzinkt Nr. {}"),
        ("en", "Screw M{} galvanised no. {}"),
    ):
        text = "".join(f"{line}\n".format(n % 17 + 3, n + 1000) for n in range(60))
        (tmp_path / f"parts.{end}").write_text(text, encoding="utf-8")
    files = ["--source", tmp_path / "parts.de", "--target", tmp_path / "parts.en"]
    done = nmt("check --languages de-en", *files)
    assert done.returncode == 0 and "No faults found." in done.stdout
    assert "und" not in done.stdout.split("\n")[0].split("pairs")[1]
