"""A whole training run: corpus, model, trainer, model directory."""

import copy
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch

from nmt.config import Config
from nmt.corpus.pairs import find_corpus
from nmt.corpus.prepare import PreparedCorpus, prepare
from nmt.corpus.quick_check import corpus_warnings
from nmt.corpus.training_batches import training_batches
from nmt.engine.backend import (
    can_train_bfloat16,
    has_fast_bfloat16,
    keep_freed_memory,
    keep_primitives,
    use_fast_float32,
)
from nmt.errors import ConfigError
from nmt.model_directory import (
    WEIGHTS_FILE,
    TrainedModel,
    build_model,
    load_model,
    load_weights,
    save_description,
)
from nmt.settings import format_duration
from nmt.text.tokenizers import Tokenizers, load_tokenizers
from nmt.training.base_model import inherited
from nmt.training.card import save_card
from nmt.training.checkpoint import load_latest_checkpoint
from nmt.training.events import start_event
from nmt.training.metric_log import MetricLog
from nmt.training.output import (
    check_output,
    find_origin,
    load_experiment,
    open_output,
    save_experiment,
)
from nmt.training.prediction import Prediction, predict
from nmt.training.resumable import check_resumable, has_other_limits
from nmt.training.state import Progress, TrainingState
from nmt.training.step import make_optimizer
from nmt.training.trainable import check_trainable, doubtful_length, doubtful_settings
from nmt.training.trainer import Event, Listener, Trainer
from nmt.training.validation import Validator
from nmt.translator import check_device


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run begins, and where it computes."""

    resume: bool = False  # go on from the last checkpoint in the output directory
    overwrite: bool = False  # delete the run that is in the output directory
    start_from: Path | None = None  # a model directory: begin with its weights and tokenizers
    predict: bool = False  # tell by some steps before the first what the run will cost
    device: str = "cpu"


def train(
    config: Config,
    output: str | Path,
    options: RunOptions | None = None,
    *,
    listener: Listener | None = None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> str:
    """Train a model into a directory; returns why it ended: finished, patience or interrupted.

    Args:
        config: what to train on and how, from `nmt.config.load_config`.
        output: the model directory.
        listener: is called with each event of the run; metrics.jsonl has most of them too.
        stop_requested: is asked before each step; True saves and ends the run.

    Raises:
        NmtError: a setting, a file or the output directory is wrong.
    """
    started, folder, options = time.monotonic(), Path(output), options or RunOptions()
    notify = listener or (lambda event: None)
    _prepare_arithmetic()
    config, base = _settle(config, folder, options)
    validator = _make_validator(config)
    prepared = _prepare(config, base, folder if options.resume else None, notify)
    batches = training_batches(config, prepared)  # before anything is written
    begin = partial(_initial_state, config, prepared, base, folder, options.device)
    cost = predict(*begin(), batches) if options.predict else None  # with no other model in memory
    state, trained = begin()
    base_name, base_tags = find_origin(folder, base, resume=options.resume)
    news = _enter(folder, state, config, resume=options.resume)
    save_experiment(folder, config, prepared, device=options.device, base=base_name)
    save_description(folder, config, prepared.tokenizers, base_tags)
    log = MetricLog(folder, last_step=state.progress.step)

    def report(event: Event) -> None:
        log.write(event)
        notify(event)
        if event["event"] == "checkpoint":
            save_card(folder, config, state.progress)

    trainer = Trainer(config, state, batches, trained, validator, report, started=started)
    report(start_event(trainer, prepared))
    if cost:
        notify({"event": "prediction", **asdict(cost)})
    for warning in news if options.resume else _warnings(config, prepared, cost):
        trainer.warn(warning)
    if base:
        trainer.validate_base()
    return trainer.run(stop_requested)


def _prepare_arithmetic() -> None:
    keep_primitives()
    torch.set_flush_denormal(True)  # first: threads that products start inherit it
    use_fast_float32()
    keep_freed_memory()


def describe(config: Config, output: Path, options: RunOptions) -> list[str]:
    """Check all that a run needs, and say what it would do, without training or writing a model.

    Raises:
        NmtError: as `train` would.
    """
    _prepare_arithmetic()
    config, base = _settle(config, output, options)
    _make_validator(config)
    prepared = _prepare(config, base, output if options.resume else None, lambda event: None)
    state, trained = _initial_state(config, prepared, base, output, options.device)
    parameters = sum(p.numel() for p in state.model.parameters())
    report, tokenizers = prepared.report, prepared.tokenizers
    batches = training_batches(config, prepared)
    mixture = [
        f"{share.copies:.3g} times {share.pairs:,} pairs of {share.name}"
        for share in batches.epoch_rows.shares
    ]
    warnings: list[str] = []
    cost = predict(state, trained, batches, warnings.append)
    warnings += _warnings(config, prepared, cost)
    return [
        f"output       {output}",
        f"corpus       {report.kept:,} pairs of {report.read:,}, "
        f"{report.source_tokens:,} source and {report.target_tokens:,} target tokens",
        f"vocabulary   {tokenizers.source.vocabulary_size:,} source, "
        f"{tokenizers.target.vocabulary_size:,} target",
        f"model        {parameters:,} parameters",
        f"precision    {config.training.precision} on {torch.get_num_threads()} threads",
        f"time         {format_duration(cost.seconds)}: {cost.steps:,} steps at most, of "
        f"{cost.seconds_per_step:.2g} s; validations are not counted",
        f"memory       {cost.memory / 2**30:.1f} GiB",
        *(f"mixture      {line}" for line in mixture if len(mixture) > 1),
        *(f"warning      {line}" for line in warnings),
    ]


def _warnings(config: Config, prepared: PreparedCorpus, cost: Prediction | None) -> list[str]:
    length = doubtful_length(config.training, cost.epochs) if cost else []
    return [*doubtful_settings(config), *length, *corpus_warnings(config, prepared)]


def _settle(
    config: Config, folder: Path, options: RunOptions
) -> tuple[Config, TrainedModel | None]:
    """Check what a run needs before it reads a corpus; settle what machine and base decide."""
    check_device(options.device)
    check_output(folder, resume=options.resume, overwrite=options.overwrite)
    if options.resume and options.start_from:
        raise ConfigError("--from begins a new run and --resume goes on with one: choose one")
    if options.start_from and options.start_from.resolve() == folder.resolve():
        raise ConfigError(f"{folder}: the model to start --from cannot be the output directory")
    base = load_model(options.start_from) if options.start_from else None
    update: dict[str, object] = {}
    if config.training.precision == "auto":
        precision = "bfloat16" if has_fast_bfloat16(options.device) else "float32"
        update["training"] = config.training.model_copy(update={"precision": precision})
    elif config.training.precision == "bfloat16" and not can_train_bfloat16(options.device):
        raise ConfigError(
            "training.precision = 'bfloat16': not possible here; choose float32, or auto"
        )
    if base:
        update |= inherited(config, base)
    config = config.model_copy(update=update)
    if options.resume:
        check_resumable(folder, config)
    check_trainable(config, goes_on=options.resume or base is not None)
    return config, base


def _enter(folder: Path, state: TrainingState, config: Config, *, resume: bool) -> list[str]:
    """Open a new output directory, or resume; returns what to warn of."""
    news = load_latest_checkpoint(folder, state) if resume else []
    if not resume:
        open_output(folder)
    elif has_other_limits(folder, config):
        state.progress.pace = 1.0  # a run that hurried has time
    return news


def _make_validator(config: Config) -> Validator | None:
    if not config.data.valid:
        return None
    if config.data.valid.weight != 1:
        raise ConfigError("data.valid.weight: goes with training corpora; leave it out")
    corpus = find_corpus(config, config.data.valid, "data.valid")
    return Validator(corpus, config.data.valid.tag)


def _prepare(
    config: Config, base: TrainedModel | None, resumed: Path | None, notify: Listener
) -> PreparedCorpus:
    """The encoded corpus; a resumed or fine-tuned model keeps its tokenizers."""

    def log(message: str) -> None:
        notify({"event": "preparing", "message": message})

    if not resumed:
        return prepare(config, tokenizers=base.tokenizers if base else None, log=log)
    own = load_tokenizers(resumed, config.tokenizer.normalization)
    if load_experiment(resumed)["base"] is None:  # then the corpus was prepared for itself
        prepared = prepare(config, log=log)
        if _models(own) == _models(prepared.tokenizers):
            return prepared
    return prepare(config, tokenizers=own, log=log)


def _models(tokenizers: Tokenizers) -> tuple[bytes, bytes]:
    return tokenizers.source.model, tokenizers.target.model


def _initial_state(
    config: Config, prepared: PreparedCorpus, base: TrainedModel | None, folder: Path, device: str
) -> tuple[TrainingState, TrainedModel]:
    """The state before the first step, and the model that it will validate and save."""
    torch.manual_seed(config.training.seed)
    model = build_model(config, prepared.tokenizers)
    if base:
        load_weights(base.folder / WEIGHTS_FILE, model)
    model = model.to(device).train()
    average = copy.deepcopy(model).eval() if config.training.average_decay else model
    state = TrainingState(model, average, make_optimizer(model, config.training), Progress())
    trained = TrainedModel(folder, config, prepared.tokenizers, average, config.data.max_length)
    return state, trained
