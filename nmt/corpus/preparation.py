"""The steps of preparing corpora: leave out what is faulty, train tokenizers, encode."""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from nmt.config import Config
from nmt.corpus.alignments import has_alignments, with_first
from nmt.corpus.check.doctor import diagnosed, subject_of
from nmt.corpus.check.row_marks import RowSet
from nmt.corpus.clean import Sifted, sift
from nmt.corpus.encoded import ShardWriter
from nmt.corpus.encoding import ChunkEncoder
from nmt.corpus.pairs import ParallelCorpus, find_corpus
from nmt.corpus.preparation_progress import FILE as PROGRESS_FILE
from nmt.corpus.preparation_progress import CorpusProgress, PreparationProgress
from nmt.corpus.preparation_report import CorpusCounts, PreparationReport
from nmt.corpus.rejection import Rejection, open_record
from nmt.corpus.sampling import EvenSample
from nmt.corpus.sentence_pair import SentencePair
from nmt.corpus.spool import SpooledCorpus, spool
from nmt.corpus.workers import available_cores, in_chunks, map_chunks
from nmt.errors import ConfigError, DataError
from nmt.text.augmentation import CASES, Augmenter
from nmt.text.tokenizer import train_tokenizer
from nmt.text.tokenizers import Tokenizers, load_tokenizers
from nmt.text.word_pairs import learn_word_pairs

WORD_PAIRS_FILE = "word_pairs.json"  # a small dictionary, where `augment` asks for single words
WORD_PAIR_SAMPLE = 50_000  # pairs to learn it from
# A tokenizer learns from at most so many pairs, evenly spread; more cost much and change little
# (benchmarks/RESULTS.md).
TOKENIZER_PAIRS = {"unigram": 100_000}
MOST_TOKENIZER_PAIRS = 250_000  # of the other kinds
TOKENIZER_SEED = 1  # of the changes of case that a tokenizer sees
Source = ParallelCorpus | SpooledCorpus


def keeps_text(config: Config) -> bool:
    """Whether the text is needed beside the tokens: each epoch changes it, or cuts it anew."""
    return bool(config.tokenizer.sampling) or any(config.data.augment.values())


def write_prepared(
    folder: Path, config: Config, corpora: list[ParallelCorpus], tokenizers: Tokenizers | None
) -> None:
    """Fill a folder with a prepared corpus; None trains new tokenizers.

    The folder is empty, or an interrupted preparation of the same corpora left it.

    Raises:
        NmtError: a corpus cannot be read, or nothing is left of it.
    """
    progress = PreparationProgress.load(folder)
    kept_text = folder / "kept"  # temporary files
    if progress is None:
        progress = PreparationProgress([CorpusProgress() for _ in corpora])
        kept_text.mkdir(exist_ok=True)
        with open_record(folder) as record:
            sources = _sources(kept_text, config, corpora, record, progress)
            progress.rejected_bytes = record.tell()
        needs_words = bool(config.data.augment.get("single_words"))
        if tokenizers is None or needs_words:
            most = TOKENIZER_PAIRS.get(config.tokenizer.kind, MOST_TOKENIZER_PAIRS)
            sample = _sample(sources, most)
            tokenizers = tokenizers or _train_tokenizers(config, sample)
            if needs_words:
                word_pairs = json.dumps(_learn_word_pairs(sample.items))
                (folder / WORD_PAIRS_FILE).write_text(word_pairs)
        _check_tags(config, tokenizers)
        tokenizers.save(folder)
    else:
        spooled = [_spooled(kept_text, number, c.name) for number, c in enumerate(corpora)]
        sources = [s if s.path.exists() else c for s, c in zip(spooled, corpora, strict=True)]
        tokenizers = load_tokenizers(folder, config.tokenizer.normalization)
    with open_record(folder, progress.rejected_bytes) as record:
        _encode(folder, config, sources, tokenizers, record, progress)
    _write_report(folder, config, corpora, progress)
    (folder / PROGRESS_FILE).unlink(missing_ok=True)  # first: without the text it is no use
    shutil.rmtree(kept_text)


def _check_tags(config: Config, tokenizers: Tokenizers) -> None:
    """Refuse a tag that the tokenizer would cut into pieces.

    Raises:
        ConfigError: it is none of its symbols.
    """
    for number, entry in enumerate(config.data.train):
        (ids,) = tokenizers.source.encode([entry.tag or ""])
        pieces = [piece.strip("▁") for piece in tokenizers.source.pieces(ids)]
        if entry.tag and entry.tag not in pieces:
            raise ConfigError(
                f"data.train[{number}].tag = {entry.tag!r}: is no symbol of the given tokenizer, "
                "which would cut it into pieces; train one without tokenizer.model, or without "
                "--from, or leave the tag out"
            )


def _write_report(
    folder: Path, config: Config, corpora: list[ParallelCorpus], progress: PreparationProgress
) -> None:
    counts = tuple(
        CorpusCounts(corpus.name, done.kept + sum(done.rejected.values()), done.kept)
        for corpus, done in zip(corpora, progress.corpora, strict=True)
    )
    rejected: Counter[str] = Counter()
    for done in progress.corpora:
        rejected.update(done.rejected)
    report = PreparationReport(
        read=sum(count.read for count in counts),
        kept=sum(count.kept for count in counts),
        rejected=dict(rejected),
        source_tokens=progress.source_tokens,
        target_tokens=progress.target_tokens,
        corpora=counts,
    )
    if report.kept == 0:
        raise DataError(f"{corpora[0].name}: {report.nothing_left(config.data.max_length)}")
    (folder / "report.json").write_text(json.dumps(asdict(report)))


