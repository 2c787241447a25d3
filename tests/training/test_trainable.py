"""Settings that would do nothing, or harm, are refused before a corpus is read."""

import re
from pathlib import Path
from typing import Any

import pytest

from nmt.errors import ConfigError
from nmt.settings import TrainingSettings
from nmt.training.run import RunOptions, describe, train
from nmt.training.trainable import check_trainable, doubtful_length, doubtful_settings
from tests.training.conftest import MakeConfig

WITHOUT_MATRICES: list[dict[str, Any]] = [
    {"cell": "ssru"},
    {"cell": "minlstm", "decoder": "hybrid"},
    {"encoder": "transformer", "decoder": "transformer"},
]


@pytest.mark.parametrize("model", WITHOUT_MATRICES, ids=str)
def test_weight_dropout_needs_recurrent_matrices(
    model: dict[str, Any], make_toy_config: MakeConfig
) -> None:
    check_trainable(make_toy_config(model=model), goes_on=False)
    with pytest.raises(ConfigError, match=r"training\.weight_dropout = 0\.2: .*leave it out"):
        check_trainable(make_toy_config(model=model, weight_dropout=0.2), goes_on=False)


@pytest.mark.parametrize("model", [{}, {"cell": "ssru", "encoder_cell": "gru"}], ids=str)
def test_one_recurrent_side_is_enough(model: dict[str, Any], make_toy_config: MakeConfig) -> None:
    check_trainable(make_toy_config(model=model, weight_dropout=0.2), goes_on=False)


@pytest.mark.parametrize("objective", ["risk_bleu", "risk_chrf"])
def test_risk_needs_a_model_to_go_on_from(objective: str, make_toy_config: MakeConfig) -> None:
    config = make_toy_config(objective=objective)
    check_trainable(config, goes_on=True)
    with pytest.raises(ConfigError, match=r"training\.objective.* by likelihood first.* --from"):
        check_trainable(config, goes_on=False)
    check_trainable(make_toy_config(objective=objective, risk_after=0.5), goes_on=False)


def test_a_mean_of_validated_weights_needs_validations(make_toy_config: MakeConfig) -> None:
    check_trainable(make_toy_config(average_checkpoints=3), goes_on=False)
    with pytest.raises(ConfigError, match=r"training\.average_checkpoints: .*data\.valid"):
        check_trainable(make_toy_config(average_checkpoints=3, valid=False), goes_on=False)


def test_settings_that_would_do_nothing_are_refused(make_toy_config: MakeConfig) -> None:
    dry = {"dropout": 0.0, "embedding_dropout": 0.0}
    check_trainable(make_toy_config(r_drop=1.0), goes_on=False)
    check_trainable(make_toy_config(r_drop=1.0, model=dry | {"word_dropout": 0.1}), goes_on=False)
    with pytest.raises(ConfigError, match=r"training\.r_drop: .*model\.dropout"):
        check_trainable(make_toy_config(r_drop=1.0, model=dry), goes_on=False)
    with pytest.raises(ConfigError, match=r"training\.risk_after: .*training\.objective"):
        check_trainable(make_toy_config(risk_after=0.5), goes_on=False)
    with pytest.raises(ConfigError, match=r"training\.average_checkpoints = 1: .*2 or more"):
        check_trainable(make_toy_config(average_checkpoints=1), goes_on=False)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("encoder_cell", {"encoder_cell": "gru", "encoder": "transformer"}),
        ("start", {"start": "zero", "decoder": "transformer"}),
        ("cell", {"cell": "gru", "encoder": "transformer", "decoder": "transformer"}),
        ("cell", {"cell": "gru", "encoder_cell": "ssru", "decoder": "transformer"}),
    ],
)
def test_what_a_transformer_has_no_use_for_is_refused(
    name: str, given: dict[str, Any], make_toy_config: MakeConfig
) -> None:
    with pytest.raises(ConfigError, match=rf"model\.{name} = {given[name]}: .*leave it out"):
        check_trainable(make_toy_config(model=given), goes_on=False)
    check_trainable(make_toy_config(model=given), goes_on=True)  # it is what it is
    sides = {key: value for key, value in given.items() if key not in ("encoder", "decoder")}
    check_trainable(make_toy_config(model=sides), goes_on=False)


def test_heads_are_for_an_attention_that_has_them(make_toy_config: MakeConfig) -> None:
    given = {"attention": "additive", "attention_heads": 2}
    with pytest.raises(ConfigError, match=r"model\.attention_heads = 2: .*leave it out"):
        check_trainable(make_toy_config(model=given), goes_on=False)
    check_trainable(make_toy_config(model=given), goes_on=True)
    for other in ({"attention": "multihead_additive"}, {"encoder": "transformer"}):
        check_trainable(make_toy_config(model=given | other), goes_on=False)


@pytest.mark.parametrize(
    ("given", "doubt"),
    [
        ({"model": {"encoder": "alternating", "encoder_layers": 1}}, "the same as one_way"),
        ({"model": {"encoder": "gnmt", "encoder_layers": 1}}, "the same as bidirectional"),
        ({"objective": "risk_bleu", "learning_rate": 2e-3}, "minimum risk .* worse at 3e-4"),
    ],
)
def test_what_was_probably_not_meant_is_said(
    given: dict[str, Any], doubt: str, make_toy_config: MakeConfig
) -> None:
    (line,) = doubtful_settings(make_toy_config(**given))
    assert re.search(doubt, line)


def test_what_was_meant_is_not_doubted(make_toy_config: MakeConfig) -> None:
    for encoder in ("alternating", "gnmt"):  # have two layers, if nothing else is said
        config = make_toy_config(model={"encoder": encoder})
        assert config.model.encoder_layers == 2 and not doubtful_settings(config)
    for values in ({"learning_rate": 2e-4}, {"learning_rate": 2e-3, "risk_after": 0.8}):
        assert not doubtful_settings(make_toy_config(objective="risk_chrf", **values))


def test_a_run_too_short_for_r_drop_is_doubted() -> None:
    (line,) = doubtful_length(TrainingSettings(r_drop=4.0), 9.2)
    assert "training.r_drop = 4 " in line and "will take 9:" in line and "set it to 0" in line
    assert not doubtful_length(TrainingSettings(r_drop=4.0), 25)
    assert not doubtful_length(TrainingSettings(), 9.2)


def test_norms_behind_residual_connections_need_some(make_toy_config: MakeConfig) -> None:
    sizes = {"encoder_layers": 3, "decoder_layers": 3, "norm": "post"}
    with pytest.raises(ConfigError, match=r"model\.norm = post: .*model\.residual = true"):
        check_trainable(make_toy_config(model=sizes | {"residual": False}), goes_on=False)
    check_trainable(make_toy_config(model=sizes), goes_on=False)
    for norm in ("pre", "none"):
        given = sizes | {"residual": False, "norm": norm}
        check_trainable(make_toy_config(model=given), goes_on=False)


def test_a_run_refuses_before_it_prepares_or_writes(
    make_toy_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(*arguments: Any) -> None:
        pytest.fail("it came to the corpus")

    monkeypatch.setattr("nmt.training.run._prepare", prepare)
    config = make_toy_config(objective="risk_bleu")
    with pytest.raises(ConfigError):
        train(config, tmp_path / "new")
    with pytest.raises(ConfigError):
        describe(config, tmp_path / "new", RunOptions())
    assert list(tmp_path.iterdir()) == []
