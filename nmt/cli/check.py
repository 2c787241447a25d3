"""`nmt check`: what is wrong with a corpus, and where."""

import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nmt.cli import options
from nmt.errors import ConfigError, NmtError

if TYPE_CHECKING:
    from nmt.config import Config
    from nmt.corpus.check.doctor import Subject
    from nmt.corpus.check.fault import Fault
    from nmt.corpus.check.result import CheckReport, CorpusCheck, Role
    from nmt.corpus.clean import Cleaned
    from nmt.settings import CorpusFiles

    Sides = tuple[Path | None, Path | None]  # two files, source and target
    Given = tuple[Role, list[Path], Sides]  # the corpora that options name

FAULTS_SHOWN = 14  # of a corpus; all are in --json and --report
EXAMPLES_SHOWN, TEXT_SHOWN = 1, 45  # of a fault; characters
LANGUAGE_SHOWN = 0.05  # of the lines of a side
PREFIXES = {"training": "", "validation": "valid-", "test": "test-"}  # of options
COLORS = {"error": "red", "warning": "yellow", "note": "blue"}

TestFile = Annotated[Path | None, typer.Option("--test", help="A test set in one file.")]
ValidFile = Annotated[Path | None, typer.Option("--valid", help="A validation set in one file.")]


def check(
    config: options.ConfigFile = None,
    set_: options.Set = None,
    source: options.Source = None,
    target: options.Target = None,
    corpus: options.Corpus = None,
    valid_source: options.ValidSource = None,
    valid_target: options.ValidTarget = None,
    valid: ValidFile = None,
    test_source: Annotated[Path | None, typer.Option(help="Test text, source side.")] = None,
    test_target: Annotated[Path | None, typer.Option(help="Its translation.")] = None,
    test: TestFile = None,
    languages: options.Languages = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write a page with plots and examples.")
    ] = None,
    fix: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the corpus without its faults.")
    ] = None,
    json_: options.Json = False,
) -> int:
    """Find and locate what is wrong with a corpus; exit status 1 if anything is.

    \b
    nmt check --source train.de --target train.en --languages de-en
    nmt check --corpus memory.tmx --languages de-en --report report.html
    nmt check configs/multi30k-de-en.toml --fix cleaned
    """
    from nmt.cli.settings import check_streams

    settings = _settings(config, set_, languages)
    given: list[Given] = [
        ("training", corpus or [], (source, target)),
        ("validation", [valid] if valid else [], (valid_source, valid_target)),
        ("test", [test] if test else [], (test_source, test_target)),
    ]
    check_streams(path for _, files, pair in given for path in (*files, *pair))
    with tempfile.TemporaryDirectory(prefix="nmt-streams-") as copies:
        subjects = [each for role in given for each in _subjects(settings, role, Path(copies))]
        if not subjects:
            raise ConfigError("nothing to check: give --source and --target, --corpus, or a CONFIG")
        return _run(settings, subjects, report=report, fix=fix, json_=json_)


def _settings(config: Path | None, overrides: list[str] | None, languages: str | None) -> "Config":
    from nmt.cli.settings import language_values, read_config
    from nmt.config import make_config

    settings = read_config(config, overrides, None)
    values = settings.model_dump(mode="json", exclude_unset=True) | language_values(languages)
    return make_config(values, origin="options")


def _run(
    settings: "Config",
    subjects: "list[Subject]",
    *,
    report: Path | None,
    fix: Path | None,
    json_: bool,
) -> int:
    """Check, clean if asked to, and show the result; returns the exit status."""
    from nmt.corpus.check.doctor import diagnosed
    from nmt.corpus.check.result import CheckReport
    from nmt.corpus.check.verdict import check_corpora, with_vocabulary_fault
    from nmt.corpus.clean import check_cleaning, clean
    from nmt.report.corpus_check import check_drawing, save_report

    if report:
        check_drawing()
        if report.is_dir() or not report.name or not report.absolute().parent.is_dir():
            raise ConfigError(f"--report {report}: name a file in a folder that is there")
    if fix:
        check_cleaning(fix, subjects)
    started = time.monotonic()
    cleaned: Cleaned | None = None
    failure: Exception | None = None
    with diagnosed(subjects, log=_log) as diagnoses:
        checks = check_corpora(diagnoses, log=_log)
        checks = with_vocabulary_fault(checks, settings.tokenizer)
        result = CheckReport(tuple(checks), time.monotonic() - started)
        if report:
            save_report(result, report)
        if fix:
            try:
                cleaned = clean(diagnoses, settings.data.reject, fix, log=_log)
            except (NmtError, OSError) as error:  # what was found is worth knowing all the same
                failure = error
    if json_:
        values = result.as_json() | ({"cleaned": asdict(cleaned)} if cleaned else {})
        typer.echo(json.dumps(values, ensure_ascii=False))
    else:
        _show_all(result, cleaned)
    if failure:
        raise failure
    return options.FAULTS_FOUND if result.has_faults else 0


