"""The steps of preparing: what is faulty is left out and recorded, before anything is learnt."""

import json
from pathlib import Path
from typing import Any

import pytest

from nmt.config import Config, make_config
from nmt.corpus.encoded import load_encoded
from nmt.corpus.preparation import keeps_text, write_prepared
from nmt.corpus.preparation_report import PreparationReport
from nmt.corpus.prepare import training_corpora
from nmt.errors import ConfigError, DataError
from nmt.text.tokenizers import load_tokenizers
from tests.corpus.conftest import Sides, Write


def configure(files: tuple[Path, Path], **data: Any) -> Config:
    train = [{"source": str(files[0]), "target": str(files[1])}]
    tokenizer = data.pop("tokenizer", {"vocabulary_size": 200})
    return make_config({"data": {"train": train, **data}, "tokenizer": tokenizer}, origin="test")


def write(folder: Path, config: Config) -> PreparationReport:
    folder.mkdir()
    write_prepared(folder, config, training_corpora(config), None)
    report = PreparationReport.of_json(json.loads((folder / "report.json").read_text()))
    assert report.read == report.kept + sum(report.rejected.values())
    assert len(load_encoded(folder)) == report.kept
    assert sum(counts.kept for counts in report.corpora) == report.kept
    assert len(records(folder)) == sum(report.rejected.values())
    return report


