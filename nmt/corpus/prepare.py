"""Text to token ids on disk: train the tokenizers, encode the corpora, keep both for the next run.

The folder of a prepared corpus is named by a fingerprint of the files' contents and of the settings
that shape the result, so that unchanged corpora are prepared once:

    <cache>/<fingerprint>/tokenizer.model (or source.model and target.model)
                          train-00000.arrow ...  token ids
                          rejected.jsonl         the pairs left out: corpus, line, reason, text
                          report.json            counts
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path

from nmt.atomic import sync_folder, write_error
from nmt.config import Config, expanded
from nmt.corpus.alignments import check_alignments
from nmt.corpus.encoded import EncodedCorpus, load_encoded
from nmt.corpus.locked_folder import locked_folder
from nmt.corpus.pairs import ParallelCorpus, find_corpus
from nmt.corpus.preparation import WORD_PAIRS_FILE, keeps_text, write_prepared
from nmt.corpus.preparation_progress import PreparationProgress
from nmt.corpus.preparation_report import PreparationReport
from nmt.errors import ConfigError, DataError, ModelError
from nmt.text.augmentation import CASES, Augmenter
from nmt.text.sentencepiece_model import model_type
from nmt.text.subword_sampling import check_sampling
from nmt.text.tags import check_tags
from nmt.text.tokenizers import Tokenizers, given_tokenizers, load_tokenizers

FORMAT_VERSION = 3  # of the prepared folder; part of the fingerprint


@dataclass(frozen=True, slots=True)
class PreparedCorpus:
    """The encoded training corpus and the tokenizers that encoded it."""

    folder: Path
    tokenizers: Tokenizers
    train: EncodedCorpus
    report: PreparationReport
    reused: bool  # whether the folder was there already

    def word_pairs(self) -> list[tuple[str, str]]:
        """The small dictionary that was learnt for `augment.single_words`; else there is none."""
        path = self.folder / WORD_PAIRS_FILE
        if not path.exists():
            return []
        return [(source, target) for source, target in json.loads(path.read_text())]


def cache_folder(config: Config) -> Path:
    """Where prepared corpora are kept."""
    if config.data.cache:
        return config.resolve(config.data.cache)
    if "NMT_CACHE" in os.environ:
        return expanded(os.environ["NMT_CACHE"])
    return Path.home() / ".cache" / "nmt"


def prepare(
    config: Config, *, tokenizers: Tokenizers | None = None, log: Callable[[str], None]
) -> PreparedCorpus:
    """Prepare the training corpus of a configuration, or find it prepared.

    Args:
        tokenizers: those of a trained model, to go on with it; None trains new ones.
        log: takes a line of progress.

    Raises:
        NmtError: a file or a setting is wrong; nothing half-written stays behind.
    """
    corpora = training_corpora(config)
    if config.tokenizer.model and (config.tokenizer.symbols or _has_size(config)):
        raise ConfigError(
            "tokenizer.model: its file decides the vocabulary; leave out "
            "tokenizer.vocabulary_size and tokenizer.symbols"
        )
    if tokenizers is None and config.tokenizer.model:
        paths = [config.resolve(path) for path in config.tokenizer.model]
        tokenizers = given_tokenizers(paths, config.tokenizer.normalization)
    _check_changes(config, tokenizers)
    check_alignments(config, text_changes=keeps_text(config))
    folder = cache_folder(config) / _fingerprint(config, corpora, tokenizers)
    reused = _read_report(folder) is not None
    if not reused:
        if tokenizers is None:  # those of a model may know any word as a tag
            check_tags(config.data.tags, config.tokenizer.normalization)
        log(f"preparing {', '.join(corpus.name for corpus in corpora)}")
        _prepare(folder, config, corpora, tokenizers)
    report = _read_report(folder)
    assert report is not None
    report = report.renamed([corpus.name for corpus in corpora])  # the files may have moved
    train = load_encoded(folder)
    try:
        kept_tokenizers = load_tokenizers(folder, config.tokenizer.normalization)
    except ModelError as error:
        raise DataError(f"{error}; this prepared corpus is damaged: delete {folder}") from None
    return PreparedCorpus(folder, kept_tokenizers, train, report, reused)


def _check_changes(config: Config, tokenizers: Tokenizers | None) -> None:
    """Refuse, before anything is read, what would be refused when training begins.

    Raises:
        ConfigError: the settings of sampling or augmentation do not go together.
    """
    Augmenter({str(kind): rate for kind, rate in config.data.augment.items()}, seed=0)
    both = (tokenizers.source, tokenizers.target) if tokenizers else ()
    for kind in [model_type(side.model) for side in both] or [config.tokenizer.kind]:
        check_sampling(config.tokenizer.sampling, kind)


def _prepare(
    folder: Path, config: Config, corpora: list[ParallelCorpus], tokenizers: Tokenizers | None
) -> None:
    """Prepare a folder; one that a kill or Ctrl-C interrupted goes on with its next shard."""
    partial = folder.with_name(f"{folder.name}.partial")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder.parent}: cannot be written ({error.strerror}); set data.cache"
        raise ConfigError(message) from None
    try:
        with locked_folder(partial):
            if _read_report(folder) is None:  # no other process was faster
                _fill(partial, folder, config, corpora, tokenizers)
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise write_error(partial.parent, error) from None


def _fill(
    partial: Path,
    folder: Path,
    config: Config,
    corpora: list[ParallelCorpus],
    tokenizers: Tokenizers | None,
) -> None:
    try:
        write_prepared(partial, config, corpora, tokenizers)
        sync_folder(partial)
        shutil.rmtree(folder, ignore_errors=True)  # which a crash left damaged
        os.rename(partial, folder)
    except KeyboardInterrupt:
        if PreparationProgress.load(partial) is None:
            shutil.rmtree(partial, ignore_errors=True)
        raise
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _has_size(config: Config) -> bool:
    return config.tokenizer.vocabulary_size != "auto"


def _read_report(folder: Path) -> PreparationReport | None:
    """The report of a prepared folder; None when there is none, or a crash left it damaged."""
    try:
        return PreparationReport.of_json(json.loads((folder / "report.json").read_text()))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def training_corpora(config: Config) -> list[ParallelCorpus]:
    """The training corpora that a configuration names.

    Raises:
        ConfigError: it names none.
    """
    if not config.data.train:
        raise ConfigError("no training corpus: give --source and --target, or set data.train")
    return [
        find_corpus(config, files, f"data.train[{number}]")
        for number, files in enumerate(config.data.train)
    ]


def _fingerprint(
    config: Config, corpora: list[ParallelCorpus], tokenizers: Tokenizers | None
) -> str:
    contents = [
        [corpus.contents_hash(), entry.tag]
        for corpus, entry in zip(corpora, config.data.train, strict=True)
    ]
    data = config.data
    shaping = [FORMAT_VERSION, data.max_length, sorted(data.reject), keeps_text(config), contents]
    shaping.append(bool(data.augment.get("single_words")))
    shaping.append(sorted((kind, rate) for kind, rate in data.augment.items() if kind in CASES))
    if data.reject:
        shaping.append([astuple(corpus.selection) for corpus in corpora])
    if "overlap" in data.reject and data.valid:
        shaping.append(find_corpus(config, data.valid, "data.valid").contents_hash())
    shaping.append(config.tokenizer.model_dump(exclude={"sampling", "model"}))
    digest = hashlib.sha256(json.dumps(shaping, sort_keys=True).encode())
    if tokenizers:
        digest.update(tokenizers.source.model + tokenizers.target.model)
    return digest.hexdigest()[:20]
