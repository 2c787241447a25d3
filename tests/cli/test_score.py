"""`nmt score`: log-probabilities, one a line, of each pair by itself."""

import math
from pathlib import Path

import pytest

import nmt as package
from tests.cli.conftest import Command


def write_pair(folder: Path, sources: list[str], targets: list[str]) -> list[str | Path]:
    """The options that name a corpus of these lines."""
    (folder / "pair.src").write_text("".join(f"{s}\n" for s in sources), encoding="utf-8")
    (folder / "pair.tgt").write_text("".join(f"{t}\n" for t in targets), encoding="utf-8")
    return ["--source", folder / "pair.src", "--target", folder / "pair.tgt"]


def test_one_log_probability_a_line(model: Path, toy: Path, nmt: Command) -> None:
    done = nmt("score", model, "--source", toy / "test.src", "--target", toy / "test.tgt")
    values = [float(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr, len(values)) == (0, "", 30)
    assert all(-math.inf < value < 0 for value in values)


def test_empty_sides_and_empty_files_are_scored(model: Path, nmt: Command, tmp_path: Path) -> None:
    done = nmt("score", model, *write_pair(tmp_path, ["eins", "", ""], ["", "one", ""]))
    assert len([float(line) for line in done.stdout.splitlines()]) == 3
    done = nmt("score", model, *write_pair(tmp_path, [], []))
    assert (done.returncode, done.stdout) == (0, "")


def test_a_score_is_independent_of_its_neighbours(
    model: Path, toy: Path, nmt: Command, tmp_path: Path
) -> None:
    sources, targets = (
        (toy / f"test.{side}").read_text(encoding="utf-8").splitlines() for side in ("src", "tgt")
    )
    together = nmt("score", model, *write_pair(tmp_path, sources, targets)).stdout.splitlines()
    for row in (0, 13, 29):
        alone = nmt(
            "score", model, *write_pair(tmp_path, sources[row : row + 1], targets[row : row + 1])
        )
        assert float(alone.stdout) == pytest.approx(float(together[row]), abs=1e-4)


def test_a_score_is_the_log_probability_that_search_found(
    model: Path, toy: Path, nmt: Command, tmp_path: Path
) -> None:
    sources = (toy / "train.src").read_text(encoding="utf-8").splitlines()[:60]
    translator = package.load(model)
    tokenizer = translator.models[0].tokenizers.target
    translations = [
        translation
        for translation in translator.translate(sources, beam_size=2, length_penalty=0.0)
        if tuple(tokenizer.pieces(tokenizer.encode([translation.text])[0]))
        == translation.target_pieces
    ]
    assert len(translations) >= 5  # of the others, the tokens are not those of their text
    pair = write_pair(tmp_path, [t.source for t in translations], [t.text for t in translations])
    values = [float(line) for line in nmt("score", model, *pair).stdout.splitlines()]
    assert values == pytest.approx([t.score for t in translations], abs=1e-3)


def test_a_tag_is_scored_as_if_it_were_typed(
    tagged_model: Path, nmt: Command, tmp_path: Path
) -> None:
    targets = ["one red house", "two birds"]
    typed = nmt(
        "score", tagged_model, *write_pair(tmp_path, ["<b> eins rot Haus", "<b> zwei"], targets)
    )
    plain = write_pair(tmp_path, ["eins rot Haus", "zwei"], targets)
    assert nmt("score --tag '<b>'", tagged_model, *plain).stdout == typed.stdout
    assert nmt("score", tagged_model, *plain).stdout != typed.stdout
    assert nmt("score --tag '<c>'", tagged_model, *plain).returncode == 2
