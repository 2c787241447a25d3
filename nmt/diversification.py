"""Data diversification (Nguyen et al. 2020): models translate the corpus that they learned from.

For a corpus D of pairs (x, y), models f of its direction and models g of the other:

    D' = D + {(x, f(x))} + {(g(y), y)}        for each f and each g

The first addition is sequence-level distillation (Kim & Rush 2016), the second back-translation
(Sennrich et al. 2016). No other text is used, and in the paper a model of D' is better than f.
Turned round, D' is that of the other direction.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from nmt.atomic import write_atomically, write_error
from nmt.corpus.sentence_pair import SentencePair

Translate = Callable[[list[str]], list[str]]  # as many texts, in order
Row = dict[str, str]  # a pair: its texts by language, and where they come from

PART = 2048  # pairs that are translated between two writes, and lost at most when it is killed
KEY_FILE = "key.json"
ORIGIN, CORPUS, FORWARD, BACK = "origin", "corpus", "forward", "back"


@dataclass(frozen=True, slots=True)
class Diversifier:
    """What makes D' of D."""

    languages: tuple[str, str]  # source and target, which differ
    forward: Sequence[Translate]  # f
    back: Sequence[Translate]  # g

    def rows(self, pairs: Sequence[SentencePair]) -> Iterator[Row]:
        """The pairs, then what the models make of them; what they leave empty is no pair."""
        sources, targets = [pair.source for pair in pairs], [pair.target for pair in pairs]
        yield from self._rows(sources, targets, CORPUS)
        for translate in self.forward:
            yield from self._rows(sources, translate(sources), FORWARD)
        for translate in self.back:
            yield from self._rows(translate(targets), targets, BACK)

    def _rows(self, sources: list[str], targets: list[str], origin: str) -> Iterator[Row]:
        for texts in zip(sources, targets, strict=True):
            if origin == CORPUS or all(text.strip() for text in texts):
                yield {**dict(zip(self.languages, texts, strict=True)), ORIGIN: origin}


def diversify(
    pairs: Iterable[SentencePair],
    diversifier: Diversifier,
    output: Path,
    key: Mapping[str, object],
    tell: Callable[[int], None] = lambda done: None,
) -> dict[str, int]:
    """Write D' as JSON lines: an object with both texts and the origin of each pair.

    Parts are kept beside the output until it is whole, so that after a kill the same call goes on.

    Args:
        key: what the output is of; parts of anything else are not used.
        tell: is told how many pairs of D are done.

    Returns:
        The number of pairs of each origin.

    Raises:
        NmtError: the output cannot be written.
    """
    folder = output.with_name(f".{output.name}.parts")
    try:
        _open(folder, key)
    except OSError as error:
        raise write_error(folder, error) from None
    parts: list[Path] = []
    done, remaining = 0, iter(pairs)
    while chunk := list(islice(remaining, PART)):
        part = folder / f"{len(parts):06}.jsonl"
        if not part.exists():
            write_atomically(part, partial(_write, rows=diversifier.rows(chunk)))
        parts.append(part)
        done += len(chunk)
        tell(done)
    write_atomically(output, partial(_join, parts=parts))
    shutil.rmtree(folder, ignore_errors=True)
    return _count(output)


def _open(folder: Path, key: Mapping[str, object]) -> None:
    """A folder for parts of what `key` says, with those that are there already."""
    file, text = folder / KEY_FILE, json.dumps(key, sort_keys=True)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")


def _write(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _join(path: Path, parts: Iterable[Path]) -> None:
    with path.open("wb") as output:
        for part in parts:
            with part.open("rb") as file:
                shutil.copyfileobj(file, output)


def _count(path: Path) -> dict[str, int]:
    counts = dict.fromkeys((CORPUS, FORWARD, BACK), 0)
    file: BinaryIO
    with path.open("rb") as file:
        for line in file:
            counts[json.loads(line)[ORIGIN]] += 1
    return counts
