"""The report of a preparation: for people in words, for the next run as JSON."""

import json
from dataclasses import asdict
from typing import Any

from nmt.corpus.preparation_report import CorpusCounts, PreparationReport

REPORT = PreparationReport(
    1500, 1490, {"empty": 7, "too_long": 2, "near_duplicate": 1}, 9000, 8000,
    (CorpusCounts("a", 1000, 1000), CorpusCounts("b", 500, 490)),
)  # fmt: skip


def nothing(**changes: Any) -> PreparationReport:
    return PreparationReport(**{**vars_of(REPORT), "kept": 0, **changes})


def vars_of(report: PreparationReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in asdict(report)}


def test_json_brings_the_report_back() -> None:
    assert PreparationReport.of_json(json.loads(json.dumps(asdict(REPORT)))) == REPORT


def test_reasons_are_told_in_words() -> None:
    assert REPORT.reasons == [
        "7 with an empty side", "2 longer than data.max_length", "1 near duplicate"
    ]  # fmt: skip


def test_why_nothing_is_left_is_told_with_the_limit() -> None:
    assert nothing(read=0, rejected={}).nothing_left(9) == "the corpus is empty"
    assert nothing(read=1200, rejected={"empty": 1200}).nothing_left(9) == (
        "no pair is left of 1,200: 1,200 with an empty side"
    )
    left = nothing(read=4, rejected={"too_long": 4}).nothing_left(9)
    assert left.endswith("4 longer than data.max_length (data.max_length = 9)")
