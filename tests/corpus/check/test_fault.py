"""Faults are values: they don't change, and JSON can hold them."""

import json
from dataclasses import FrozenInstanceError, asdict

import pytest

from nmt.corpus.check.fault import Example, Fault, Finding

FAULT = Fault(
    "empty", "target", "warning", "a.en", 3, 1, "no translation", (Example(3, "ä", "", "no text"),)
)


def test_a_fault_is_a_value_that_json_can_hold() -> None:
    values = json.loads(json.dumps(asdict(FAULT)))
    assert values.pop("examples") == [{"line": 3, "source": "ä", "target": "", "detail": "no text"}]
    assert Fault(**values, examples=FAULT.examples) == FAULT
    assert hash(FAULT) == hash(FAULT)
    with pytest.raises(FrozenInstanceError):
        FAULT.count = 2  # type: ignore[misc]


def test_a_finding_names_its_kind_reason_and_side() -> None:
    finding = Finding("encoding", "mojibake", "source", 'contains "Ã¼"')
    assert (finding.kind, finding.reason, finding.side) == ("encoding", "mojibake", "source")
    assert finding == Finding(*finding)