def records(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "rejected.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def damaged(sides: Sides) -> Sides:
    """Two hundred pairs, of which four are faulty."""
    source, target = list(sides[0][:200]), list(sides[1][:200])
    source[5] = ""
    target[10] = f"{target[10]}\ufffd"
    source[20], target[20] = source[3], target[3]
    target[30] = f"<b>{target[30]}"
    return source, target


def test_faults_that_are_named_are_left_out(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    files = write_sides(damaged(clean_sides))
    reject = ["encoding", "duplicate", "markup"]
    report = write(tmp_path / "new", configure(files, reject=reject))
    assert report.rejected == {"encoding": 1, "duplicate": 1, "markup": 1, "empty": 1}
    found = {entry["line"]: entry["reason"] for entry in records(tmp_path / "new")}
    assert found == {6: "empty", 11: "encoding", 21: "duplicate", 31: "markup"}
    pieces = load_tokenizers(tmp_path / "new", "NFC").source
    assert "\ufffd" not in "".join(pieces.pieces(range(pieces.vocabulary_size)))


def test_without_a_wish_only_empty_and_endless_pairs_are_left_out(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    source, target = damaged(clean_sides)
    target[40] = "gun " * 400
    report = write(tmp_path / "new", configure(write_sides((source, target))))
    assert report.rejected == {"empty": 1, "too_long": 1}


def test_validation_pairs_can_be_left_out_of_training(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    files = write_sides((clean_sides[0][:100], clean_sides[1][:100]))
    held = write_sides((clean_sides[0][30:40], clean_sides[1][30:40]), "valid")
    valid = {"source": str(held[0]), "target": str(held[1])}
    report = write(tmp_path / "new", configure(files, reject=["overlap"], valid=valid))
    assert 8 <= report.rejected["overlap"] <= 10
    assert {entry["line"] for entry in records(tmp_path / "new")} <= set(range(31, 41))


def test_a_corpus_with_a_fault_as_a_whole_is_refused(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    files = write_sides((clean_sides[0][:100], clean_sides[1][:99]))
    for number, data in enumerate(({"reject": ["markup"]}, {})):
        with pytest.raises(DataError, match="has 100 lines"):
            write(tmp_path / str(number), configure(files, **data))


def test_nothing_left_is_an_error(write_sides: Write, tmp_path: Path) -> None:
    files = write_sides((["", "a <b>"], ["x", "y"]))
    with pytest.raises(DataError, match="no pair is left of 2"):
        write(tmp_path / "new", configure(files, tokenizer={"kind": "byte"}, max_length=2))


def test_the_text_is_kept_where_epochs_differ(write_sides: Write) -> None:
    files = write_sides((["a"], ["b"]))
    assert not keeps_text(configure(files))
    assert not keeps_text(configure(files, augment={"typos": 0.0}))
    assert keeps_text(configure(files, augment={"typos": 0.1}))
    sampling = {"vocabulary_size": 200, "sampling": 0.1}
    assert keeps_text(configure(files, tokenizer=sampling))


def test_a_tag_that_a_given_tokenizer_would_cut_is_refused(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    files = write_sides((clean_sides[0][:100], clean_sides[1][:100]))
    write(tmp_path / "first", configure(files))
    train = [{"source": str(files[0]), "target": str(files[1]), "tag": "<law>"}]
    config = make_config(
        {"data": {"train": train}, "tokenizer": {"vocabulary_size": 200}}, origin="test"
    )
    given = load_tokenizers(tmp_path / "first", "NFC")
    (tmp_path / "second").mkdir()
    with pytest.raises(ConfigError, match=r"data\.train\[0\]\.tag = '<law>'"):
        write_prepared(tmp_path / "second", config, training_corpora(config), given)
    write(tmp_path / "third", config)  # a new one has the tag among its symbols


def linked_words(folder: Path) -> list[set[tuple[str, str]]]:
    """The words, read off their tokens, that the links of each kept pair join."""
    corpus, tokenizers = load_encoded(folder), load_tokenizers(folder, "NFC")
    assert corpus.links is not None
    found = []
    for row in range(len(corpus)):
        source, target = corpus.source.sentence(row), corpus.target.sentence(row)
        links = corpus.links.sentence(row).reshape(-1, 4).tolist()
        sides = [
            tokenizer.decode([tokens[link[i] : link[i + 1]] for link in links])
            for tokenizer, tokens, i in (
                (tokenizers.source, source, 0), (tokenizers.target, target, 2)
            )
        ]  # fmt: skip
        found.append(set(zip(*sides, strict=True)))
    return found


@pytest.mark.parametrize("reject", [[], ["encoding", "duplicate", "markup"]])
@pytest.mark.parametrize("kind", ["bpe", "byte"])
@pytest.mark.parametrize("one_file", [False, True])
def test_links_join_the_words_of_their_own_pair_whatever_is_left_out(
    clean_sides: Sides, write_sides: Write, tmp_path: Path, reject: list[str], kind: str,
    one_file: bool,
) -> None:  # fmt: skip
    """Word i is aligned to word i in even lines, and nothing in odd ones."""
    source, target = damaged(clean_sides)
    target[40] = "gun " * 400
    lengths = [min(len(side.split()) for side in pair) for pair in zip(source, target, strict=True)]
    lines = [" ".join(f"{i}-{i}" for i in range(n * (row % 2))) for row, n in enumerate(lengths)]
    (tmp_path / "align").write_text("\n".join(lines) + "\n")
    files = write_sides((source, target))
    config = configure(files, reject=reject, tokenizer={"kind": kind})
    entry = {"source": str(files[0]), "target": str(files[1])}
    if one_file:
        pairs = zip(source, target, strict=True)
        (tmp_path / "train.tsv").write_text("".join(f"{s}\t{t}\n" for s, t in pairs))
        entry = {"path": str(tmp_path / "train.tsv")}
    second = write_sides((clean_sides[0][300:350], clean_sides[1][300:350]), "second")
    other = {"source": str(second[0]), "target": str(second[1]), "tag": "<law>"}
    values = config.model_dump(exclude_unset=True)
    values["data"]["train"] = [entry | {"alignment": str(tmp_path / "align"), "tag": "<x>"}, other]
    config = make_config(values, origin="test")
    report = write(tmp_path / "new", config)
    name, kept = report.corpora[0].name, report.corpora[0].kept
    left_out = {r["line"] for r in records(tmp_path / "new") if r["corpus"] == name}
    assert len(left_out) == 200 - kept > 0
    expected = []
    for row, (s, t) in enumerate(zip(source, target, strict=True), start=1):
        if row not in left_out:
            aligned = row % 2 == 0
            expected.append(set(zip(s.split(), t.split(), strict=False)) if aligned else set())
    found = linked_words(tmp_path / "new")
    assert found[: len(expected)] == expected
    assert not any(found[kept:]) and len(found) == report.kept > kept


def test_alignments_of_another_corpus_are_refused(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    files = write_sides((clean_sides[0][:50], clean_sides[1][:50]))
    (tmp_path / "align").write_text("\n" * 49)
    for number, reject in enumerate(([], ["markup"])):
        values = configure(files, reject=reject).model_dump(exclude_unset=True)
        values["data"]["train"][0]["alignment"] = str(tmp_path / "align")
        with pytest.raises(DataError, match=r"align has 49 lines, .* has 50 pairs"):
            write(tmp_path / str(number), make_config(values, origin="test"))


def test_a_tokenizer_has_tokens_for_the_capitals_that_augmentation_makes(
    clean_sides: Sides, write_sides: Write, tmp_path: Path
) -> None:
    """Else a sentence in capitals is spelt out, letter by letter."""
    files = write_sides((clean_sides[0][:300], clean_sides[1][:300]))
    lines = [line.upper() for side in clean_sides for line in side[:300]]
    lengths = []
    for rate in (0.0, 0.2):
        folder = tmp_path / str(rate)
        augment = {"upper_case": rate}
        write(folder, configure(files, tokenizer={"vocabulary_size": 1000}, augment=augment))
        tokenizer = load_tokenizers(folder, "NFC").source
        lengths.append(sum(map(len, tokenizer.encode(lines))))
    assert lengths[1] < 0.7 * lengths[0]
