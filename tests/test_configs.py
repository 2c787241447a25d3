"""The files in configs/: each is whole, builds, trains, and says the truth about its size."""

import re
import tomllib
from pathlib import Path

import pytest
import torch
from torch import nn

from nmt.cli.settings import with_corpora
from nmt.config import Config, load_config
from nmt.corpus.batches import Batch, collate
from nmt.errors import ConfigError
from nmt.model.build import build
from nmt.settings import CorpusFiles
from nmt.training.objective import Objective
from nmt.training.run import RunOptions, describe
from nmt.training.state import Progress, TrainingState
from nmt.training.step import make_optimizer, train_step
from nmt.training.trainable import check_trainable
from tests.conftest import RunNmt

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
FILES = sorted(path.name for path in CONFIGS.glob("*.toml"))
PAPERS = {
    "bahdanau2015", "luong2015", "gnmt", "rnmtplus", "bideep", "transformer-base", "ssru-hybrid",
}  # fmt: skip
SMALL = ["embedding_size=16", "hidden_size=16", "encoder_layers=2", "decoder_layers=3"]
SMALL = [f"model.{value}" for value in SMALL] + ["tokenizer.vocabulary_size=auto"]
STATED = re.compile(
    r"^# Parameters: ([\d,]+) with (a joint vocabulary|two vocabularies) of ([\d,]+)\.$",
    re.MULTILINE,
)


def small(name: str) -> Config:
    """A preset, scaled down to sizes that are trained in no time."""
    config = load_config(CONFIGS / name, SMALL)
    if config.model.feed_forward_size not in ("auto", 0):
        return load_config(CONFIGS / name, [*SMALL, "model.feed_forward_size=32"])
    return config


