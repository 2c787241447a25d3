"""The phrasebook grammar: inflection, and how mistakes in its files are reported."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest


def test_conflicting_translation_is_reported(engine: ModuleType, tmp_path: Path) -> None:
    for folder in ("lexicon", "patterns"):
        (tmp_path / folder).mkdir()
    (tmp_path / "lexicon" / "words.txt").write_text("[pair: a]\nx = y\nx = z\n", "utf-8")
    (tmp_path / "patterns" / "p.txt").write_text("[pattern: p]\nA: a\nde: {A} .\nen: {A} .\n")
    grammar = engine.reader.read_grammar(tmp_path)
    with pytest.raises(engine.entries.GrammarError, match="two translations"):
        engine.corpus.Collector(grammar, 1, []).collect(1_000)


def test_size_of_the_grammar(engine: ModuleType, phrasebook_folder: Path) -> None:
    grammar = engine.reader.read_grammar(phrasebook_folder)
    assert len(grammar.patterns) >= 60
    assert len({(entry.de, entry.en) for entry in grammar.entries()}) >= 500


@pytest.mark.parametrize(
    ("determiner", "case", "cell", "expected"),
    [
        ("der", "acc", "m", "den neuen"),
        ("der", "dat", "f", "der neuen"),
        ("ein", "nom", "n", "ein neues"),
        ("ein", "acc", "m", "einen neuen"),
        ("kein", "dat", "pl", "keinen neuen"),
        ("euer", "acc", "f", "eure neue"),
        ("dieser", "nom", "n", "dieses neue"),
        ("", "acc", "m", " neuen"),
        ("", "dat", "n", " neuem"),
        ("", "nom", "pl", " neue"),
    ],
)
def test_articles_and_adjectives(
    engine: ModuleType, determiner: str, case: str, cell: str, expected: str
) -> None:
    german = engine.german
    article = german.article(determiner, case, cell)
    assert f"{article} {german.adjective('neu', determiner, case, cell)}" == expected


@pytest.mark.parametrize(
    ("noun", "case", "expected"),
    [
        (("Student", "Studenten", True), "acc", "Studenten"),
        (("Kind", "Kinder", False), "gen", "Kindes"),
        (("Bruder", "Brüder", False), "gen", "Bruders"),
        (("Haus", "Häuser", False), "gen", "Hauses"),
    ],
)
def test_noun_cases(
    engine: ModuleType, noun: tuple[str, str, bool], case: str, expected: str
) -> None:
    assert engine.german.noun(*noun, case, "m") == expected


def test_verbs(engine: ModuleType, phrasebook_folder: Path) -> None:
    verbs = engine.reader.read_grammar(phrasebook_folder).verbs
    finite = {
        ("arbeiten", "du"): "arbeitest",
        ("essen", "du"): "isst",
        ("ein|laden", "er"): "lädt",
        ("fahren", "ihr"): "fahrt",
        ("sein", "ich"): "bin",
    }
    for (lemma, person), expected in finite.items():
        assert verbs[lemma].verb.finite(person) == expected
    assert verbs["an|rufen"].verb.zu_infinitive == "anzurufen"
    assert [verbs[v].verb.imperative() for v in ("lesen", "warten", "nehmen", "fahren")] == [
        "lies",
        "warte",
        "nimm",
        "fahr",
    ]


@pytest.mark.parametrize(
    ("base", "third", "progressive"),
    [
        ("go", "goes", "going"),
        ("study", "studies", "studying"),
        ("make", "makes", "making"),
        ("swim", "swims", "swimming"),
        ("visit", "visits", "visiting"),
        ("watch", "watches", "watching"),
    ],
)
def test_english_verbs(engine: ModuleType, base: str, third: str, progressive: str) -> None:
    verb = engine.english.EnglishVerb(base)
    assert (verb.third_person(), verb.progressive()) == (third, progressive)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[noun: x]\nApfel = apple", "words.txt:2: expected 'der/die/das"),
        ("[pair: x]\nmorgen", "words.txt:2: expected 'German = English'"),
        ("[fruit]\nApfel = apple", "words.txt:1: cannot read the heading"),
        ("[phrase: x]\nam {D: nowhere} = on {D}", "words.txt:2: there is no class called"),
        ("[phrase: x]\nam {D = on {D}", "words.txt:2: "),
        ("[vp: x]\nessen = eat", "words.txt:2: the German verb 'essen' is not listed"),
    ],
)
def test_mistakes_name_file_and_line(
    engine: ModuleType, tmp_path: Path, line: str, message: str
) -> None:
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "words.txt").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(engine.entries.GrammarError, match=re.escape(message)):
        engine.reader.read_grammar(tmp_path)
