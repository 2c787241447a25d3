"""The page of a check: every fault and example, nothing that a browser would run."""

import re
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from nmt.corpus.check.fault import Example, Fault
from nmt.corpus.check.lengths import LengthStatistics
from nmt.corpus.check.result import CheckReport, CorpusCheck
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import ConfigError, NmtError
from nmt.report.corpus_check import check_drawing, save_report, verdict
from nmt.text.vocabulary_advice import VocabularyAdvice

EVIL = "<script>alert('x')</script> & \"<img src=x onerror=alert(1)>\""
FAULTS = (
    Fault("misalignment", "shifted", "error", f"{EVIL}.en", 1234, 5, f"slips: {EVIL}",
          (Example(1234, EVIL, "Ü" * 900, EVIL), Example(1235, "a\u202eb\x00", "", "no text"))),
    Fault("markup", "tags", "warning", "train.en", 7, 1, "tags; remove them", ()),
    Fault("separator", "tab", "note", "train.en", None, 1, "tabs; replace them", ()),
)  # fmt: skip


def lengths(pairs: int) -> LengthStatistics:
    counted = LengthStatistics()
    counted.add([SentencePair("a" * (n % 90 + 1), "b" * (n % 70 + 1), n) for n in range(pairs)])
    return counted


def corpus(name: str, pairs: int, *faults: Fault) -> CorpusCheck:
    languages = ({"de": 0.9, "und": 0.1}, {"en": 1.0}) if pairs else ({}, {})
    advice = VocabularyAdvice(500, 2000, 8000) if pairs else None
    return CorpusCheck(name, "training", pairs, faults, lengths(pairs), languages, advice)


class Page(HTMLParser):
    """The tags that are open at the end, all tags, attributes and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "path", "use", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def save(path: Path, *corpora: CorpusCheck) -> Page:
    save_report(CheckReport(corpora, 1.0), path)
    return Page(path.read_text(encoding="utf-8"))


def test_the_page_has_every_fault_and_runs_nothing(tmp_path: Path) -> None:
    page = save(tmp_path / "page.html", corpus(f"train {EVIL}", 500, *FAULTS))
    assert page.open == []
    assert not page.tags & {"script", "img", "iframe", "object", "link"}
    assert not any(name.startswith("on") for name in page.attributes)
    for fault in FAULTS:
        assert fault.message in page.text
    assert f"{EVIL}.en, line 1,234" in page.text
    assert f"train {EVIL}" in page.text
    assert "Found 1 error and 1 warning." in page.text


def test_a_message_that_names_its_file_is_not_preceded_by_it(tmp_path: Path) -> None:
    faults = [
        Fault("unequal_counts", "unequal", "error", "a/x.en", None, 1, f"{name}lines; mend it")
        for name in ("a/x.en: ", "")
    ]
    text = save(tmp_path / "page.html", corpus("a", 0, *faults)).text
    assert "errora/x.en: lines; mend it" in text
    assert "errorx.en: lines; mend it" in text


def test_examples_are_shown_in_bounded_length_and_visibly(tmp_path: Path) -> None:
    save(tmp_path / "page.html", corpus("train", 500, *FAULTS))
    cells = re.findall(r"<td>(.*?)</td>", (tmp_path / "page.html").read_text("utf-8"), re.DOTALL)
    texts = [unescape(cell) for cell in cells]
    assert texts[:2] == ["1,234", EVIL]
    assert texts[2] == "Ü" * 299 + "…"
    assert texts[5] == "a<U+202E>b<U+0000>"


def test_each_corpus_is_drawn_and_told_its_vocabulary(tmp_path: Path) -> None:
    page = save(tmp_path / "page.html", corpus("a", 500), corpus("b", 40))
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count("<svg") == text.count("</svg>") == 6
    assert text.count("<figcaption>") == 6
    assert "2,000" in page.text and "500 pairs" in page.text
    assert not re.search(r'(?:src|href)="(?!#)', text)  # it loads nothing


def test_a_corpus_without_pairs_has_no_figures(tmp_path: Path) -> None:
    page = save(tmp_path / "page.html", corpus("empty", 0))
    assert "svg" not in page.tags
    assert "Nothing to report" in page.text and "No faults found." in page.text


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ((), "No faults found."),
        (FAULTS[2:], "No faults found."),
        (FAULTS[1:2], "Found 1 warning."),
        (FAULTS[1:2] * 2, "Found 2 warnings."),
        (FAULTS, "Found 1 error and 1 warning. Mend the errors before you train."),
    ],
)
def test_the_verdict_is_a_sentence(faults: tuple[Fault, ...], expected: str) -> None:
    assert verdict(CheckReport((corpus("a", 10, *faults),), 1.0)) == expected


def test_without_matplotlib_the_remedy_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ConfigError, match=r"nmt\[plot\]"):
        check_drawing()
    with pytest.raises(ConfigError):
        save_report(CheckReport((), 1.0), tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_a_page_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NmtError):
        save_report(CheckReport((), 1.0), tmp_path / "file" / "page.html")
