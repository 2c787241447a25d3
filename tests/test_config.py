"""Settings: who overrides whom, and errors of one line that name the setting."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from nmt.config import Config, apply_override, load_config, make_config, setting_names
from nmt.errors import ConfigError
from nmt.settings import Settings

SECTIONS = ("data", "tokenizer", "model", "training", "search")
LEAVES = [name for name in setting_names() if name not in SECTIONS]


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def fault(*overrides: str, path: Path | None = None) -> str:
    """The one line of the error that the settings raise, without the name of their origin."""
    with pytest.raises(ConfigError) as caught:
        load_config(path, overrides)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message.removeprefix(f"{path or 'settings'}: ")


def value_of(config: Settings, name: str) -> object:
    value: object = config
    for key in name.split("."):
        value = getattr(value, key)
    return value


# --- the catalogue ---


def test_there_are_at_most_seventy_settings() -> None:
    assert 30 < len(LEAVES) <= 70


def test_the_names_are_those_of_the_settings() -> None:
    assert len(set(setting_names())) == len(setting_names())
    for name in setting_names():
        assert isinstance(value_of(Config(), name), Settings) == (name in SECTIONS)


def test_the_defaults_are_settings_that_may_be_written_down() -> None:
    assert make_config(Config().model_dump(mode="json"), origin="test") == Config()


def test_settings_cannot_be_changed_once_made() -> None:
    with pytest.raises(ValidationError):
        Config().training.seed = 2  # type: ignore[misc]


# --- precedence ---


def test_an_override_is_above_the_file_and_the_file_above_the_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, 'name = "file"\n[training]\nseed = 7\npatience = 7\n')
    config = load_config(path, ["training.seed=8", "search.beam_size=3"])
    assert (config.name, config.training.seed, config.training.patience) == ("file", 8, 7)
    assert config.search.beam_size == 3
    assert config.model == Config().model


def test_the_last_override_of_a_setting_holds() -> None:
    assert load_config(None, ["training.seed=2", "training.seed=3"]).training.seed == 3


def test_without_a_file_or_an_override_all_is_default() -> None:
    assert load_config(None) == Config()


@pytest.mark.parametrize(
    ("override", "name", "value"),
    [
        ("training.seed=5", "training.seed", 5),
        (" training.seed = 5 ", "training.seed", 5),
        ("training.learning_rate=1e-3", "training.learning_rate", 0.001),
        ("training.learning_rate=1", "training.learning_rate", 1.0),
        ("tokenizer.joint=false", "tokenizer.joint", False),
        ("tokenizer.kind=char", "tokenizer.kind", "char"),
        ('tokenizer.kind="char"', "tokenizer.kind", "char"),
        ("tokenizer.vocabulary_size=auto", "tokenizer.vocabulary_size", "auto"),
        ("tokenizer.vocabulary_size=500", "tokenizer.vocabulary_size", 500),
        ("training.time_budget=1h30m", "training.time_budget", "1h30m"),
        ("name=Grüße = 1", "name", "Grüße = 1"),
    ],
)
def test_a_value_is_toml_or_else_plain_text(override: str, name: str, value: object) -> None:
    assert value_of(load_config(None, [override]), name) == value


def test_tags_are_those_of_the_corpora_each_once() -> None:
    entries = ", ".join(
        f'{{path = "x.tsv"{tag}}}'
        for tag in (', tag = "<b>"', "", ', tag = "<a>"', ', tag = "<b>"')
    )
    assert load_config(None, [f"data.train=[{entries}]"]).data.tags == ("<b>", "<a>")
    assert Config().data.tags == ()


def test_corpora_may_be_overridden() -> None:
    config = load_config(None, ['data.train=[{source="a.de",target="a.en"},{path="b.tsv"}]'])
    assert [(files.source, files.path) for files in config.data.train] == [
        ("a.de", None),
        (None, "b.tsv"),
    ]


# --- paths ---


@pytest.mark.parametrize("root", ["", '[data]\nroot = "."\n', '[data]\nroot = ""\n'])
def test_paths_start_at_the_folder_of_the_file(tmp_path: Path, root: str) -> None:
    assert load_config(write(tmp_path, root)).resolve("train.de") == tmp_path / "train.de"


def test_the_root_of_a_file_starts_at_its_folder(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[data]\nroot = "../corpora"\n'))
    expected = (tmp_path.parent / "corpora" / "train.de").resolve()
    assert config.resolve("train.de").resolve() == expected


def test_the_root_of_an_override_starts_where_the_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "configs").mkdir()
    path = write(tmp_path / "configs", '[data]\nroot = "unused"\n')
    monkeypatch.chdir(tmp_path)
    for config in (
        load_config(path, ["data.root=corpora"]),
        load_config(None, ["data.root=corpora"]),
    ):
        assert config.resolve("train.de").absolute() == tmp_path / "corpora" / "train.de"


def test_without_a_file_paths_start_where_the_command_runs() -> None:
    assert load_config(None).resolve("train.de") == Path("train.de")


def test_absolute_paths_and_home_stand_for_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "anna"))
    config = load_config(write(tmp_path, '[data]\nroot = "~/corpora"\n'))
    assert config.resolve("a.de") == tmp_path / "anna" / "corpora" / "a.de"
    assert config.resolve("~/a.de") == tmp_path / "anna" / "a.de"
    assert config.resolve(str(tmp_path / "a.de")) == tmp_path / "a.de"


# --- faults of a setting ---


@pytest.mark.parametrize("name", setting_names())
def test_a_value_of_the_wrong_type_or_range_names_its_setting(name: str) -> None:
    assert fault(f"{name}=-1.5").startswith(f"{name} = -1.5: should be ")


@pytest.mark.parametrize("name", [name for name in LEAVES if len(name.split(".")[-1]) > 4])
def test_a_misspelt_setting_names_the_right_one(name: str) -> None:
    for wrong in (name[:-1], name + "s", name[:-3] + name[-2] + name[-3] + name[-1]):
        if wrong not in setting_names():
            suggestion = fault(f"{wrong}=1").removeprefix(f"{wrong}: unknown setting")
            assert suggestion == f"; did you mean {name}?"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "training.batch-tokens=9",
            "training.batch-tokens: unknown setting; .* training.batch_tok",
        ),
        ("training.hidden_size=9", "training.hidden_size: unknown setting; .* model.hidden_size"),
        ("seed=1", "seed: unknown setting; did you mean training.seed"),
        ("traning.seed=1", "traning: unknown section; did you mean training"),
        ("Training.seed=1", "Training: unknown section; did you mean training"),
        ("data.valid={sorce='a'}", "data.valid.sorce: unknown setting; did you mean source"),
        ("data.train=[{pth='a'}]", "data.train.0.pth: unknown setting; did you mean path"),
        ("xyzzy=1", "xyzzy: unknown setting$"),
        ("training.seed=x", "training.seed = 'x': should be a whole number"),
        ("training.seed=", "training.seed = '': should be a whole number"),
        ("training.seed=1.0", "training.seed = 1.0: should be a whole number"),
        ("training.seed=true", "training.seed = True: should be a whole number"),
        ("training.seed=-1", "training.seed = -1: should be greater than or equal to 0"),
        ("training.learning_rate=nan", "training.learning_rate = nan: should be"),
        ("model.hidden_size=3", "model.hidden_size = 3: should be a multiple of 2"),
        ("model.dropout=1", "model.dropout = 1: should be less than 1"),
        ("tokenizer.kind=bp", "tokenizer.kind = 'bp': should be 'bpe', 'unigram', 'char', 'byte'"),
        ("tokenizer.vocabulary_size=3", r"tokenizer.vocabulary_size = 3: .* 16 or more, or .auto"),
        ("tokenizer.vocabulary_size=x", "tokenizer.vocabulary_size = 'x': .* 16 or more, or"),
        ("training.max_epochs=0", "training.max_epochs = 0: should be greater"),
        ("training.time_budget=soon", "training.time_budget = 'soon': .* write for example 90s"),
        ("data.train=train.de", "data.train = 'train.de': should be a list"),
        ("data=3", "data = 3: should be a section"),
        ("seed", "--set seed: write it as SECTION.KEY=VALUE"),
        ("=5", "--set =5: write it as SECTION.KEY=VALUE"),
        ("training.=5", "--set training.=5: write it as SECTION.KEY=VALUE"),
    ],
)
def test_the_line_says_what_is_wrong(override: str, message: str) -> None:
    assert re.match(message, fault(override))


def test_a_setting_is_not_a_section() -> None:
    assert "training is a setting, not a section" in fault("training=3", "training.seed=1")


NAMES = st.one_of(st.sampled_from(setting_names()), st.from_regex(r"\A[a-z_.-]{0,20}\Z"))


@settings(deadline=None)
@given(st.lists(st.builds("{}={}".format, NAMES, st.text(max_size=20)), max_size=3))
def test_overrides_are_settings_or_one_line(overrides: list[str]) -> None:
    try:
        config = load_config(None, overrides)
    except ConfigError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert make_config(config.model_dump(), origin="test") == config


# --- faults of a file ---


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "not valid TOML: .*"),
        ("name = 'a'\nname = 'b'\n", "not valid TOML: .*"),
        ("[training]\nseed = 1\nseed 2\n", r"not valid TOML: .*line 3.*"),
        ("[training\n", r"not valid TOML: .*line 1.*"),
        (
            "[training]\nsead = 1\n",
            r"training\.sead: unknown setting; did you mean training\.seed\?",
        ),
        ("[training]\nbatch-tokens = 1\n", r"training\.batch-tokens: .* training\.batch_tokens\?"),
        ("[trainig]\nseed = 1\n", r"trainig: unknown section; did you mean training\?"),
        ("[training]\n'a b' = 1\n", r"training\.'a b': unknown setting"),
        ('"a\\nb" = 1\n', r"'a\\nb': unknown setting"),
        ("[data]\nroot = 5\n", r"data\.root = 5: should be a valid string"),
        ("data = 5\n", r"data = 5: should be a section"),
        ("[data]\ntrain = { path = 'a' }\n", r"data\.train = .*: should be a list, in \[ \]"),
    ],
)
def test_a_fault_of_a_file_names_the_file(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError, match=re.escape(f"{path}: ")):
        load_config(path)
    assert re.fullmatch(message, fault(path=path))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert fault(path=tmp_path / "none.toml") == "no such configuration file"
    assert fault(path=tmp_path).startswith("cannot be read")
    (tmp_path / "latin1.toml").write_bytes("name = 'Grüße'".encode("latin-1"))
    assert fault(path=tmp_path / "latin1.toml").startswith("cannot be read")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbfname = 'x'\r\n[training]\r\nseed = 3\r\n")
    assert (load_config(path).name, load_config(path).training.seed) == ("x", 3)


def test_plain_values_are_checked_too() -> None:
    with pytest.raises(ConfigError, match=r"^model/config\.json: model\.cell = 'x': should be"):
        make_config({"model": {"cell": "x"}}, origin="model/config.json")


def test_overrides_are_put_into_nested_values() -> None:
    values = {"model": {"cell": "gru"}}
    apply_override(values, "model.hidden_size=8")
    apply_override(values, "training.seed=2")
    assert values == {"model": {"cell": "gru", "hidden_size": 8}, "training": {"seed": 2}}
