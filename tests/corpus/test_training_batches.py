"""Batches of a run: mixed, tagged, changed and cut anew, always as epoch, part and row say."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nmt.config import make_config
from nmt.corpus.mixture import EpochRows
from nmt.corpus.prepare import PreparedCorpus, prepare
from nmt.corpus.training_batches import TrainingBatches, training_batches
from nmt.errors import ConfigError
from nmt.text.vocabulary import BOS, EOS, PAD

LAW = [(f"Das Gesetz Nummer {n} gilt.", f"The law number {n} applies.") for n in range(40)]
WHO = [("Kinder", "children"), ("Frauen", "women"), ("Hunde", "dogs"), ("Leute", "people")]
NEWS = [(f"Heute kamen {n} {who}.", f"Today {n} {of} came.") for n in range(50) for who, of in WHO]


def configure(folder: Path, **changes: Any) -> Any:
    for name, pairs in (("law", LAW), ("news", NEWS)):
        text = "".join(f"{source}\t{target}\n" for source, target in pairs)
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8")
    data: dict[str, Any] = {
        "root": str(folder),
        "cache": str(folder / "cache"),
        "train": [{"path": "law.tsv"}, {"path": "news.tsv"}],
    }
    data |= changes.pop("data", {})
    values = {"data": data, "tokenizer": {"vocabulary_size": 120}, **changes}
    return make_config(values, origin="test")


def make(folder: Path, **changes: Any) -> tuple[TrainingBatches, PreparedCorpus]:
    config = configure(folder, **changes)
    prepared = prepare(config, log=lambda line: None)
    return training_batches(config, prepared), prepared


def sources(batches: TrainingBatches, prepared: PreparedCorpus, epoch: int) -> list[str]:
    """The sources of an epoch as text, in the order of training."""
    texts: list[str] = []
    for part in range(batches.parts):
        for rows in batches.plan(epoch, part).batches:
            batch = batches.make(rows, epoch)
            ids = [[i for i in row if i not in (PAD, EOS)] for row in batch.source.tolist()]
            texts += prepared.tokenizers.source.decode(ids)
    return texts


def test_an_epoch_has_every_pair_once(tmp_path: Path) -> None:
    batches, prepared = make(tmp_path)
    assert sorted(sources(batches, prepared, 1)) == sorted(source for source, _ in LAW + NEWS)
    assert sources(batches, prepared, 1) != sources(batches, prepared, 2)
    assert sources(batches, prepared, 2) == sources(batches, prepared, 2)


def test_parts_of_an_epoch_are_as_good_as_one(tmp_path: Path) -> None:
    whole, prepared = make(tmp_path)
    rows = EpochRows(whole.epoch_rows.shares, part_rows=50, block=8)
    parts = TrainingBatches(whole.corpus, rows, whole.batch_tokens, whole.seed)
    assert parts.parts > 3
    assert sorted(sources(parts, prepared, 1)) == sorted(sources(whole, prepared, 1))


def test_weights_and_temperature_set_the_mixture(tmp_path: Path) -> None:
    train = [{"path": "law.tsv", "weight": 3}, {"path": "news.tsv", "weight": 0.5}]
    batches, prepared = make(tmp_path, data={"train": train})
    texts = sources(batches, prepared, 1)
    assert sum("Gesetz" in text for text in texts) == 3 * len(LAW)
    assert sum("Heute" in text for text in texts) == pytest.approx(len(NEWS) / 2, abs=1)
    even, prepared = make(tmp_path, data={"temperature": 100})
    law = sum("Gesetz" in text for text in sources(even, prepared, 1))
    assert 0.95 * len(NEWS) < law <= len(NEWS)


def test_a_tag_is_one_token_in_front_of_each_source(tmp_path: Path) -> None:
    train = [{"path": "law.tsv", "tag": "<law>"}, {"path": "news.tsv"}]
    batches, prepared = make(tmp_path, data={"train": train})
    (tag,) = prepared.tokenizers.source.encode(["<law>"])
    for rows in batches.plan(1, 0).batches:
        batch = batches.make(rows, 1)
        tagged = [ids[: len(tag)] == tag for ids in batch.source.tolist()]
        assert tagged == [row < len(LAW) for row in rows]
        assert not (batch.target_input == tag[-1]).any()


SMALL_BATCHES = {"batch_tokens": 256}
SAMPLING = {"tokenizer": {"vocabulary_size": 120, "sampling": 0.3}}


def test_sampled_subwords_spell_the_same_text_and_change_with_the_epoch(tmp_path: Path) -> None:
    batches, prepared = make(tmp_path, **SAMPLING)
    assert sorted(sources(batches, prepared, 1)) == sorted(source for source, _ in LAW + NEWS)
    rows = np.arange(30)
    first, second = batches.make(rows, 1), batches.make(rows, 2)
    assert first.source.tolist() != second.source.tolist()
    assert first.source.tolist() == batches.make(rows, 1).source.tolist()


def test_a_pair_is_the_same_in_any_batch(tmp_path: Path) -> None:
    augment = {"upper_case": 0.3, "typos": 0.3, "no_final_punctuation": 0.3}
    batches, _ = make(tmp_path, data={"augment": augment}, **SAMPLING)
    together = batches.make(np.array([5, 60, 7, 200]), 4)
    for place, row in enumerate([5, 60, 7, 200]):
        alone = batches.make(np.array([row]), 4)
        length = int(alone.source_lengths[0])
        assert together.source[place, :length].tolist() == alone.source[0, :length].tolist()


def test_augmented_pairs_change_on_both_sides_and_tags_stay(tmp_path: Path) -> None:
    train = [{"path": "law.tsv", "tag": "<law>"}, {"path": "news.tsv"}]
    data = {"train": train, "augment": {"upper_case": 0.99}}
    batches, prepared = make(tmp_path, data=data, tokenizer={"kind": "byte"})
    batch = batches.make(np.arange(20), 1)
    texts = prepared.tokenizers.source.decode(
        [[i for i in row if i not in (PAD, EOS)] for row in batch.source.tolist()]
    )
    upper = [text for text in texts if text.removeprefix("<law>").isupper()]
    assert len(upper) >= 18 and all(text.startswith("<law>") for text in texts)
    targets = prepared.tokenizers.target.decode(
        [[i for i in row if i not in (PAD, BOS)] for row in batch.target_input.tolist()]
    )
    assert sum(text.isupper() for text in targets) == len(upper)


def test_a_pair_that_would_become_too_long_stays_as_it_was(tmp_path: Path) -> None:
    augment = {"upper_case": 0.1}
    free, prepared = make(tmp_path, data={"augment": augment})
    longest = int(prepared.train.source.lengths().max())
    bound, _ = make(tmp_path, data={"max_length": longest, "augment": augment})
    lengths = [
        [int(each.make(rows, 1).source_lengths.max()) for rows in each.plan(1, 0).batches]
        for each in (free, bound)
    ]
    assert max(lengths[1]) <= longest + 1 < max(lengths[0])  # and EOS


def test_text_in_capitals_does_not_make_batches_much_larger(tmp_path: Path) -> None:
    batches, _ = make(tmp_path, data={"augment": {"upper_case": 0.3}}, training=SMALL_BATCHES)
    plain, _ = make(tmp_path, training=SMALL_BATCHES)
    sizes = []
    for one in (plain, batches):
        made = [one.make(rows, 1) for rows in one.plan(1, 0).batches]
        sizes.append([max(batch.source.numel(), batch.target_input.numel()) for batch in made])
    assert max(sizes[0]) <= 256 and max(sizes[1]) <= 1.5 * 256
    assert sum(sizes[1]) > 1.1 * sum(sizes[0])  # capitals do have more tokens


@pytest.mark.parametrize(
    "changes",
    [
        {"tokenizer": {"vocabulary_size": 120, "sampling": 0.1}},
        {"tokenizer": {"vocabulary_size": 60, "kind": "unigram", "sampling": 0.1}},
        {"data": {"augment": {"typos": 0.5}}},
    ],
)
def test_what_makes_pairs_longer_does_not_make_batches_much_larger(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    batches, _ = make(tmp_path, training=SMALL_BATCHES, **changes)
    sizes = []
    for epoch in range(1, 6):
        made = [batches.make(rows, epoch) for rows in batches.plan(epoch, 0).batches]
        sizes += [max(batch.source.numel(), batch.target_input.numel()) for batch in made]
    assert max(sizes) <= 1.5 * 256 and np.quantile(sizes, 0.8) <= 1.1 * 256


def test_single_words_come_from_the_corpus(tmp_path: Path) -> None:
    batches, prepared = make(tmp_path, data={"augment": {"single_words": 0.9}})
    words = dict(prepared.word_pairs())
    assert words.items() >= set(WHO)
    texts = sources(batches, prepared, 1)
    single = [text for text in texts if " " not in text]
    assert len(single) > len(texts) / 2
    assert set(single) <= set(words)


def test_sampling_needs_a_tokenizer_that_can_sample(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sampling"):
        make(tmp_path, tokenizer={"kind": "char", "sampling": 0.1})


def test_weights_that_leave_nothing_are_refused(tmp_path: Path) -> None:
    train = [{"path": "law.tsv", "weight": 0.001}]
    with pytest.raises(ConfigError, match="the weights leave no pair in an epoch"):
        make(tmp_path, data={"train": train})


def test_a_tag_that_a_given_tokenizer_does_not_know_is_refused(tmp_path: Path) -> None:
    _, prepared = make(tmp_path)
    train = [{"path": "law.tsv", "tag": "<law>"}]
    tokenizer: dict[str, Any] = {"model": str(prepared.folder / "tokenizer.model")}
    for ignored in ({"vocabulary_size": 99}, {"symbols": ["<x>"]}):
        with pytest.raises(ConfigError, match=r"tokenizer.model: its file decides"):
            make(tmp_path, tokenizer=tokenizer | ignored)
    with pytest.raises(ConfigError, match=r"data.train\[0\].tag = '<law>': is no symbol"):
        make(tmp_path, data={"train": train}, tokenizer=tokenizer)
