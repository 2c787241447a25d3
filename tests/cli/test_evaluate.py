"""`nmt evaluate`: the scores of a model, or of a file."""

import json
from pathlib import Path

import pytest
import sacrebleu

from nmt.cli.evaluate import scores, table
from tests.cli.conftest import Command

METRICS = ("bleu", "chrf", "ter")


@pytest.fixture
def hypothesis(toy: Path, tmp_path: Path) -> Path:
    """Translations of the test set, every other of which lacks its last word."""
    lines = (toy / "test.tgt").read_text(encoding="utf-8").splitlines()
    cut = [line.rsplit(" ", 1)[0] if n % 2 else line for n, line in enumerate(lines)]
    path = tmp_path / "hypothesis.txt"
    path.write_text("".join(f"{line}\n" for line in cut), encoding="utf-8")
    return path


def test_scores_of_a_file_are_those_of_sacrebleu(toy: Path, hypothesis: Path, nmt: Command) -> None:
    done = nmt("evaluate --json --hypothesis", hypothesis, "--reference", toy / "test.tgt")
    result = json.loads(done.stdout)
    texts = hypothesis.read_text(encoding="utf-8").splitlines()
    references = [(toy / "test.tgt").read_text(encoding="utf-8").splitlines()]
    assert result["bleu"]["score"] == sacrebleu.corpus_bleu(texts, references).score
    assert result["chrf"]["score"] == sacrebleu.corpus_chrf(texts, references).score
    assert result["ter"]["score"] == sacrebleu.corpus_ter(texts, references).score
    assert result["sentences"] == 30
    assert all("version:" in result[metric]["signature"] for metric in METRICS)


def test_a_perfect_translation(toy: Path, nmt: Command) -> None:
    test = toy / "test.tgt"
    result = json.loads(nmt("evaluate --json --hypothesis", test, "--reference", test).stdout)
    assert [round(result[metric]["score"], 6) for metric in METRICS] == [100, 100, 0]


def test_json_of_a_model_has_all_figures(model: Path, toy: Path, nmt: Command) -> None:
    files = ["--source", toy / "test.src", "--reference", toy / "test.tgt"]
    done = nmt("evaluate --json", model, *files)
    assert done.stdout.count("\n") == 1
    result = json.loads(done.stdout)
    assert all(set(result[metric]) == {"score", "signature"} for metric in METRICS)
    assert result["sentences"] == 30
    assert result["perplexity"] > 1
    assert 0 <= result["token_accuracy"] <= 1
    assert result["seconds"] > 0 and result["sentences_per_second"] > 0


@pytest.mark.parametrize("options", ["--beam-size 3", "--beam-size 3 --mbr chrf"])
def test_a_model_scores_as_the_file_of_its_translations(
    model: Path, toy: Path, nmt: Command, tmp_path: Path, options: str
) -> None:
    source, reference, output = toy / "test.src", toy / "test.tgt", tmp_path / "out"
    nmt(f"translate {options} -o", output, model, source)
    of_file = nmt("evaluate --json --hypothesis", output, "--reference", reference)
    files = ["--source", source, "--reference", reference]
    of_model = nmt(f"evaluate --json {options}", model, *files)
    for metric in METRICS:
        assert json.loads(of_file.stdout)[metric] == json.loads(of_model.stdout)[metric]


def test_table_has_a_line_for_each_figure(model: Path, toy: Path, nmt: Command) -> None:
    files = ["--source", toy / "test.src", "--reference", toy / "test.tgt"]
    lines = nmt("evaluate", model, *files).stdout.splitlines()
    names = ["BLEU", "chrF", "TER", "sentences", "perplexity", "accuracy", "seconds"]
    assert [line.split()[0] for line in lines] == names
    assert all("version:" in line for line in lines[:3])


def test_table_of_a_file_has_no_figures_of_a_model() -> None:
    lines = table(scores(["a b"], ["a b"])).splitlines()
    assert [line.split()[0] for line in lines] == ["BLEU", "chrF", "TER", "sentences"]


@pytest.mark.parametrize(
    "option",
    ["--beam-size 3", "--length-penalty 1", "--precision bfloat16", "--batch-size 9",
     "--device cpu", "--threads 1"],
)  # fmt: skip
def test_options_of_a_model_are_refused_for_a_file(toy: Path, nmt: Command, option: str) -> None:
    test = toy / "test.tgt"
    done = nmt(f"evaluate {option} --hypothesis", test, "--reference", test)
    assert (done.returncode, done.stdout) == (2, "")
    assert option.split()[0] in done.stderr and "MODEL_DIR" in done.stderr


def test_a_tag_is_evaluated_as_if_it_were_typed(
    tagged_model: Path, toy: Path, nmt: Command, tmp_path: Path
) -> None:
    lines = (toy / "test.src").read_text(encoding="utf-8").splitlines()
    typed = tmp_path / "typed.src"
    typed.write_text("".join(f"<a> {line}\n" for line in lines), encoding="utf-8")
    by_hand, by_option, without = (
        json.loads(
            nmt("evaluate --json", tagged_model, "--reference", toy / "test.tgt", *options).stdout
        )
        for options in (
            ("--source", typed),
            ("--source", toy / "test.src", "--tag", "<a>"),
            ("--source", toy / "test.src"),
        )
    )
    for figure in ("bleu", "chrf", "perplexity"):
        assert by_option[figure] == by_hand[figure]
    assert without["perplexity"] != by_hand["perplexity"]
