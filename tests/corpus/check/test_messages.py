"""Each kind of fault has a message, which is one line and can be filled in."""

import re
from pathlib import Path
from typing import get_args

import pytest

import nmt.corpus.check.messages as messages
from nmt.corpus.check.fault import Kind, Severity
from nmt.corpus.check.messages import MESSAGES, message_of

VALUES = {"count": "12", "pairs": "29,000", "share": "0.04%", "line": "7", "file": "train.en"}


def test_each_kind_has_a_message() -> None:
    assert {kind for kind, reason in MESSAGES if not reason} == set(get_args(Kind))


@pytest.mark.parametrize("key", MESSAGES, ids=":".join)
def test_a_message_is_one_filled_line_with_a_severity(key: tuple[Kind, str]) -> None:
    severity, text = MESSAGES[key]
    filled = text.format(**VALUES)
    assert severity in get_args(Severity)
    assert filled == " ".join(filled.split())
    assert not filled.endswith(".")
    assert not re.search(r"\{[a-z]", filled)


def test_an_unlisted_reason_has_the_message_of_its_kind() -> None:
    assert message_of("encoding", "no such reason") == MESSAGES["encoding", ""]
    assert message_of("encoding", "mojibake") == MESSAGES["encoding", "mojibake"]


def test_the_message_of_untranslated_sentences_holds_for_both_sides() -> None:
    text = MESSAGES["wrong_language", "untranslated"].text
    assert "source" not in text and "target" not in text


def test_no_message_is_for_a_reason_that_no_check_gives() -> None:
    folder = Path(messages.__file__).parent
    code = "".join(p.read_text("utf-8") for p in folder.glob("*.py") if p.name != "messages.py")
    own = {"encoding", "separator", "unicode_form", "markup", "placeholder_mismatch", "length"}
    unknown = [r for kind, r in MESSAGES if kind in own and r and f'"{r}"' not in code]
    assert unknown == []
