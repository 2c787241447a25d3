"""Preparing a corpus: nothing is lost in silence, done once, and all or nothing."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from nmt.config import Config, make_config
from nmt.corpus.pairs import file_hash
from nmt.corpus.preparation_report import PreparationReport
from nmt.corpus.prepare import PreparedCorpus, cache_folder, prepare, training_corpora
from nmt.errors import ConfigError, DataError, NmtError
from nmt.settings import TokenizerSettings
from nmt.text.normalization import normalize
from nmt.text.tokenizer import train_tokenizer
from nmt.text.tokenizers import Tokenizers

ROOT = Path(__file__).resolve().parents[2]
PAIRS = [("ein Hund", "a dog"), ("zwei Hunde", "two dogs"), ("drei Katzen", "three cats")]
LONG = " ".join("abcdefghijklmnopqrstuvwxyz" * 10)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    """The settings of a corpus of two files, with a cache of its own."""
    write(tmp_path, "train", PAIRS)
    data = {
        "root": str(tmp_path),
        "cache": str(tmp_path / "cache"),
        "train": [{"source": "train.de", "target": "train.en"}],
    }
    return {"data": data, "tokenizer": {}}


def write(folder: Path, name: str, pairs: Sequence[tuple[str, str]]) -> None:
    for side, suffix in enumerate(("de", "en")):
        text = "".join(f"{pair[side]}\n" for pair in pairs)
        (folder / f"{name}.{suffix}").write_text(text, encoding="utf-8")


def configure(settings: dict[str, Any]) -> Config:
    return make_config(settings, origin="test")


def run(settings: dict[str, Any], tokenizers: Tokenizers | None = None) -> PreparedCorpus:
    return prepare(configure(settings), tokenizers=tokenizers, log=lambda line: None)


def texts(prepared: PreparedCorpus) -> list[tuple[str, str]]:
    """The pairs of a prepared corpus, decoded again."""
    rows = range(len(prepared.train))
    source = prepared.tokenizers.source.decode([prepared.train.source.sentence(r) for r in rows])
    target = prepared.tokenizers.target.decode([prepared.train.target.sentence(r) for r in rows])
    return list(zip(source, target, strict=True))


def rejected(prepared: PreparedCorpus) -> list[dict[str, Any]]:
    lines = (prepared.folder / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


# --- what is kept, and what is not ---


@pytest.mark.parametrize("joint", [True, False])
def test_the_encoded_corpus_is_the_corpus(settings: dict[str, Any], joint: bool) -> None:
    settings["tokenizer"]["joint"] = joint
    prepared = run(settings)
    assert texts(prepared) == PAIRS
    assert prepared.tokenizers.joint == joint
    assert rejected(prepared) == []


def test_every_pair_is_kept_or_recorded_with_line_and_reason(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    pairs = [*PAIRS, ("", "no source"), ("kein Ziel", " \t\u2028"), (LONG, "short"), *PAIRS]
    pairs += [("kurz", LONG), ("", ""), ("", LONG)]
    write(tmp_path, "train", pairs)
    settings["data"]["max_length"] = 100
    prepared = run(settings)
    report = prepared.report
    assert (report.read, report.kept) == (len(pairs), 6)
    assert report.rejected == {"empty": 4, "too_long": 2}
    assert texts(prepared) == PAIRS * 2
    reasons = {4: "empty", 5: "empty", 6: "too_long", 10: "too_long", 11: "empty", 12: "empty"}
    assert {record["line"]: record["reason"] for record in rejected(prepared)} == reasons
    assert len(rejected(prepared)) == len(reasons)


def test_a_pair_of_exactly_the_longest_length_is_kept(settings: dict[str, Any]) -> None:
    settings["tokenizer"]["kind"] = "char"
    train = run(settings).train
    longer = [
        max(pair) for pair in zip(train.source.lengths(), train.target.lengths(), strict=True)
    ]
    settings["data"]["max_length"] = int(max(longer))
    assert run(settings).report.rejected == {}
    settings["data"]["max_length"] -= 1
    assert run(settings).report.rejected == {"too_long": longer.count(max(longer))}


def test_the_report_counts_the_tokens_kept(settings: dict[str, Any]) -> None:
    prepared = run(settings)
    assert prepared.report.source_tokens == prepared.train.source.lengths().sum()
    assert prepared.report.target_tokens == prepared.train.target.lengths().sum()
    written = json.loads((prepared.folder / "report.json").read_text())
    assert PreparationReport.of_json(written) == prepared.report


def test_corpora_are_read_one_after_the_other(settings: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, "second", [("", "left out"), ("vier", "four")])
    (tmp_path / "third.tsv").write_text("fünf\tfive\n\tleft out\n", encoding="utf-8")
    (tmp_path / "fourth.tsv.gz").write_bytes(gzip.compress(b"sechs\tsix\n"))
    settings["data"]["train"] += [
        {"source": "second.de", "target": "second.en"},
        {"path": "third.tsv"},
        {"path": "fourth.tsv.gz"},
    ]
    prepared = run(settings)
    assert texts(prepared) == [*PAIRS, ("vier", "four"), ("fünf", "five"), ("sechs", "six")]
    assert rejected(prepared) == [
        {
            "corpus": f"{tmp_path / 'second.de'} + {tmp_path / 'second.en'}",
            "line": 1,
            "reason": "empty",
            "source": "",
            "target": "left out",
        },
        {
            "corpus": str(tmp_path / "third.tsv"),
            "line": 2,
            "reason": "empty",
            "source": "",
            "target": "left out",
        },
    ]
    assert [(corpus.read, corpus.kept) for corpus in prepared.report.corpora] == [
        (3, 3), (2, 1), (2, 1), (1, 1)
    ]  # fmt: skip


def test_a_large_corpus_keeps_its_order(settings: dict[str, Any], tmp_path: Path) -> None:
    numbers = [(f"n {number}", f"m {number}") for number in range(5_000)]
    write(tmp_path, "train", [pair if n % 7 else ("", "") for n, pair in enumerate(numbers)])
    settings["tokenizer"] = {"kind": "char"}
    prepared = run(settings)
    assert texts(prepared) == [pair for n, pair in enumerate(numbers) if n % 7]
    assert [record["line"] for record in rejected(prepared)] == list(range(1, 5_001, 7))


def test_odd_separators_do_not_part_the_sides(settings: dict[str, Any], tmp_path: Path) -> None:
    pairs = [("ein\u2028Hund", "a\x85dog"), ("zwei\x0bHunde", "two\x0cdogs"), ("d\rrei", "three")]
    write(tmp_path, "train", pairs)
    prepared = run(settings)
    assert texts(prepared) == [(normalize(source), normalize(target)) for source, target in pairs]


# --- done once ---


def test_an_unchanged_corpus_is_prepared_once(settings: dict[str, Any]) -> None:
    lines: list[str] = []
    first = prepare(configure(settings), log=lines.append)
    assert not first.reused and len(lines) == 1 and "train.de" in lines[0]
    again = prepare(configure(settings), log=lines.append)
    assert again.reused and len(lines) == 1
    assert (again.folder, again.report) == (first.folder, first.report)
    assert texts(again) == texts(first)
    assert again.tokenizers.source.model == first.tokenizers.source.model
    assert again.tokenizers.joint == first.tokenizers.joint


@pytest.mark.parametrize(
    "change",
    [
        {"training": {"seed": 9}},
        {"model": {"hidden_size": 16}},
        {"search": {"beam_size": 1}},
        {"name": "other", "source_language": "de"},
    ],
)
def test_settings_that_shape_nothing_here_change_nothing(
    settings: dict[str, Any], change: dict[str, Any]
) -> None:
    run(settings)
    assert run(settings | change).reused


def test_files_may_move(settings: dict[str, Any], tmp_path: Path) -> None:
    run(settings)
    for suffix in ("de", "en"):
        (tmp_path / f"train.{suffix}").rename(tmp_path / f"moved.{suffix}")
    settings["data"]["train"] = [{"source": "moved.de", "target": "moved.en"}]
    again = run(settings)
    assert again.reused and [counts.name for counts in again.report.corpora] == [
        f"{tmp_path / 'moved.de'} + {tmp_path / 'moved.en'}"
    ]


@pytest.mark.parametrize("side", [0, 1])
def test_a_changed_file_is_prepared_anew(
    settings: dict[str, Any], tmp_path: Path, side: int
) -> None:
    old = run(settings)
    changed = [list(pair) for pair in PAIRS]
    changed[1][side] += "!"
    write(tmp_path, "train", [(source, target) for source, target in changed])
    new = run(settings)
    assert not new.reused
    assert texts(new) != texts(old)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("data", "max_length", 99),
        ("tokenizer", "kind", "char"),
        ("tokenizer", "vocabulary_size", 40),
        ("tokenizer", "joint", False),
        ("tokenizer", "character_coverage", 0.99),
        ("tokenizer", "normalization", "nfc"),
    ],
)
def test_a_changed_setting_is_prepared_anew(
    settings: dict[str, Any], section: str, key: str, value: object
) -> None:
    run(settings)
    settings[section][key] = value
    assert not run(settings).reused
    assert run(settings).reused


def test_a_corpus_is_prepared_anew_for_other_alignments_only(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    plain = run(settings)
    assert plain.train.links is None
    aligned = settings | {"training": {"guided_alignment": 0.5}}
    aligned["data"] = settings["data"] | {
        "train": [settings["data"]["train"][0] | {"alignment": "train.align"}]
    }
    for text, reused in (("0-0\n\n\n", False), ("0-0\n\n\n", True), ("\n1-1\n\n", False)):
        (tmp_path / "train.align").write_text(text)
        prepared = run(aligned)
        assert prepared.reused == reused and prepared.train.links is not None
        empty = [not line for line in text.split("\n")[:3]]
        assert [not len(prepared.train.links.sentence(row)) for row in range(3)] == empty
        assert prepared.tokenizers.source.model == plain.tokenizers.source.model
    assert run(settings).folder == plain.folder and run(settings).reused
    with pytest.raises(ConfigError, match=r"of no use with training\.guided_alignment = 0"):
        run(aligned | {"training": {}})


def test_what_augmentation_shows_the_tokenizer_is_prepared_anew(settings: dict[str, Any]) -> None:
    """Changes of case it sees; of typing errors only the text must be there."""
    augment = settings["data"].setdefault("augment", {})
    for changed, reused in (
        ({"typos": 0.1}, False),
        ({"typos": 0.2}, True),
        ({"upper_case": 0.1}, False),
        ({"upper_case": 0.2}, False),
        ({"no_final_punctuation": 0.1}, True),
    ):
        augment.update(changed)
        assert run(settings).reused == reused, changed


def test_swapped_sides_and_other_orders_are_other_corpora(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    write(tmp_path, "second", [("vier", "four")])
    one, two = ({"source": f"{n}.de", "target": f"{n}.en"} for n in ("train", "second"))
    swapped = {"source": "train.en", "target": "train.de"}
    for train in ([one], [two], [swapped], [one, two], [two, one]):
        settings["data"]["train"] = train
        assert not run(settings).reused


def test_the_same_files_read_in_another_way_are_another_corpus(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "a.tsv").write_text("eins\tone\n", encoding="utf-8")
    (tmp_path / "b.tsv").write_text("zwei\ttwo\n", encoding="utf-8")
    settings["data"]["train"] = [{"source": "a.tsv", "target": "b.tsv"}]
    assert texts(run(settings)) == [("eins one", "zwei two")]
    settings["data"]["train"] = [{"path": "a.tsv"}, {"path": "b.tsv"}]
    assert texts(run(settings)) == [("eins", "one"), ("zwei", "two")]


def test_the_tokenizers_of_a_model_are_kept(settings: dict[str, Any]) -> None:
    own = run(settings)
    tokenizer = train_tokenizer(["xyz", "Hund", "dog"], TokenizerSettings(kind="char"), pairs=3)
    given = run(settings, Tokenizers(tokenizer, tokenizer))
    assert not given.reused
    assert given.tokenizers.source.model == tokenizer.model != own.tokenizers.source.model
    assert given.train.source.lengths().tolist() != own.train.source.lengths().tolist()
    assert run(settings, Tokenizers(tokenizer, tokenizer)).reused


def test_the_cache_is_where_the_settings_or_the_environment_say(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder(configure(settings)) == tmp_path / "cache"
    assert run(settings).folder.parent == tmp_path / "cache"
    del settings["data"]["cache"]
    monkeypatch.setenv("NMT_CACHE", str(tmp_path / "other"))
    assert run(settings).folder.parent == tmp_path / "other"
    monkeypatch.delenv("NMT_CACHE")
    assert cache_folder(configure(settings)) == Path.home() / ".cache" / "nmt"


# --- all or nothing ---


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokenizer": {"kind": "char", "sampling": 0.1}}, "needs a tokenizer of the kind bpe"),
        ({"data": {"augment": {"upper_case": 0.6, "title_case": 0.6}}}, "add up to more than 1"),
    ],
)
def test_settings_that_contradict_one_another_are_refused_before_anything_is_read(
    settings: dict[str, Any], tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    (tmp_path / "train.en").write_bytes(b"\xff\xfe\xff")
    for section, values in change.items():
        settings.setdefault(section, {}).update(values)
    with pytest.raises(ConfigError, match=message):
        run(settings)
    assert not (tmp_path / "cache").exists()


def test_sampling_is_refused_of_a_given_tokenizer_without_choices(settings: dict[str, Any]) -> None:
    settings["tokenizer"]["sampling"] = 0.1
    tokenizer = train_tokenizer(["xyz", "Hund", "dog"], TokenizerSettings(kind="char"), pairs=3)
    with pytest.raises(ConfigError, match="this one's is char"):
        run(settings, Tokenizers(tokenizer, tokenizer))


def check_fault(settings: dict[str, Any], kind: type[NmtError], *parts: str) -> None:
    """Preparing raises one line that holds the parts, and leaves nothing behind."""
    with pytest.raises(kind) as caught:
        run(settings)
    message = str(caught.value)
    assert all(part in message for part in parts), message
    assert "\n" not in message
    cache = Path(settings["data"]["cache"])
    assert not cache.exists() or list(cache.iterdir()) == []


def test_unequal_files_name_both_counts(settings: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "train.en").write_text("a dog\ntwo dogs\n", encoding="utf-8")
    check_fault(settings, DataError, "train.de has 3 lines", "train.en has 2")


def test_a_byte_that_is_not_utf8_is_named(settings: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "train.en").write_bytes(b"a dog\ntwo\ncaf\xe9\n")
    check_fault(settings, DataError, f"{tmp_path / 'train.en'}, line 3, byte 4")


def test_a_fault_of_a_later_corpus_is_found(settings: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "late.tsv").write_text("eins\tone\nzwei\n", encoding="utf-8")
    settings["data"]["train"].append({"path": "late.tsv"})
    check_fault(settings, DataError, f"{tmp_path / 'late.tsv'}, line 2: 1 column")


def test_a_missing_file_is_named(settings: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "train.en").unlink()
    check_fault(settings, DataError, f"{tmp_path / 'train.en'}: no such file")


def test_an_empty_corpus_is_refused(settings: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, "train", [])
    check_fault(settings, DataError, "train.de", "the corpus is empty")


def test_a_corpus_of_empty_lines_is_refused(settings: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, "train", [("", "")] * 5)
    check_fault(settings, DataError, "no text")
    write(tmp_path, "train", [("ein Hund", ""), ("", "two dogs")])
    check_fault(settings, DataError, "no pair is left of 2", "2 with an empty side")


def test_a_corpus_of_long_lines_alone_is_refused(settings: dict[str, Any]) -> None:
    settings["data"]["max_length"] = 1
    check_fault(settings, DataError, "no pair is left of 3", "data.max_length = 1")


def test_a_vocabulary_too_large_is_refused(settings: dict[str, Any]) -> None:
    settings["tokenizer"]["vocabulary_size"] = 30_000
    check_fault(settings, ConfigError, "tokenizer.vocabulary_size = 30000", "or less")


def test_a_configuration_without_a_corpus_is_refused(settings: dict[str, Any]) -> None:
    settings["data"]["train"] = []
    check_fault(settings, ConfigError, "no training corpus", "--source")
    settings["data"]["train"] = [{"source": "train.de", "target": "train.en"}, {"source": "a"}]
    check_fault(settings, ConfigError, "data.train[1]: give either source and target")


def test_a_cache_that_cannot_be_made_is_named(settings: dict[str, Any], tmp_path: Path) -> None:
    settings["data"]["cache"] = str(tmp_path / "train.de" / "below")
    with pytest.raises(ConfigError, match=r"train\.de.*set data\.cache"):
        run(settings)


def test_a_damaged_cache_is_named(settings: dict[str, Any]) -> None:
    prepared = run(settings)
    encoded = prepared.folder / "train-00000.arrow"
    encoded.write_bytes(encoded.read_bytes()[:100])
    with pytest.raises(DataError, match=r": the encoded corpus is damaged; delete this folder"):
        run(settings)


def test_the_training_corpora_are_those_of_the_settings(settings: dict[str, Any]) -> None:
    (corpus,) = training_corpora(configure(settings))
    assert [(pair.source, pair.target) for pair in corpus] == PAIRS


def test_the_hash_of_a_file_is_that_of_its_content(tmp_path: Path) -> None:
    for name, content in (("a", b"one"), ("b", b"one"), ("c", b"two")):
        (tmp_path / name).write_bytes(content)
    hashes = [file_hash(tmp_path / name) for name in "abc"]
    assert hashes[0] == hashes[1] != hashes[2]
    for missing in (tmp_path / "none", tmp_path):
        with pytest.raises(DataError, match=re.escape(str(missing))):
            file_hash(missing)


# --- as processes ---

PROGRAM = """
import resource, sys
from pathlib import Path
from nmt.config import load_config
from nmt.corpus.prepare import prepare
from nmt.errors import NmtError
if len(sys.argv) > 2:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
print("ready", flush=True)
sys.stdin.readline()
try:
    prepared = prepare(load_config(Path(sys.argv[1])), log=lambda line: None)
