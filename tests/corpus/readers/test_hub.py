"""Data sets: of a folder as the library `datasets` knows them, and of a hub that may not answer."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import datasets
import huggingface_hub.constants
import pytest

from nmt.corpus.readers.hub import HubData, hub_version, read_hub
from nmt.corpus.readers.selection import Selection
from nmt.errors import DataError

DE_EN = Selection("de", "en")
PAIRS = [(f"Satz {n}", f"sentence {n}") for n in range(2500)]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of its own, which holds nothing."""
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data set of JSON lines, in the form that `datasets` gives to translations."""
    path = tmp_path / "data"
    path.mkdir()
    rows = [
        {"id": n, "translation": dict(zip(("de", "en"), p, strict=True))}
        for n, p in enumerate(PAIRS)
    ]
    (path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (path / "test.jsonl").write_text(json.dumps(rows[7]) + "\n")
    return path


def fault(data: HubData, selection: Selection = DE_EN) -> str:
    with pytest.raises(DataError) as caught:
        list(read_hub(data, selection))
    assert str(caught.value).startswith(data.title) and "\n" not in str(caught.value)
    return str(caught.value).removeprefix(data.title)


@pytest.mark.parametrize("streaming", [False, True])
def test_the_files_of_a_folder_are_read(folder: Path, streaming: bool) -> None:
    data = HubData("data", folder, streaming=streaming)
    assert list(read_hub(data, DE_EN)) == [(*pair, n) for n, pair in enumerate(PAIRS, start=1)]
    test = HubData("data", folder, split="test", streaming=streaming)
    assert list(read_hub(test, Selection("en", "de"))) == [("sentence 7", "Satz 7", 1)]


@pytest.mark.parametrize("splits", [False, True])
def test_a_data_set_saved_to_the_disk_is_read(
    tmp_path: Path, splits: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    data = datasets.Dataset.from_dict({"source": ["eins", None], "target": ["one", "two"]})
    datasets.disable_progress_bars()
    (datasets.DatasetDict({"train": data}) if splits else data).save_to_disk(str(tmp_path / "s"))
    datasets.enable_progress_bars()
    expected = [("eins", "one", 1), ("", "two", 2)]
    assert list(read_hub(HubData("s", tmp_path / "s"), Selection())) == expected
    for split in ("dev", "train[:1]"):
        data = HubData("s", tmp_path / "s", split=split)
        assert fault(data) == ": no such split; it has train; correct split"
    assert len(list(read_hub(HubData("s", tmp_path / "s", split="train"), Selection()))) == 2
    assert capfd.readouterr().err == "" and not datasets.are_progress_bars_disabled()


def test_the_only_split_of_a_saved_data_set_may_have_any_name(tmp_path: Path) -> None:
    columns = {"source": ["eins"], "target": ["one"]}
    datasets.Dataset.from_dict(columns, split="test").save_to_disk(str(tmp_path / "s"))
    for split in (None, "test"):
        data = HubData("s", tmp_path / "s", split=split)
        assert list(read_hub(data, Selection())) == [("eins", "one", 1)]
    assert "it has test" in fault(HubData("s", tmp_path / "s", split="train"))


def test_a_saved_slice_is_of_the_split_that_it_was_cut_from(folder: Path, tmp_path: Path) -> None:
    part = datasets.load_dataset(str(folder), split="train[:2]+test")
    part.save_to_disk(str(tmp_path / "s"))
    for split in (None, "train", "test", "train[:2]+test"):
        data = HubData("s", tmp_path / "s", split=split)
        assert [pair.line for pair in read_hub(data, DE_EN)] == [1, 2, 3]
    assert "it has train[:2]+test" in fault(HubData("s", tmp_path / "s", split="validation"))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_other_files_are_read(tmp_path: Path, form: str) -> None:
    (tmp_path / "data").mkdir()
    data = datasets.Dataset.from_dict({"de": ["eins"], "en": ["one"]})
    {"csv": data.to_csv, "parquet": data.to_parquet}[form](tmp_path / "data" / f"train.{form}")
    assert list(read_hub(HubData("data", tmp_path / "data"), DE_EN)) == [("eins", "one", 1)]


@pytest.mark.parametrize("streaming", [False, True])
def test_what_is_not_in_a_folder_is_one_line(folder: Path, streaming: bool) -> None:
    data = HubData("data", folder, streaming=streaming)
    assert "split" in fault(HubData("data", folder, split="dev", streaming=streaming))
    assert "'x' not found" in fault(HubData("data", folder, subset="x", streaming=streaming))
    assert "cannot tell the source" in fault(data, Selection())
    assert 'no column "fr"' in fault(data, Selection(columns=("id", "fr")))
    (folder / "train.jsonl").write_text('{"de": "eins", "en"')
    assert fault(data)
    for file in folder.iterdir():
        file.unlink()
    assert "data file" in fault(data)


class Hub(BaseHTTPRequestHandler):
    """A hub that has no data set."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *values: object) -> None:
        """Be quiet."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The hub above, as the one to ask."""
    with HTTPServer(("127.0.0.1", 0), Hub) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", address)
        yield
        server.shutdown()


@pytest.mark.parametrize("streaming", [False, True])
def test_a_name_that_the_hub_does_not_know_is_one_line(hub: None, streaming: bool) -> None:
    message = fault(HubData("nobody/nothing", streaming=streaming))
    assert message.startswith(": no such data set on the hub, or not a public one; check hub")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("streaming", [False, True])
def test_a_hub_out_of_reach_is_one_line_and_soon(
    monkeypatch: pytest.MonkeyPatch, streaming: bool
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    data = HubData("nobody/nothing", streaming=streaming)
    assert "neither a folder nor in the cache of `datasets`, and the hub cannot" in fault(data)
    assert not huggingface_hub.constants.HF_HUB_OFFLINE and not datasets.config.HF_HUB_OFFLINE


def test_a_name_that_is_none_is_one_line() -> None:
    assert "cannot be read: Repo id must" in fault(HubData("no name at all!"))


def test_the_version_changes_with_the_data(folder: Path) -> None:
    data = HubData("data", folder)
    before = hub_version(data)
    assert hub_version(data) == before
    with (folder / "train.jsonl").open("a") as file:
        file.write('{"id": 9, "translation": {"de": "neu", "en": "new"}}\n')
    assert hub_version(data) != before
