"""The model that a run begins --from: what the run takes from it."""

from nmt.config import Config
from nmt.errors import ConfigError
from nmt.model_directory import TrainedModel


def inherited(config: Config, base: TrainedModel) -> dict[str, object]:
    """What a run takes from the model that it begins from: all that was not given otherwise.

    Raises:
        ConfigError: a setting would change the architecture or the tokens.
    """
    _check_base(config, base)
    sampling = {"sampling": config.tokenizer.sampling}
    update: dict[str, object] = {"tokenizer": base.config.tokenizer.model_copy(update=sampling)}
    for section in ("model", "search"):
        wanted = getattr(config, section)
        given = {key: getattr(wanted, key) for key in wanted.model_fields_set}
        update[section] = getattr(base.config, section).model_copy(update=given)
    for key in {"source_language", "target_language"} - config.model_fields_set:
        update[key] = getattr(base.config, key)
    if "max_length" not in config.data.model_fields_set:
        update["data"] = config.data.model_copy(update={"max_length": base.max_length})
    return update


def _check_base(config: Config, base: TrainedModel) -> None:
    """Refuse settings that would change the architecture or the tokens of the base."""
    for section in ("tokenizer", "model"):
        wanted, own = getattr(config, section), getattr(base.config, section)
        for key in sorted(wanted.model_fields_set):
            value, before = getattr(wanted, key), getattr(own, key)
            if "dropout" not in key and key != "sampling" and value != before:
                raise ConfigError(
                    f"{section}.{key} = {value!r}: the model to start --from has {before!r}, "
                    "which cannot change"
                )
