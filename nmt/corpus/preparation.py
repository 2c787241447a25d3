"""The steps of preparing corpora: leave out what is faulty, train tokenizers, encode."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TextIO

from nmt.config import Config
from nmt.corpus.check.doctor import diagnosed, subject_of
from nmt.corpus.clean import Sifted, sift
from nmt.corpus.encoded import ShardWriter
from nmt.corpus.encoding import ChunkEncoder
from nmt.corpus.pairs import ParallelCorpus, find_corpus
from nmt.corpus.preparation_report import CorpusCounts, PreparationReport
from nmt.corpus.rejection import Rejection
from nmt.corpus.sampling import EvenSample
from nmt.corpus.sentence_pair import SentencePair
from nmt.corpus.spool import SpooledCorpus, spool
from nmt.corpus.workers import available_cores, in_chunks, map_chunks
from nmt.errors import DataError
from nmt.text.tokenizer import train_tokenizer
from nmt.text.tokenizers import Tokenizers
from nmt.text.word_pairs import learn_word_pairs

WORD_PAIRS_FILE = "word_pairs.json"  # a small dictionary, where `augment` asks for single words
WORD_PAIR_SAMPLE = 50_000  # pairs to learn it from
TOKENIZER_PAIRS = 500_000  # a tokenizer learns from at most so many pairs, evenly spread
Source = ParallelCorpus | SpooledCorpus


def keeps_text(config: Config) -> bool:
    """Whether the text is needed beside the tokens: each epoch changes it, or cuts it anew."""
    return bool(config.tokenizer.sampling) or any(config.data.augment.values())


def write_prepared(
    folder: Path, config: Config, corpora: list[ParallelCorpus], tokenizers: Tokenizers | None
) -> None:
    """Fill an empty folder with a prepared corpus; None trains new tokenizers.

    Raises:
        NmtError: a corpus cannot be read, or nothing is left of it.
    """
    rejected: list[Counter[str]] = [Counter() for _ in corpora]
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix="kept-") as spool_folder,
        (folder / "rejected.jsonl").open("w", encoding="utf-8") as record,
    ):
        sources: Sequence[Source] = corpora
        if config.data.reject:
            sources = _sift(Path(spool_folder), config, corpora, record, rejected)
        needs_words = bool(config.data.augment.get("single_words"))
        if tokenizers is None or needs_words:
            sample = _sample(sources)
            tokenizers = tokenizers or _train_tokenizers(config, sample)
            word_pairs = _learn_word_pairs(sample.items) if needs_words else []
            (folder / WORD_PAIRS_FILE).write_text(json.dumps(word_pairs))
        tokenizers.save(folder)
        kept, tokens = _encode(folder, config, sources, tokenizers, record, rejected)
    counts = [
        CorpusCounts(corpus.name, pairs + sum(out.values()), pairs)
        for corpus, pairs, out in zip(corpora, kept, rejected, strict=True)
    ]
    report = PreparationReport(
        read=sum(count.read for count in counts),
        kept=sum(kept),
        rejected=dict(sum(rejected, Counter())),
        source_tokens=tokens["source"],
        target_tokens=tokens["target"],
        corpora=tuple(counts),
    )
    if report.kept == 0:
        raise DataError(f"{corpora[0].name}: {report.nothing_left(config.data.max_length)}")
    (folder / "report.json").write_text(json.dumps(asdict(report)))


def _sift(
    folder: Path,
    config: Config,
    corpora: Sequence[ParallelCorpus],
    record: TextIO,
    rejected: list[Counter[str]],
) -> list[SpooledCorpus]:
    """Keep the pairs without the faults that `data.reject` names in temporary files."""
    subjects = [subject_of(corpus, "training") for corpus in corpora]
    if config.data.valid:
        held_out = find_corpus(config, config.data.valid, "data.valid")
        subjects.append(subject_of(held_out, "validation"))
    kinds = frozenset(config.data.reject)
    spooled: list[SpooledCorpus] = []
    with diagnosed(subjects, log=lambda message: None) as diagnoses:
        for corpus, diagnosis, counts in zip(corpora, diagnoses, rejected, strict=False):
            diagnosis.survey.refuse_faults()
            sifted = _without_rejected(sift(diagnosis, kinds), corpus.name, record, counts)
            spooled.append(spool(sifted, folder / f"{len(spooled)}.arrow", corpus.name))
    return spooled


def _without_rejected(
    sifted: Iterable[Sifted], corpus: str, record: TextIO, counts: Counter[str]
) -> Iterator[SentencePair]:
    """The pairs that are kept; the others are recorded and counted."""
    for pair, finding in sifted:
        if finding is None:
            yield pair
        else:
            counts[finding.kind] += 1
            Rejection(pair, finding.kind, finding.detail).write(record, corpus)


def _encode(
    folder: Path,
    config: Config,
    corpora: Sequence[Source],
    tokenizers: Tokenizers,
    record: TextIO,
    rejected: list[Counter[str]],
) -> tuple[list[int], Counter[str]]:
    """Write the shards; returns the pairs kept of each corpus, and the tokens of each side."""
    kept: list[int] = []
    tokens: Counter[str] = Counter()
    with ShardWriter(folder, with_text=keeps_text(config)) as shards:
        for corpus, entry, counts in zip(corpora, config.data.train, rejected, strict=True):
            encode = ChunkEncoder(
                tokenizers, config.data.max_length, tag=entry.tag, with_text=keeps_text(config)
            )
            for _, result in map_chunks(encode, in_chunks(corpus), workers=available_cores()):
                shards.write(result.kept)
                tokens.update(source=result.source_tokens, target=result.target_tokens)
                for rejection in result.rejected:
                    counts[rejection.reason] += 1
                    rejection.write(record, corpus.name)
            kept.append(shards.rows - sum(kept))
    return kept, tokens


def _sample(corpora: Sequence[Source]) -> EvenSample[SentencePair]:
    """Read the corpora once, and keep some of their pairs.

    Raises:
        DataError: the corpora hold no pair.
    """
    sample: EvenSample[SentencePair] = EvenSample(TOKENIZER_PAIRS)
    for corpus in corpora:
        for pair in corpus:
            sample.add(pair)
    if not sample.seen:
        raise DataError(f"{corpora[0].name}: the corpus is empty")
    return sample


def _train_tokenizers(config: Config, sample: EvenSample[SentencePair]) -> Tokenizers:
    """One tokenizer for both sides, or one for each; the tags of corpora are among its tokens."""
    tags = dict.fromkeys(entry.tag for entry in config.data.train if entry.tag)
    symbols = dict.fromkeys([*config.tokenizer.symbols, *tags])
    settings = config.tokenizer.model_copy(update={"symbols": tuple(symbols)})
    sources = (pair.source for pair in sample.items)
    targets = (pair.target for pair in sample.items)
    if settings.joint:
        tokenizer = train_tokenizer(chain(sources, targets), settings, pairs=sample.seen)
        return Tokenizers(tokenizer, tokenizer)
    source = train_tokenizer(sources, settings, pairs=sample.seen)
    own = config.tokenizer  # tags stand in front of sources only
    return Tokenizers(source, train_tokenizer(targets, own, pairs=sample.seen))


def _learn_word_pairs(sample: Sequence[SentencePair]) -> list[tuple[str, str]]:
    step = max(1, len(sample) // WORD_PAIR_SAMPLE)
    return learn_word_pairs([(pair.source, pair.target) for pair in sample[::step]])
