"""Whether a run can go on: with the model, tokenizers, corpora and mixture that it began with."""

from pathlib import Path

from nmt.config import Config
from nmt.errors import ConfigError, ModelError
from nmt.training.output import data_hashes, experiment_config, load_experiment

# Of what the batches are a function, so that no pair is repeated or left out.
PLANNING_SETTINGS = (
    ("data", "max_length"),
    ("data", "reject"),
    ("data", "augment"),
    ("data", "temperature"),
    ("training", "batch_tokens"),
    ("training", "seed"),
)
LIMITS = ("steps_at_most", "max_epochs", "time_budget", "patience")


def has_other_limits(folder: Path, config: Config) -> bool:
    """Whether the run is to end elsewhere than when it was begun, or resumed last."""
    before, now = experiment_config(folder).training, config.training
    return any(getattr(before, key) != getattr(now, key) for key in LIMITS)


def check_resumable(folder: Path, config: Config) -> None:
    """Refuse to resume with another model, tokenizer or corpus than the run began with.

    Raises:
        ConfigError: a setting differs; the message names it.
        ModelError: a file of the corpus has changed.
    """
    begun_with = experiment_config(folder)
    fixed = [
        (section, key)
        for section in ("tokenizer", "model")
        for key in type(getattr(config, section)).model_fields
        if "dropout" not in key
    ]
    for section, key in (*fixed, *PLANNING_SETTINGS):
        value, before = (getattr(getattr(c, section), key) for c in (config, begun_with))
        if value != before:
            raise ConfigError(
                f"{section}.{key} = {value!r}: the run in {folder} began with {before!r}; it "
                "cannot change on --resume (which needs no configuration file)"
            )
    chosen = any(entry.source is None for entry in config.data.train)  # by language, from one file
    for key in ("source_language", "target_language") if chosen else ():
        value, before = (getattr(c, key) for c in (config, begun_with))
        if value != before:
            raise ConfigError(f"{key} = {value!r}: cannot change on --resume; it was {before!r}")
    for key in ("weight", "tag", "columns", "languages", "format", "subset", "split"):
        value, before = ([getattr(e, key) for e in c.data.train] for c in (config, begun_with))
        if value != before:
            raise ConfigError(f"data.train: {key} cannot change on --resume; it was {before}")
    data, begun = data_hashes(config), load_experiment(folder)["data"]
    if len(data) != len(begun):
        raise ConfigError(
            f"data.train names {len(data)} files: the run in {folder} began with {len(begun)}; "
            "they cannot change on --resume"
        )
    for entry, expected in zip(data, begun, strict=True):
        if entry["sha256"] != expected["sha256"]:
            raise ModelError(
                f"{entry['file']}: has changed since the run in {folder} began; put the old file "
                "back, or start a new run from its model with --from"
            )