def small_batch() -> Batch:
    """Three sentence pairs of different lengths, of tokens below 40."""
    generator = torch.Generator().manual_seed(1)
    sides = [
        [torch.randint(4, 40, (length,), generator=generator).tolist() for length in lengths]
        for lengths in ((5, 3, 9), (4, 6, 7))
    ]
    return collate(*sides)


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_every_paper_has_its_file() -> None:
    assert {f"{name}.toml" for name in PAPERS} <= set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_loads_under_its_own_name_and_says_what_was_measured(name: str) -> None:
    assert load_config(CONFIGS / name).name == name.removesuffix(".toml")
    assert re.search(r"^# Measured: ", (CONFIGS / name).read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", FILES)
def test_a_model_of_its_architecture_takes_a_training_step(name: str) -> None:
    config = small(name)
    training = config.training.model_copy(update={"precision": "float32"})
    torch.manual_seed(1)
    joint = config.tokenizer.joint
    model = build(config.model, source_vocabulary=40, target_vocabulary=40, joint=joint).train()
    before = {key: value.clone() for key, value in model.named_parameters()}
    state = TrainingState(model, model, make_optimizer(model, training), Progress(step=1))
    training = training.model_copy(update={"average_decay": 0.0})
    result = train_step(state, small_batch(), Objective(training), rate=1e-3, warn=pytest.fail)
    assert result.finite
    unchanged = [key for key, value in model.named_parameters() if torch.equal(value, before[key])]
    assert unchanged == []


@pytest.mark.parametrize("name", sorted(PAPERS))
def test_a_paper_s_file_states_the_number_of_its_parameters(name: str) -> None:
    config = load_config(CONFIGS / f"{name}.toml")
    stated = STATED.search((CONFIGS / f"{name}.toml").read_text())
    assert stated, "write: # Parameters: N with a joint vocabulary of V."
    size = int(stated[3].replace(",", ""))
    assert config.tokenizer.vocabulary_size == size
    assert config.tokenizer.joint == (stated[2] == "a joint vocabulary")
    with torch.device("meta"):  # shapes alone: some of these models have a gigabyte of weights
        model = build(
            config.model,
            source_vocabulary=size,
            target_vocabulary=size,
            joint=config.tokenizer.joint,
        )
    assert f"{parameters(model):,}" == stated[1]


@pytest.mark.parametrize("name", sorted(PAPERS))
def test_a_paper_s_file_names_its_paper_and_its_differences(name: str) -> None:
    comment = (CONFIGS / f"{name}.toml").read_text().split("\nname =")[0]
    for start in (r"[^\n]+\b20[12]\d\b", "Taken over: ", "Not taken over: ", "Measured: "):
        assert re.search(f"^# {start}", comment, re.MULTILINE), start
    assert f"nmt train configs/{name}.toml --source" in comment
    assert "benchmarks/architectures.md" in comment


@pytest.mark.parametrize("name", sorted(PAPERS))
def test_a_dry_run_with_files_of_one_s_own_says_what_it_would_train(
    tiny_corpus: Path, name: str
) -> None:
    config = with_corpora(
        small(f"{name}.toml"),
        train=(tiny_corpus / "train.src", tiny_corpus / "train.tgt"),
        valid=(tiny_corpus / "valid.src", tiny_corpus / "valid.tgt"),
        corpora=None,
        languages="de-en",
    )
    lines = "\n".join(describe(config, tiny_corpus / "model", RunOptions()))
    assert "400 pairs of 400" in lines
    assert not (tiny_corpus / "model").exists()


def test_the_command_takes_a_paper_s_file(tiny_corpus: Path, run_nmt: RunNmt) -> None:
    files = ["--source", tiny_corpus / "train.src", "--target", tiny_corpus / "train.tgt"]
    options = [part for value in SMALL for part in ("--set", value)]
    done = run_nmt(
        "train", CONFIGS / "gnmt.toml", *files, *options, "-o", tiny_corpus / "m", "--dry-run"
    )
    assert done.returncode == 0, done.stderr
    assert "parameters" in done.stdout


def test_a_vocabulary_that_a_small_corpus_cannot_fill_is_refused_with_the_way_out(
    tiny_corpus: Path,
) -> None:
    config = with_corpora(
        load_config(CONFIGS / "gnmt.toml", SMALL[:-1]),
        train=(tiny_corpus / "train.src", tiny_corpus / "train.tgt"),
        valid=(None, None),
        corpora=None,
        languages=None,
    )
    with pytest.raises(ConfigError, match=r"vocabulary_size = 32000: larger.*; set it to"):
        describe(config, tiny_corpus / "model", RunOptions())


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"rnmt\.toml: no such configuration file"):
        load_config(CONFIGS / "rnmt.toml")
    changed = tmp_path / "changed.toml"
    text = (CONFIGS / "gnmt.toml").read_text()
    changed.write_text(text.replace("input_feeding", "input_feading"))
    with pytest.raises(ConfigError, match=r"model\.input_feading.*input_feeding"):
        load_config(changed)
    with pytest.raises(ConfigError, match=r"model\.decoder"):
        load_config(CONFIGS / "gnmt.toml", ["model.decoder=rnmt"])


def compared() -> dict[str, dict[str, list[str]]]:
    """What each comparison of benchmarks/ compares: names, and all their settings."""
    folder = CONFIGS.parent / "benchmarks"
    tables = tomllib.loads((folder / "architectures.toml").read_text())
    base = tables.pop("base")
    variants = {
        name: base + changes for group in tables.values() for name, changes in group.items()
    }
    recipes = tomllib.loads((folder / "recipes.toml").read_text())
    del recipes["corpora"]
    baseline = tomllib.loads((folder / "baseline.toml").read_text())
    return {"architectures": variants} | {
        comparison: {name: table["base"] + changes for name, changes in table[key].items()}
        for tables, key in ((recipes, "candidates"), (baseline, "models"))
        for comparison, table in tables.items()
    }


@pytest.mark.parametrize("comparison", compared())
def test_all_that_is_compared_builds_and_differs(comparison: str) -> None:
    valid = CorpusFiles(source="x", target="y")
    seen: list[object] = []
    for name, settings in compared()[comparison].items():
        config = load_config(None, settings)
        data = config.data.model_copy(update={"valid": valid})
        check_trainable(config.model_copy(update={"data": data}), goes_on=False)
        with torch.device("meta"):
            build(config.model, source_vocabulary=60, target_vocabulary=60, joint=True)
        assert config not in seen, name
        seen.append(config)
