"""What `nmt train` says of its corpora before it begins; found once, and kept beside them."""

import json

from nmt.config import Config
from nmt.corpus.check.doctor import subject_of
from nmt.corpus.check.quick import quick_check
from nmt.corpus.pairs import find_corpus
from nmt.corpus.prepare import PreparedCorpus, training_corpora


def corpus_warnings(config: Config, prepared: PreparedCorpus) -> list[str]:
    """A line for each thing that is likely to be wrong with the corpora of a configuration.

    Those that come from the network in a stream are not read once more for it.

    Raises:
        DataError: a corpus cannot be read.
    """
    validation, version = None, "no"
    if config.data.valid:
        corpus = find_corpus(config, config.data.valid, "data.valid")
        validation, version = subject_of(corpus, "validation"), corpus.contents_hash()[:16]
    kept = prepared.folder / f"warnings-{version}-validation.json"
    try:
        found: list[str] = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        corpora = [c for c in training_corpora(config) if not (c.hub and c.hub.streaming)]
        subjects = [subject_of(corpus, "training") for corpus in corpora]
        found = quick_check(subjects, validation)
        kept.write_text(json.dumps(found), encoding="utf-8")
    return found