def _spooled(folder: Path, number: int, name: str) -> SpooledCorpus:
    return SpooledCorpus(folder / f"{number}.arrow", name)


def _sources(
    folder: Path,
    config: Config,
    corpora: Sequence[ParallelCorpus],
    record: TextIO,
    progress: PreparationProgress,
) -> list[Source]:
    """What is encoded: the corpora, or their pairs in temporary files.

    A stream from the network is read once only; so is a corpus of which pairs are left out for the
    faults that `data.reject` names.
    """
    if not config.data.reject:
        return [
            spool(corpus, folder / f"{number}.arrow", corpus.name, aligned=bool(corpus.alignment))
            if corpus.hub and corpus.hub.streaming
            else corpus
            for number, corpus in enumerate(corpora)
        ]
    subjects = [subject_of(corpus, "training") for corpus in corpora]
    if config.data.valid:
        held_out = find_corpus(config, config.data.valid, "data.valid")
        subjects.append(subject_of(held_out, "validation"))
    kinds = frozenset(config.data.reject)
    sources: list[Source] = []
    lost = RowSet()
    with diagnosed(subjects, log=lambda message: None) as diagnoses:
        for corpus, diagnosis, done in zip(corpora, diagnoses, progress.corpora, strict=False):
            diagnosis.survey.refuse("unreadable", "unequal_counts", "empty")
            sifted = with_first(corpus.aligned, sift(diagnosis, kinds, lost))
            left = _without_rejected(sifted, corpus.name, record, done)
            path, aligned = folder / f"{len(sources)}.arrow", corpus.alignment is not None
            sources.append(spool(left, path, corpus.name, aligned=aligned))
    return sources


def _without_rejected(
    sifted: Iterable[Sifted], corpus: str, record: TextIO, done: CorpusProgress
) -> Iterator[SentencePair]:
    """The pairs that are kept; the others are recorded and counted."""
    for pair, finding in sifted:
        if finding is None:
            yield pair
        else:
            done.reject(finding.kind)
            Rejection(pair, finding.kind, finding.detail).write(record, corpus)


def _encode(
    folder: Path,
    config: Config,
    corpora: Sequence[Source],
    tokenizers: Tokenizers,
    record: TextIO,
    progress: PreparationProgress,
) -> None:
    """Write the shards that are missing; `progress` is kept on disk with each that is full."""
    text, links = keeps_text(config), has_alignments(config)
    with ShardWriter(folder, with_text=text, with_links=links, shards=progress.shards) as shards:
        for corpus, entry, done in zip(corpora, config.data.train, progress.corpora, strict=True):
            encode = ChunkEncoder(tokenizers, config.data.max_length, entry.tag, text, links)
            chunks = in_chunks(islice(corpus, done.read, None))
            for pairs, result in map_chunks(encode, chunks, workers=available_cores()):
                assert len(pairs) == len(result.kept) + len(result.rejected)
                is_full = shards.write(result.kept)
                done.read += len(pairs)
                done.kept += len(result.kept)
                progress.source_tokens += result.source_tokens
                progress.target_tokens += result.target_tokens
                for rejection in result.rejected:
                    done.reject(rejection.reason)
                    rejection.write(record, corpus.name)
                if is_full:
                    record.flush()
                    progress.rejected_bytes = record.tell()
                    progress.shards = shards.full_shards
                    progress.save(folder)


def _sample(corpora: Sequence[Source], most: int) -> EvenSample[SentencePair]:
    """Read the corpora once, and keep some of their pairs.

    Raises:
        DataError: the corpora hold no pair.
    """
    sample: EvenSample[SentencePair] = EvenSample(most)
    for corpus in corpora:
        for pair in corpus:
            sample.add(pair)
    if not sample.seen:
        raise DataError(f"{corpora[0].name}: the corpus is empty")
    return sample


def _train_tokenizers(config: Config, sample: EvenSample[SentencePair]) -> Tokenizers:
    """One tokenizer for both sides, or one for each; the tags of corpora are among its tokens."""
    symbols = dict.fromkeys([*config.tokenizer.symbols, *config.data.tags])
    settings = config.tokenizer.model_copy(update={"symbols": tuple(symbols)})
    pairs = [(pair.source, pair.target) for pair in sample.items]
    cases = {str(kind): rate for kind, rate in config.data.augment.items() if kind in CASES}
    if any(cases.values()):
        # capitals get tokens of their own where the model is to see them, and are not spelt out
        change = Augmenter(cases, TOKENIZER_SEED, symbols=symbols)
        pairs = [change(*pair, epoch=0, row=row) for row, pair in enumerate(pairs)]
    sources = (source for source, _ in pairs)
    targets = (target for _, target in pairs)
    if settings.joint:
        tokenizer = train_tokenizer(chain(sources, targets), settings, pairs=sample.seen)
        return Tokenizers(tokenizer, tokenizer)
    source = train_tokenizer(sources, settings, pairs=sample.seen)
    own = config.tokenizer  # tags stand in front of sources only
    return Tokenizers(source, train_tokenizer(targets, own, pairs=sample.seen))


def _learn_word_pairs(sample: Sequence[SentencePair]) -> list[tuple[str, str]]:
    step = max(1, len(sample) // WORD_PAIR_SAMPLE)
    return learn_word_pairs([(pair.source, pair.target) for pair in sample[::step]])
