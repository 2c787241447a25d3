"""Data sets of the `datasets` library: on the hub by name, or in a folder.

Only a name that is no folder leads to the network.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from nmt.corpus.readers.arrow import pairs_of_batches, sides_of_schema
from nmt.corpus.readers.decompression import reason
from nmt.corpus.readers.selection import Selection
from nmt.corpus.sentence_pair import SentencePair
from nmt.errors import DataError, NmtError

DEFAULT_SPLIT = "train"
_ROWS = 1024  # read at a time
_PATIENCE = 10.0  # seconds for the hub to answer
_SINGLE = "state.json"  # in a folder of `save_to_disk`
_SAVED = ("dataset_dict.json", _SINGLE)


@dataclass(frozen=True, slots=True)
class HubData:
    """One split of a data set."""

    name: str  # "owner/name", or a path
    folder: Path | None = None  # where it is, if it is on the disk
    subset: str | None = None
    split: str | None = None  # None is "train", or whatever a saved data set of one split is
    streaming: bool = False  # read over the network as it is used, instead of stored first

    @property
    def title(self) -> str:
        """What an error or a report calls it."""
        subset = f"/{self.subset}" if self.subset else ""
        is_single = self.folder is not None and (self.folder / _SINGLE).exists()
        split = self.split or ("" if is_single else DEFAULT_SPLIT)
        return f"{self.folder or self.name}{subset}{f' [{split}]' if split else ''}"


def read_hub(data: HubData, selection: Selection) -> Iterator[SentencePair]:
    """The pairs of a data set; `line` is the number of the row, from 1.

    Raises:
        DataError: there is no such data set, subset or split, or it cannot be reached or read, or
            has not the columns wanted.
    """
    with _explained(data):
        batches = _load(data).with_format("arrow").iter(batch_size=_ROWS)
        first = next(batches, None)
        if first is None:
            return
        sides = sides_of_schema(first.schema, selection, data.title)
        yield from pairs_of_batches(chain([first], batches), sides, data.title)


def hub_version(data: HubData) -> str:
    """What changes when a data set on the hub does, as far as it can be known.

    Raises:
        DataError: as `read_hub`.
    """
    with _explained(data):
        if data.streaming and data.folder is None:
            return _revision(data) or "unknown"
        return str(getattr(_load(data), "_fingerprint", "unknown"))


def _load(data: HubData) -> Any:
    """The data set, which `datasets` stores in its cache unless it is streamed."""
    import datasets

    if data.folder is not None and any((data.folder / name).exists() for name in _SAVED):
        return _split_of(datasets.load_from_disk(str(data.folder)), data)
    place = str(data.folder or data.name)
    online = data.folder is not None or _revision(data) is not None
    with _offline(not online):
        split = data.split or DEFAULT_SPLIT
        return datasets.load_dataset(place, data.subset, split=split, streaming=data.streaming)


def _split_of(loaded: Any, data: HubData) -> Any:
    import datasets

    if not isinstance(loaded, datasets.DatasetDict):
        own = str(loaded.split or DEFAULT_SPLIT)  # "train", or of a slice "train[:99]+test"
        if data.split not in (None, own, *re.findall(r"[\w.-]+(?=\[|\+|$)", own)):
            raise DataError(f"{data.title}: no such split; it has {own}; correct split")
        return loaded
    split = data.split or DEFAULT_SPLIT
    if split not in loaded:
        there = " and ".join(map(str, loaded))
        raise DataError(f"{data.title}: no such split; it has {there}; correct split")
    return loaded[split]


def _revision(data: HubData) -> str | None:
    """The commit of a data set on the hub, asked for once; None when the hub does not answer."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return HfApi().dataset_info(data.name, timeout=_PATIENCE).sha
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", None)
        if status in (401, 403, 404):
            raise DataError(
                f"{data.title}: no such data set on the hub, or not a public one; check hub, or "
                "log in with `hf auth login`"
            ) from None
        return None
    except ValueError:  # no name that the hub could have
        raise
    except Exception:  # no network, in the words of whichever library reaches for it
        return None


@contextmanager
def _explained(data: HubData) -> Iterator[None]:
    """Errors of the library as one line, and no progress bars."""
    import datasets

    had_bars = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    except NmtError:
        raise
    except ConnectionError:
        raise DataError(
            f"{data.title}: neither a folder nor in the cache of `datasets`, and the hub cannot be "
            "reached; check the network, or give the path of a folder"
        ) from None
    except Exception as error:  # whatever stranger's data does to the library
        message = f"{data.title}: cannot be read: {reason(error)[:300]}"
        raise DataError(message) from None
    finally:
        if had_bars:
            datasets.enable_progress_bars()


@contextmanager
def _offline(off: bool) -> Iterator[None]:
    """Let the library look into its cache only, instead of trying again and again."""
    import datasets
    from huggingface_hub import constants

    before = (datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE)
    if off:
        datasets.config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before