def _show_all(result: "CheckReport", cleaned: "Cleaned | None") -> None:
    """The verdict on one screen."""
    from nmt.report.corpus_check import verdict

    for part in result.corpora:
        _show(part)
    typer.echo(verdict(result))
    if cleaned:
        typer.echo(cleaned.summary)


def _subjects(config: "Config", given: "Given", copies: Path) -> "list[Subject]":
    """The corpora of a role: those that options name, or else those of the configuration.

    Args:
        copies: a folder for what comes through standard input and pipes.
    """
    from nmt.cli.settings import kept
    from nmt.corpus.check.doctor import subject_of
    from nmt.corpus.pairs import find_corpus

    role, corpora, (source, target) = given
    pair = (source and kept(source, copies), target and kept(target, copies))
    corpora = [kept(path, copies) for path in corpora]
    entries = _entries(config, corpora, pair, PREFIXES[role])
    if not entries and role == "training":
        entries = list(config.data.train)
    if not entries and role == "validation" and config.data.valid:
        entries = [config.data.valid]
    setting = {"training": "data.train", "validation": "data.valid"}.get(role, role)
    return [subject_of(find_corpus(config, entry, setting), role) for entry in entries]


def _entries(
    config: "Config", corpora: list[Path], pair: tuple[Path | None, Path | None], prefix: str
) -> "list[CorpusFiles]":
    """The corpora that options name, with the names as they were typed where possible."""
    from nmt.cli.settings import entries_of
    from nmt.settings import CorpusFiles

    if config.data.root is not None:  # which the paths of options are not relative to
        corpora = [path.absolute() for path in corpora]
        pair = (pair[0] and pair[0].absolute(), pair[1] and pair[1].absolute())
    return [CorpusFiles.model_validate(entry) for entry in entries_of(corpora, pair, prefix)]


def _log(message: str) -> None:
    """Progress, where somebody watches."""
    if sys.stderr.isatty():
        typer.echo(f"nmt: {message}", err=True)


def _show(check: "CorpusCheck") -> None:
    """The verdict on one corpus."""
    typer.secho(f"{check.name}: {check.role}, {check.pairs:,} pairs{_spoken(check)}", bold=True)
    for fault in check.faults[:FAULTS_SHOWN]:
        _show_fault(fault)
    if len(check.faults) > FAULTS_SHOWN:
        typer.echo(f"  and {len(check.faults) - FAULTS_SHOWN} more: see --json or --report")
    if advice := check.vocabulary:
        typer.echo(
            f"  a joint vocabulary of about {advice.size:,} tokens suits it ({advice.range})"
        )


def _spoken(check: "CorpusCheck") -> str:
    """The languages that the sides seem to be in."""
    from nmt.text.language_identification import UNDETERMINED

    sides = [
        " and ".join(
            name
            for name, share in list(side.items())[:2]
            if share >= LANGUAGE_SHOWN and name != UNDETERMINED
        )
        for side in check.languages
    ]
    return f", {sides[0]} to {sides[1]}" if all(sides) else ""


def _show_fault(fault: "Fault") -> None:
    mark = typer.style(f"{fault.severity:<8}", fg=COLORS[fault.severity])
    place = Path(fault.file).name + (f", line {fault.line:,}" if fault.line else "") + ": "
    place = "" if fault.names_file else place
    typer.echo(f"  {mark} {place}{fault.message} [{fault.kind}]")
    for example in fault.examples[:EXAMPLES_SHOWN]:
        text = f"{_short(example.source)} | {_short(example.target)}"
        typer.secho(f"           {text}  ({_short(example.detail)})", dim=True)


def _short(text: str) -> str:
    """A sentence on a part of a line of the terminal."""
    text = text if len(text) <= TEXT_SHOWN else f"{text[: TEXT_SHOWN - 1]}…"
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)
