"""Text to token ids on disk: train the tokenizers, encode the corpus, keep both for the next run.

The folder of a prepared corpus is named by a fingerprint of the files' contents and of the settings
that shape the result, so that an unchanged corpus is prepared once:

    <cache>/<fingerprint>/tokenizer.model (or source.model and target.model)
                          train.arrow      token ids
                          rejected.jsonl   the pairs left out: file, line, reason
                          report.json      counts
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from nmt.atomic import sync_folder, write_error
from nmt.config import Config
from nmt.corpus.encoded import EncodedCorpus, load_encoded, write_encoded
from nmt.corpus.pairs import ParallelCorpus, find_corpus
from nmt.errors import ConfigError, DataError, ModelError
from nmt.text.tokenizer import train_tokenizer
from nmt.text.tokenizers import Tokenizers, load_tokenizers

FORMAT_VERSION = 1  # of the prepared folder; part of the fingerprint
CHUNK = 4096  # pairs encoded at a time
TOKENIZER_SENTENCES = 2_000_000  # a tokenizer learns from at most so many pairs, evenly spread


@dataclass(frozen=True, slots=True)
class PreparationReport:
    """What happened to the pairs: read = kept + empty + too_long."""

    read: int
    kept: int
    empty: int  # left out because a side has no text
    too_long: int  # left out because a side has more than `data.max_length` tokens
    source_tokens: int
    target_tokens: int


@dataclass(frozen=True, slots=True)
class PreparedCorpus:
    """The encoded training corpus and the tokenizers that encoded it."""

    folder: Path
    tokenizers: Tokenizers
    train: EncodedCorpus
    report: PreparationReport
    reused: bool  # whether the folder was there already


def cache_folder(config: Config) -> Path:
    """Where prepared corpora are kept."""
    if config.data.cache:
        return config.resolve(config.data.cache)
    if "NMT_CACHE" in os.environ:
        return Path(os.environ["NMT_CACHE"]).expanduser()
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
    folder = cache_folder(config) / _fingerprint(config, corpora, tokenizers)
    reused = _read_report(folder) is not None
    if not reused:
        log(f"preparing {', '.join(corpus.name for corpus in corpora)}")
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
        except OSError as error:
            message = f"{folder.parent}: cannot be written ({error.strerror}); set data.cache"
            raise ConfigError(message) from None
        try:
            _prepare_into(temporary, config, corpora, tokenizers)
            _move(temporary, folder)
        except OSError as error:
            raise write_error(folder, error) from None
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    report = _read_report(folder)
    assert report is not None
    train = load_encoded(folder / "train.arrow")
    try:
        kept_tokenizers = load_tokenizers(folder, config.tokenizer.normalization)
    except ModelError as error:
        raise DataError(f"{error}; this prepared corpus is damaged: delete {folder}") from None
    return PreparedCorpus(folder, kept_tokenizers, train, report, reused)


def _read_report(folder: Path) -> PreparationReport | None:
    """The report of a prepared folder; None when there is none, or a crash left it damaged."""
    try:
        return PreparationReport(**json.loads((folder / "report.json").read_text()))
    except (OSError, ValueError, TypeError):
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
    contents = [[file_hash(path) for path in corpus.files] for corpus in corpora]
    shaping = [FORMAT_VERSION, config.data.max_length, config.tokenizer.model_dump(), contents]
    digest = hashlib.sha256(json.dumps(shaping, sort_keys=True).encode())
    if tokenizers:
        digest.update(tokenizers.source.model + tokenizers.target.model)
    return digest.hexdigest()[:20]


def file_hash(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        DataError: the file is missing or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise DataError(f"{path}: is a folder; name a file in it") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None


def _prepare_into(
    folder: Path, config: Config, corpora: list[ParallelCorpus], tokenizers: Tokenizers | None
) -> None:
    pairs = sum(1 for corpus in corpora for _ in corpus)  # reads, and so checks, every line
    if pairs == 0:
        raise DataError(f"{corpora[0].name}: the corpus is empty")
    tokenizers = tokenizers or _train_tokenizers(config, corpora, pairs)
    tokenizers.save(folder)
    counts: Counter[str] = Counter()
    with (folder / "rejected.jsonl").open("w", encoding="utf-8") as rejected:
        rows = _encoded_rows(config, corpora, tokenizers, counts, rejected)
        kept = write_encoded(folder / "train.arrow", rows)
    report = PreparationReport(
        read=pairs,
        kept=kept,
        empty=counts["empty"],
        too_long=counts["too_long"],
        source_tokens=counts["source_tokens"],
        target_tokens=counts["target_tokens"],
    )
    assert report.read == report.kept + report.empty + report.too_long
    if kept == 0:
        raise DataError(
            f"{corpora[0].name}: no pair is left of {pairs:,} ({report.empty:,} have an empty side,"
            f" {report.too_long:,} are longer than data.max_length = {config.data.max_length})"
        )
    (folder / "report.json").write_text(json.dumps(asdict(report)))


def _train_tokenizers(config: Config, corpora: list[ParallelCorpus], pairs: int) -> Tokenizers:
    step = -(-pairs // TOKENIZER_SENTENCES)

    def lines(side: int) -> Iterator[str]:
        for corpus in corpora:
            yield from (pair[side] for pair in islice(corpus, 0, None, step))

    if config.tokenizer.joint:
        both = (line for side in (0, 1) for line in lines(side))
        tokenizer = train_tokenizer(both, config.tokenizer, pairs=pairs)
        return Tokenizers(tokenizer, tokenizer)
    source, target = (
        train_tokenizer(lines(side), config.tokenizer, pairs=pairs) for side in (0, 1)
    )
    return Tokenizers(source, target)


def _encoded_rows(
    config: Config,
    corpora: Iterable[ParallelCorpus],
    tokenizers: Tokenizers,
    counts: Counter[str],
    rejected: TextIO,
) -> Iterator[tuple[list[int], list[int]]]:
    """The pairs as token ids; those left out are counted, and recorded in `rejected`."""
    for corpus in corpora:
        numbered = enumerate(corpus, start=1)
        while chunk := list(islice(numbered, CHUNK)):
            sources = tokenizers.source.encode([pair[0] for _, pair in chunk])
            targets = tokenizers.target.encode([pair[1] for _, pair in chunk])
            for (line, _), source, target in zip(chunk, sources, targets, strict=True):
                if not source or not target:
                    reason = "empty"
                elif max(len(source), len(target)) > config.data.max_length:
                    reason = "too_long"
                else:
                    counts["source_tokens"] += len(source)
                    counts["target_tokens"] += len(target)
                    yield source, target
                    continue
                counts[reason] += 1
                record = {"corpus": corpus.name, "line": line, "reason": reason}
                rejected.write(json.dumps(record, ensure_ascii=False) + "\n")


def _move(temporary: Path, folder: Path) -> None:
    """Rename a finished folder into place; another run may have been faster, which is as good."""
    sync_folder(temporary)
    if folder.exists() and _read_report(folder) is None:
        shutil.rmtree(folder)  # a crash left it damaged
    try:
        os.rename(temporary, folder)
    except OSError:
        if _read_report(folder) is None:
            raise
