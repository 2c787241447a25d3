"""The phrasebook corpus: what the generator promises about its files."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

SIZES = {"train": 20_000, "valid": 500, "test": 500}
Run = Callable[..., subprocess.CompletedProcess[str]]


def digest(folder: Path) -> dict[str, str]:
    files = sorted(folder.iterdir())
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def normalize(text: str) -> str:
    return " ".join(text.lower().split())


def test_counts(corpus: Path, pairs: dict[str, list[tuple[str, str]]]) -> None:
    assert {name: len(part) for name, part in pairs.items()} == SIZES
    names = {file.name for file in corpus.iterdir()}
    assert names == {f"{part}.{side}" for part in SIZES for side in ("de", "en")}


def test_same_seed_same_bytes(corpus: Path, tmp_path: Path, run_generator: Run) -> None:
    assert run_generator(str(tmp_path), "--seed", "1", hash_seed="77").returncode == 0
    assert digest(tmp_path) == digest(corpus)


def test_other_seed_other_sentences(engine: ModuleType, phrasebook_folder: Path) -> None:
    grammar = engine.reader.read_grammar(phrasebook_folder)
    first, second = (engine.corpus.Expander(grammar, seed).random.random() for seed in (1, 2))
    assert first != second


def test_parts_are_disjoint_on_both_sides(everything: list[tuple[str, str]]) -> None:
    for side in (0, 1):
        sentences = Counter(normalize(pair[side]) for pair in everything)
        assert [text for text, count in sentences.items() if count > 1] == []


def test_german_determines_english(engine: ModuleType, phrasebook_folder: Path) -> None:
    """Far more sentences than the corpus has, repeated ones included."""
    grammar = engine.reader.read_grammar(phrasebook_folder)
    expander = engine.corpus.Expander(grammar, 5)
    translations: dict[str, str] = {}
    for number in range(20_000):
        try:
            sentence = expander.draw(grammar.patterns[number % len(grammar.patterns)])
        except engine.entries.RejectedError:
            continue
        assert translations.setdefault(sentence.de, sentence.en) == sentence.en, sentence


def test_every_entry_occurs_in_train(
    engine: ModuleType, pairs: dict[str, list[tuple[str, str]]], phrasebook_folder: Path
) -> None:
    grammar = engine.reader.read_grammar(phrasebook_folder)
    excluded = [
        tuple(line.split("\t"))
        for line in (phrasebook_folder / "unseen.tsv").read_text("utf-8").splitlines()
    ]
    collector = engine.corpus.Collector(grammar, 1, excluded)
    sentences = collector.collect(sum(SIZES.values()))
    train = engine.corpus.split(sentences, collector.expander)["train"]
    assert [(sentence.de, sentence.en) for sentence in train] == pairs["train"]
    uses = engine.corpus.word_uses(grammar, train)
    assert [entry for entry in grammar.entries() if uses[(entry.de, entry.en)] < 8] == []
    patterns = Counter(sentence.pattern for sentence in train)
    assert set(patterns) == {pattern.name for pattern in grammar.patterns}
    assert max(patterns.values()) < len(train) / 50


def test_nouns_of_the_lexicon_are_in_the_text(
    engine: ModuleType, pairs: dict[str, list[tuple[str, str]]], phrasebook_folder: Path
) -> None:
    text = " ".join(german for german, _ in pairs["train"])
    words = set(re.findall(r"[\w-]+", text))
    grammar = engine.reader.read_grammar(phrasebook_folder)
    for entry in grammar.entries():
        if isinstance(entry, engine.entries.Noun):
            assert words & {entry.de, entry.plural_de, entry.plural_de + "n"}, entry


def test_surface_form(everything: list[tuple[str, str]]) -> None:
    for pair in everything:
        for text in pair:
            assert text[0].isupper() or text[0].isdigit() or text[0] in "\"'", text
            assert text[-1] in ".!?" and text == " ".join(text.split()), text
            assert not re.search(r"[{}\[\]|~=_<>*/\\]", text), text
            assert not re.search(r"\s[.,!?]|[.,!?]{2}|,\S", text), text
        assert pair[0][-1] == pair[1][-1], pair


def test_test_words_occur_in_train(pairs: dict[str, list[tuple[str, str]]]) -> None:
    for side in (0, 1):
        known = {word for pair in pairs["train"] for word in re.findall(r"[\w'-]+", pair[side])}
        words = [
            word
            for part in ("valid", "test")
            for pair in pairs[part]
            for word in re.findall(r"[\w'-]+", pair[side])
        ]
        assert [word for word in words if word not in known] == []


def test_unseen_sentences_stay_out(
    everything: list[tuple[str, str]], phrasebook_folder: Path
) -> None:
    lines = (phrasebook_folder / "unseen.tsv").read_text("utf-8").splitlines()
    assert len(lines) == 6
    words = {word for german, _ in everything for word in re.findall(r"\w+", german)}
    for line in lines:
        german, english = line.split("\t")
        assert normalize(german) not in {normalize(pair[0]) for pair in everything}
        assert normalize(english) not in {normalize(pair[1]) for pair in everything}
        assert set(re.findall(r"\w+", german)) <= words, german


def test_english_articles(everything: list[tuple[str, str]]) -> None:
    for _, english in everything:
        assert not re.search(r"\b[Aa] [aeio]", english), english
        assert not re.search(r"\b[Aa]n (?!hour)[^aeiouAEIOU]", english), english


def test_agreement_in_the_text(everything: list[tuple[str, str]]) -> None:
    wrong = re.compile(
        r"\b(mit|bei|nach|von|zu|aus) (den|das|einen) [A-ZÄÖÜ]\w*[^ns\W]\b"
        r"|\b(für|durch|ohne|gegen) (dem|der) [A-Z]"
        r"|\b(in|an|von|zu|bei) dem\b|\b[Ii]ch (ist|hat|bist)\b|\b[Dd]u (ist|hat|bin)\b"
    )
    wrong_english = re.compile(r"^(He|She) (have|are|do|don't|go)\b|\b(I|they|we) (has|is|does)\b")
    for german, english in everything:
        assert not wrong.search(german), german
        assert not wrong_english.search(english), english


def test_statistics_and_unwritable_folder(tmp_path: Path, run_generator: Run) -> None:
    result = run_generator("--stats")
    assert result.returncode == 0 and "patterns" in result.stdout
    (tmp_path / "file").write_text("")
    result = run_generator(str(tmp_path / "file"))
    assert result.returncode == 1 and result.stderr.startswith("generate.py: ")
