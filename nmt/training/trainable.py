"""Whether the settings of a run go together, found out before it reads a corpus."""

import torch
from torch import nn

from nmt.config import Config
from nmt.errors import ConfigError
from nmt.layers.dropout import recurrent_weights
from nmt.layers.sublayer import Sublayer
from nmt.model.build import build
from nmt.settings import ModelSettings, TrainingSettings

DEFAULTS = ModelSettings()
HIGHEST_RISK_RATE = 2e-4  # a model got better at it, and worse at 3e-4 (benchmarks/RESULTS.md)
EPOCHS_FOR_R_DROP = 20  # in 9 and 16 it made models worse, in 25 to 36 better or no worse (ibid.)


def check_trainable(config: Config, *, goes_on: bool) -> None:
    """Refuse settings that would do nothing, or harm.

    Args:
        goes_on: whether the run goes on from a model that has learnt something already.

    Raises:
        ConfigError: it names the setting.
    """
    settings = config.training
    with torch.device("meta"):  # no memory, no time
        model = build(config.model, source_vocabulary=4, target_vocabulary=4, joint=True)
    if not goes_on:
        _refuse_idle_parts(config.model, model)
    if settings.weight_dropout and not recurrent_weights(model):
        raise ConfigError(
            f"training.weight_dropout = {settings.weight_dropout}: a model of "
            f"model.cell = {config.model.cell} and model.decoder = {config.model.decoder} has no "
            "recurrent matrices to drop from; leave it out"
        )
    if settings.objective != "likelihood" and not goes_on and not settings.risk_after:
        raise ConfigError(
            f"training.objective = {settings.objective!r}: a new model has no translations worth "
            "comparing; train by likelihood first: set training.risk_after = 0.85, or go on --from "
            "a model"
        )
    if settings.risk_after and settings.objective == "likelihood":
        raise ConfigError(
            "training.risk_after: the objective is likelihood to the end; set training.objective "
            "to risk_bleu or risk_chrf, or leave it out"
        )
    if settings.average_checkpoints == 1:
        raise ConfigError(
            "training.average_checkpoints = 1: the mean of one is what it was; set 2 or more, or 0"
        )
    parts = config.model
    dropped = (parts.dropout, parts.embedding_dropout, parts.attention_dropout, parts.word_dropout)
    if settings.r_drop and not any(dropped):
        raise ConfigError(
            "training.r_drop: without dropout both passes are the same; set model.dropout, or "
            "leave it out"
        )
    if settings.average_checkpoints and not config.data.valid:
        raise ConfigError(
            "training.average_checkpoints: the mean is of validated weights, so it needs a "
            "validation corpus; set data.valid, or leave it out"
        )


def doubtful_settings(config: Config) -> list[str]:
    """A line for each setting that is possible, and probably not what was meant."""
    model, training, doubts = config.model, config.training, []
    twin = {"alternating": "one_way", "gnmt": "bidirectional"}.get(model.encoder)
    if twin and model.encoder_layers == 1:
        doubts.append(
            f"model.encoder = {model.encoder}: with model.encoder_layers = 1 it is the same as "
            f"{twin}; set 2 or more layers"
        )
    by_risk_alone = training.objective != "likelihood" and not training.risk_after
    if by_risk_alone and training.learning_rate > HIGHEST_RISK_RATE:
        doubts.append(
            f"training.learning_rate = {training.learning_rate}: minimum risk made a trained "
            "model worse at 3e-4, and better at 1e-4 to 2e-4"
        )
    return doubts


def doubtful_length(settings: TrainingSettings, epochs: float) -> list[str]:
    """A line if a run is too short for what it is set to do.

    Args:
        epochs: that it is predicted to take.
    """
    if not settings.r_drop or epochs >= EPOCHS_FOR_R_DROP:
        return []
    return [
        f"training.r_drop = {settings.r_drop:g} takes twice the time for a step, and made models "
        f"worse in runs of 9 and 16 epochs; this one will take {epochs:.0f}: set it to 0, or give "
        "the run more time"
    ]


def _refuse_idle_parts(settings: ModelSettings, model: nn.Module) -> None:
    """Parts that the model does not have; who sets them would think that they did something."""
    encoder, decoder = settings.encoder == "transformer", settings.decoder == "transformer"
    alone = decoder and (encoder or settings.encoder_cell is not None)  # no side is left for `cell`
    one_head = not (encoder or decoder or settings.attention.startswith("multihead"))
    norms = any(part.post for part in model.modules() if isinstance(part, Sublayer))
    why_cells = "a Transformer has no recurrent layers for it"
    idle = (
        ("encoder_cell", None, encoder, why_cells),
        ("cell", DEFAULTS.cell, alone, why_cells),
        ("start", DEFAULTS.start, decoder, why_cells),
        ("attention_heads", DEFAULTS.attention_heads, one_head, "no attention here has heads"),
    )
    for name, default, unused, reason in idle:
        if unused and (value := getattr(settings, name)) != default:
            raise ConfigError(f"model.{name} = {value}: {reason}; leave it out")
    if settings.norm == "post" and not norms:
        raise ConfigError(
            "model.norm = post: it stands behind residual connections, of which this model has "
            "none; set pre, more layers, or model.residual = true"
        )
