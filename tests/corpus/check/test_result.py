"""The verdict as data: counts of training pairs, all faults, whether any is more than a note."""

import json
from typing import Any

import pytest

from nmt.corpus.check.fault import Fault, Severity
from nmt.corpus.check.result import CheckReport, CorpusCheck, Role
from nmt.text.vocabulary_advice import VocabularyAdvice


def fault(severity: Severity) -> Fault:
    return Fault("empty", "source", severity, "a.de", 1, 1, "no source text")


def corpus(role: Role, *faults: Fault, **changes: Any) -> CorpusCheck:
    return CorpusCheck("a.de + a.en", role, 10, faults, **changes)


@pytest.mark.parametrize(("severity", "expected"), [("error", 1), ("warning", 1), ("note", 0)])
def test_notes_are_no_faults(severity: Severity, expected: bool) -> None:
    assert CheckReport((corpus("training", fault(severity)),), 1.0).has_faults == expected
    assert not CheckReport((corpus("training"), corpus("test")), 1.0).has_faults


def test_json_counts_training_pairs_and_has_the_faults_of_all_corpora() -> None:
    languages = ({"de": 0.9}, {"en": 1.0})
    advice = VocabularyAdvice(100, 200, 400)
    train = corpus("training", fault("note"), languages=languages, vocabulary=advice)
    report = CheckReport((train, corpus("training"), corpus("test", fault("error"))), 1.23456)
    values = json.loads(json.dumps(report.as_json()))
    assert values["pairs"] == 20
    assert [fault["severity"] for fault in values["faults"]] == ["note", "error"]
    assert [corpus["role"] for corpus in values["corpora"]] == ["training", "training", "test"]
    assert values["corpora"][0]["languages"] == {"source": {"de": 0.9}, "target": {"en": 1.0}}
    assert values["corpora"][2]["languages"] == {"source": {}, "target": {}}
    assert values["seconds"] == 1.23
