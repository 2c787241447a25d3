"""Sentence pairs, and the corpora that a configuration names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nmt.config import Config, CorpusFiles
from nmt.corpus.readers.text import read_text_pair
from nmt.corpus.readers.tsv import read_tsv
from nmt.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ParallelCorpus:
    """One corpus of sentence pairs on disk; each iteration reads it anew, in constant memory."""

    files: tuple[Path, ...]  # source and target, or one TSV file

    @property
    def name(self) -> str:
        """What an error or a report calls it."""
        return " + ".join(str(file) for file in self.files)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """The pairs (source, target) in order; the n-th stands on line n."""
        if len(self.files) == 2:
            return read_text_pair(*self.files)
        return read_tsv(self.files[0])


def find_corpus(config: Config, files: CorpusFiles, setting: str) -> ParallelCorpus:
    """The corpus that an entry of `[data]` names; `setting` names the entry in an error.

    Raises:
        ConfigError: the entry names neither two files nor one path.
    """
    if files.path is not None and files.source is None and files.target is None:
        return ParallelCorpus((config.resolve(files.path),))
    if files.path is None and files.source is not None and files.target is not None:
        return ParallelCorpus((config.resolve(files.source), config.resolve(files.target)))
    raise ConfigError(f"{setting}: give either source and target (two files), or path (one TSV)")
