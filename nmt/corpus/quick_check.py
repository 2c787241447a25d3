"""What `nmt train` says of its corpora before it begins; found once, and kept beside them."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple

from nmt.atomic import write_atomically
from nmt.config import Config
from nmt.corpus.check.doctor import subject_of
from nmt.corpus.check.quick import quick_check
from nmt.corpus.pairs import ParallelCorpus, find_corpus
from nmt.corpus.prepare import PreparedCorpus, training_corpora
from nmt.errors import NmtError


def corpus_warnings(config: Config, prepared: PreparedCorpus) -> list[str]:
    """A line for each thing that is likely to be wrong with the corpora of a configuration.

    Those that come from the network in a stream are not read once more for it.

    Raises:
        DataError: a corpus cannot be read.
    """
    corpora = [c for c in training_corpora(config) if not (c.hub and c.hub.streaming)]
    valid = config.data.valid
    held_out = [find_corpus(config, valid, "data.valid")] if valid else []
    # what data.reject leaves out is part of the name of the folder
    known = prepared.folder / f"warnings-{_version(corpora, held_out)}.json"
    try:
        found: list[str] = json.loads(known.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        subjects = [subject_of(corpus, "training") for corpus in corpora]
        validation = [subject_of(corpus, "validation") for corpus in held_out]
        found = quick_check(
            subjects, validation[0] if validation else None, frozenset(config.data.reject)
        )
        with suppress(OSError, NmtError):  # a cache that several people share may be read-only
            write_atomically(known, lambda path: path.write_text(json.dumps(found)))
    return found


def _version(training: Sequence[ParallelCorpus], held_out: Sequence[ParallelCorpus]) -> str:
    """Changes with the contents of the corpora and with what they are said to be."""
    parts = [
        [(corpus.contents_hash(), astuple(corpus.selection), corpus.name) for corpus in corpora]
        for corpora in (training, held_out)
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