except NmtError as error:
    print(error)
else:
    print(prepared.folder, prepared.report.kept, prepared.reused)
"""


def start(config: Path, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(config), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        encoding="utf-8",
    )
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    write(tmp_path, "train", [(f"Wort {n} ist hier", f"word {n} is here") for n in range(20_000)])
    path = tmp_path / "config.toml"
    path.write_text(
        '[data]\ncache = "CACHE"\ntrain = [{ source = "train.de", target = "train.en" }]\n'
        "[tokenizer]\nvocabulary_size = 200\n".replace("CACHE", str(tmp_path / "cache")),
        encoding="utf-8",
    )
    return path


def test_two_processes_that_prepare_the_same_corpus_both_succeed(
    config_file: Path, tmp_path: Path
) -> None:
    processes = [start(config_file) for _ in range(2)]
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=120)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    (folder,) = (tmp_path / "cache").iterdir()
    for output in outputs:
        assert output[:2] == [str(folder), "20000"]
    assert "False" in (outputs[0][2], outputs[1][2])  # at least one did the work


def test_a_full_disk_is_one_line_and_leaves_nothing(config_file: Path, tmp_path: Path) -> None:
    process = start(config_file, "50000")  # bytes that a file may have
    output, _ = process.communicate("go\n", timeout=120)
    assert process.returncode == 0
    assert str(tmp_path / "cache") in output and "cannot be written" in output
    assert output.count("\n") == 1
    assert list((tmp_path / "cache").iterdir()) == []
