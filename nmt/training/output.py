"""The output directory of a run: who may write into it, and what a run leaves there."""

import json
import platform
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sacrebleu
import sentencepiece
import torch

from nmt import __version__
from nmt.atomic import write_atomically, write_error
from nmt.config import Config, make_saved_config
from nmt.corpus.pairs import file_hash
from nmt.corpus.prepare import PreparedCorpus, training_corpora
from nmt.errors import ConfigError, ModelError
from nmt.model_directory import CONFIG_FILE, WEIGHTS_FILE, TrainedModel, read_description
from nmt.training.checkpoint import FOLDER, delete_checkpoints, find_checkpoints
from nmt.training.metric_log import METRICS_FILE

EXPERIMENT_FILE = "experiment.json"
CARD_FILE = "README.md"
TOKENIZER_FILES = ("tokenizer.model", "source.model", "target.model")
CURVE_FILES = ("curves.html", "curves.png")  # of `nmt report`
OWN_FILES = (
    *(CONFIG_FILE, WEIGHTS_FILE, METRICS_FILE, CARD_FILE, *TOKENIZER_FILES, *CURVE_FILES),
    EXPERIMENT_FILE,
)


def check_output(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Refuse an output directory that holds something, unless told what to do with it.

    Raises:
        ConfigError: it is not empty, or is no directory; or both are wanted.
        ModelError: there is nothing to resume.
    """
    if resume and overwrite:
        raise ConfigError("--resume goes on with a run and --overwrite deletes it: choose one")
    if resume:
        if not (folder / EXPERIMENT_FILE).exists():
            raise ModelError(f"{folder}: nothing to resume here; start without --resume")
        if not find_checkpoints(folder):
            raise ModelError(f"{folder}: has no checkpoint to resume; start anew with --overwrite")
        return
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder}: is a file; the output has to be a directory")
    if not overwrite and folder.exists() and any(folder.iterdir()):
        raise ConfigError(
            f"{folder}: not empty; go on with --resume, start anew with --overwrite, or choose "
            "another output directory"
        )
    if folder.exists() and any(folder.iterdir()) and not _holds_a_run(folder):
        raise ConfigError(
            f"{folder}: neither empty nor the output of a run, so --overwrite deletes nothing "
            "there; choose another output directory"
        )


def _holds_a_run(folder: Path) -> bool:
    """Whether nmt wrote the directory; config.json alone is a name that many programs use.

    What a kill leaves of a run that had hardly begun has no more than the names of nmt's files.
    """
    own = {*OWN_FILES, FOLDER} - {CONFIG_FILE, CARD_FILE, *CURVE_FILES}
    names = {re.sub(r"^\.(.+)\.\d+\.tmp$", r"\1", path.name) for path in folder.iterdir()}
    if (folder / EXPERIMENT_FILE).exists() or (names <= own and _is_own(folder / FOLDER)):
        return True
    try:
        read_description(folder)
    except ModelError:
        return False
    return True


def _is_own(training: Path) -> bool:
    """Whether the folder `training/`, if it is there, holds nothing but what a run keeps there."""
    if not training.exists():
        return True
    own = re.compile(r"\.?(checkpoint|validated)-\d{8}")
    return all(own.match(path.name) for path in training.iterdir())


def open_output(folder: Path) -> None:
    """Make the directory and delete what an earlier run left in it, and nothing else."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        delete_checkpoints(folder)
        for name in OWN_FILES:  # the last one tells until the end that a run was here
            (folder / name).unlink(missing_ok=True)
            for temporary in folder.glob(f".{name}.*.tmp"):
                temporary.unlink()
    except OSError as error:
        raise write_error(folder, error) from None


def data_hashes(config: Config) -> list[dict[str, str]]:
    """Name and SHA-256 of each file of the training corpora, alignments too, and of data sets."""
    hashes = []
    for corpus in training_corpora(config):
        hashes += [{"file": path.name, "sha256": file_hash(path)} for path in corpus.files]
        if not corpus.files:
            hashes.append({"file": corpus.name, "sha256": corpus.contents_hash()})
        if corpus.alignment:
            hash_ = file_hash(corpus.alignment)
            hashes.append({"file": corpus.alignment.name, "sha256": hash_})
    return hashes


def save_experiment(
    folder: Path, config: Config, prepared: PreparedCorpus, *, device: str, base: str | None
) -> None:
    """Write experiment.json: the resolved configuration, the data and the environment.

    Args:
        base: the name of the model that the run began from, if it did.
    """
    settings = config.model_dump(mode="json")
    settings["data"]["root"] = str(config.resolve("").absolute())
    experiment = {
        "config": settings,
        "base": base,
        "data": data_hashes(config),
        "pairs": asdict(prepared.report),
        "environment": {
            "nmt": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "sentencepiece": sentencepiece.__version__,
            "sacrebleu": sacrebleu.__version__,
            "platform": platform.platform(),
            "processor": torch.backends.cpu.get_cpu_capability(),
            "device": device,
            "threads": torch.get_num_threads(),
        },
    }
    text = json.dumps(experiment, indent=2, ensure_ascii=False) + "\n"
    content = text.encode("utf-8", "backslashreplace")  # names of files may be no UTF-8
    write_atomically(folder / EXPERIMENT_FILE, lambda path: path.write_bytes(content))


def load_experiment(folder: Path) -> dict[str, Any]:
    """Read experiment.json.

    Raises:
        ModelError: it is missing or damaged.
    """
    path = folder / EXPERIMENT_FILE
    try:
        experiment: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{folder}: nothing to resume here; start without --resume") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: damaged ({error}); start anew with --overwrite") from None
    if not _is_complete(experiment):
        raise ModelError(f"{path}: damaged (it is not complete); start anew with --overwrite")
    return experiment


def find_origin(
    folder: Path, base: TrainedModel | None, *, resume: bool
) -> tuple[str | None, tuple[str, ...]]:
    """The name and the tags of the model that a run goes on from; a resumed run has noted them."""
    if resume:
        return load_experiment(folder)["base"], tuple(read_description(folder).get("tags", []))
    return (base.config.name, base.tags) if base else (None, ())


def _is_complete(experiment: Any) -> bool:
    """Whether experiment.json holds all that is read of it."""
    try:
        files = [entry["sha256"] for entry in experiment["data"]]
        numbers = [experiment["pairs"][key] for key in ("kept", "read")]
        words = [experiment["environment"][key] for key in ("platform", "device")]
        numbers.append(experiment["environment"]["threads"])
        sections = (experiment["config"], experiment["base"])
    except (KeyError, TypeError, IndexError):
        return False
    return (
        all(isinstance(text, str) for text in files + words)
        and all(isinstance(number, int) for number in numbers)
        and isinstance(sections[0], dict)
    )


def experiment_config(folder: Path) -> Config:
    """The configuration that the run in a directory was started with."""
    values = load_experiment(folder)["config"]
    return make_saved_config(values, origin=str(folder / EXPERIMENT_FILE))
