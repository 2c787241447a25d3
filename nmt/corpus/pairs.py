"""Sentence pairs, and the corpora that a configuration names."""

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from nmt.config import Config
from nmt.corpus.alignments import with_alignments
from nmt.corpus.readers.corpus_file import READERS, corpus_shards, read_corpus_file
from nmt.corpus.readers.hub import HubData, hub_version, read_hub
from nmt.corpus.readers.selection import Selection
from nmt.corpus.readers.text import SideCounts, read_text_pair, read_unequal_pair
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import ConfigError, DataError
from nmt.settings import CorpusFiles
from nmt.text.languages import SOURCE_TARGET, split_languages

_ANY = Selection()


@dataclass(frozen=True, slots=True)
class ParallelCorpus:
    """One corpus of sentence pairs; each iteration reads it anew, in constant memory."""

    files: tuple[Path, ...]  # source and target, or one file that holds both; none of a data set
    selection: Selection = _ANY  # which two sides to take
    format: str | None = None  # of one file; None lets its content tell
    hub: HubData | None = None
    alignment: Path | None = None  # a file with a line for each pair

    @property
    def name(self) -> str:
        """What an error or a report calls it."""
        return self.hub.title if self.hub else " + ".join(str(file) for file in self.files)

    def __iter__(self) -> Iterator[SentencePair]:
        """The pairs, in order.

        Raises:
            DataError: a file cannot be read, or two differ in their number of lines.
        """
        return self.aligned(self._pairs())

    def aligned(self, pairs: Iterable[SentencePair]) -> Iterator[SentencePair]:
        """All pairs of this corpus, in order, each with its alignment if there is a file of them.

        Raises:
            DataError: the file cannot be read, or does not go with the pairs.
        """
        if self.alignment is None:
            return iter(pairs)
        return with_alignments(pairs, self.alignment, self.name)

    def _pairs(self) -> Iterator[SentencePair]:
        if self.hub:
            return read_hub(self.hub, self.selection)
        if len(self.files) == 2:
            return read_text_pair(*self.files, self.selection)
        return read_corpus_file(self.files[0], self.selection, self.format)

    def read_unequal(self, counts: SideCounts) -> Iterator[SentencePair]:
        """As `iter`, but of two files of unequal lengths the pairs until the shorter one ends.

        At the end `counts` has the lines of both sides. The pairs come without alignments.
        """
        if len(self.files) == 2:
            yield from read_unequal_pair(*self.files, counts, self.selection)
            return
        for pair in self._pairs():
            counts.source += 1
            counts.target += 1
            yield pair

    def contents_hash(self) -> str:
        """Changes when the contents of the files do, or what is taken from them.

        Raises:
            DataError: a file cannot be read, or a data set cannot be found.
        """
        found = self._pairs_hash()
        return f"{found},{file_hash(self.alignment)}" if self.alignment else found

    def _pairs_hash(self) -> str:
        if len(self.files) == 2:
            return ",".join(file_hash(path) for path in self.files)
        ends = [end.lower() for file in self.files for end in file.suffixes]  # of "a.csv.gz"
        how = [astuple(self.selection), self.format, ends]
        if self.hub is None:
            what = [file_hash(self.files[0])]
        else:
            what = [self.hub.name, self.hub.subset or "", self.hub.split or ""]
            if self.hub.folder is None:
                what.append(hub_version(self.hub))
            else:
                what += map(file_hash, sorted(filter(Path.is_file, self.hub.folder.rglob("*"))))
        return hashlib.sha256(json.dumps([how, what]).encode()).hexdigest()


def find_corpus(config: Config, files: CorpusFiles, setting: str) -> ParallelCorpus:
    """The corpus that an entry of `[data]` names; `setting` names the entry in an error.

    Raises:
        ConfigError: the entry names none, or several, or a setting does not go with it.
    """
    named = [files.source or files.target, files.path, files.hub]
    if sum(map(bool, named)) != 1 or bool(files.source) != bool(files.target):
        raise ConfigError(
            f"{setting}: give either source and target (two files), path (one file that holds "
            "both), or hub (a data set)"
        )
    _check_unused(files, setting)
    selection = _selection(config, files, setting)
    alignment = config.resolve(files.alignment) if files.alignment is not None else None
    _check_streams([alignment] if alignment else [], f"{setting}.alignment")
    if files.source is not None and files.target is not None:
        paths = (config.resolve(files.source), config.resolve(files.target))
        _check_streams(paths, setting)
        return ParallelCorpus(paths, selection, alignment=alignment)
    if files.path is not None:
        if files.format is not None and files.format not in READERS:
            near = difflib.get_close_matches(files.format, READERS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(READERS)}"
            raise ConfigError(f"{setting}.format = {files.format!r}: no such format; {hint}")
        path = config.resolve(files.path)
        _check_streams([path], setting)
        return ParallelCorpus((path,), selection, files.format, alignment=alignment)
    assert files.hub is not None
    folder: Path | None = config.resolve(files.hub)
    if folder is not None and not folder.is_dir():
        if files.hub.startswith((".", "/", "~")):
            raise DataError(f"{folder}: no such folder; correct {setting}.hub")
        folder = None
    data = HubData(files.hub, folder, files.subset, files.split, files.streaming)
    return ParallelCorpus((), selection, hub=data, alignment=alignment)


def _check_streams(paths: Iterable[Path], setting: str) -> None:
    """Refuse what can be read once only; of what options name a copy is kept."""
    for path in paths:
        if path.is_fifo():
            raise ConfigError(
                f"{setting}: {path} is a stream, which can be read once only; name it in an "
                "option (--corpus, --source, --target), or a file here"
            )


def _check_unused(files: CorpusFiles, setting: str) -> None:
    """Each setting goes with some kinds of corpora only."""
    if files.hub is None:
        for name in ("subset", "split", "streaming"):
            if getattr(files, name):
                raise ConfigError(f"{setting}.{name}: goes with hub")
    if files.path is None and files.format is not None:
        raise ConfigError(f"{setting}.format: goes with path")
    if files.source is not None and files.columns is not None:
        raise ConfigError(f"{setting}.columns: goes with path or hub")


def _selection(config: Config, files: CorpusFiles, setting: str) -> Selection:
    source: str | None = None if config.source_language == "source" else config.source_language
    target: str | None = None if config.target_language == "target" else config.target_language
    if files.languages is not None:
        tags = split_languages(files.languages)
        if tags is None:
            raise ConfigError(f"{setting}.languages = {files.languages!r}: {SOURCE_TARGET}")
        source, target = tags
    columns = (str(files.columns[0]), str(files.columns[1])) if files.columns else None
    return Selection(source, target, columns)


def file_hash(path: Path) -> str:
    """The SHA-256 of a file's bytes, or of those of the shards in a folder, in hexadecimal.

    Raises:
        DataError: the file is missing or cannot be read.
    """
    try:
        if path.is_dir():
            hashes = [file_hash(shard) for shard in corpus_shards(path)]
            return hashlib.sha256("".join(hashes).encode()).hexdigest()
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
