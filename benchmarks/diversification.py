"""Data diversification: models of both directions translate their training data, then learn more.

Nguyen et al. 2020, "Data diversification": a model f of one direction and a model g of the other
are trained on the corpus D = (x, y); one student for each direction learns from D, from (x, f(x)),
which is sequence-level distillation (Kim and Rush 2016), and from (g(y), y), which is
back-translation (Sennrich et al. 2016). No other text is used. Both directions run side by side:

    python benchmarks/diversification.py --work DIR [--languages de-en] [--seed 1]
        [--teacher 25m] [--student 1h25m] [--set SECTION.KEY=VALUE ...] [--plain TIME] [--test]

`--plain` trains both directions on D alone for a time of their own, and no students. Scores are of
the validation set; the test set is for the final report (`--test`). They are added to
DIR/results.jsonl. A step that is done (its file is there) is not made again.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from runs import machine, nmt
from sacrebleu.metrics import BLEU, CHRF

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data")) / "multi30k"
VALID, TEST = "val", "test_2016_flickr"
BASE = [
    "tokenizer.vocabulary_size=6000",
    "model.hidden_size=256",
    "training.validation_interval=500",
]


@dataclass(frozen=True, slots=True)
class Direction:
    """One of the two: which side of the corpus is translated into which."""

    work: Path
    source: str
    target: str
    seed: int
    settings: tuple[str, ...]

    @property
    def name(self) -> str:
        """Such as de-en."""
        return f"{self.source}-{self.target}"

    def model(self, kind: str) -> Path:
        """The folder of its teacher, student or plain model."""
        return self.work / f"{kind}-{self.name}-{self.seed}"


def train(direction: Direction, kind: str, budget: str, corpus: list[str]) -> None:
    """Train a model of a direction, on a corpus that options name, for a time."""
    model = direction.model(kind)
    if (model / "done").exists():
        return
    defaults = direction.work / "defaults.toml"  # a file, so that no recipe for the size is taken
    defaults.write_text('name = "diversification"\n', encoding="utf-8")
    valid = [str(CORPORA / f"{VALID}.{side}") for side in (direction.source, direction.target)]
    files = [*corpus, "--languages", direction.name]
    files += ["--valid-source", valid[0], "--valid-target", valid[1]]
    changes = [part for setting in direction.settings for part in ("--set", setting)]
    length = ["--time-budget", budget, "--seed", str(direction.seed), "--threads", "1"]
    output = ["-o", str(model), "--overwrite"]
    nmt(["train", str(defaults), *files, *changes, *length, *output], threads=1)
    (model / "done").touch()


def pairs_of(direction: Direction) -> list[str]:
    """The options that name the training corpus."""
    sides = [str(CORPORA / f"train.{side}") for side in (direction.source, direction.target)]
    return ["--source", sides[0], "--target", sides[1]]


def score(direction: Direction, kind: str, name: str) -> dict[str, object]:
    """Scores of the translation of a set with beam 5."""
    source = str(CORPORA / f"{name}.{direction.source}")
    output, _ = nmt(["translate", str(direction.model(kind)), source, "--threads", "1"], threads=1)
    hypotheses = output.removesuffix("\n").split("\n")
    reference = (CORPORA / f"{name}.{direction.target}").read_text("utf-8")
    references = reference.removesuffix("\n").split("\n")
    return {"kind": kind, "set": name, **scores(hypotheses, references, direction.target)}


def scores(hypotheses: list[str], references: list[str], language: str) -> dict[str, float | str]:
    """BLEU as it is, in lower case, and in lower case after Moses' tokenizer; chrF; a signature.

    The literature on Multi30k scores text in lower case, with its punctuation normalized and its
    words tokenized by the scripts of Moses, of which sacremoses is a port (left out without it).
    """
    mixed, lower = BLEU(), BLEU(lowercase=True)
    values: dict[str, float | str] = {
        "bleu": mixed.corpus_score(hypotheses, [references]).score,
        "lower": lower.corpus_score(hypotheses, [references]).score,
        "chrf": CHRF().corpus_score(hypotheses, [references]).score,
        "signature": str(mixed.get_signature()),
    }
    if find_spec("sacremoses"):
        from sacremoses import MosesPunctNormalizer, MosesTokenizer

        normalizer, tokenizer = MosesPunctNormalizer(language), MosesTokenizer(language)

        def prepared(lines: list[str]) -> list[str]:
            normal = (normalizer.normalize(line.lower()) for line in lines)
            return [tokenizer.tokenize(line, return_str=True, escape=False) for line in normal]

        bleu = BLEU(tokenize="none", force=True)
        values["tokenized"] = bleu.corpus_score(prepared(hypotheses), [prepared(references)]).score
    return {key: round(v, 2) if isinstance(v, float) else v for key, v in values.items()}


def both(work: Callable[[Direction], object], directions: list[Direction]) -> list[object]:
    """Do something for both directions at the same time."""
    with ThreadPoolExecutor(len(directions)) as pool:
        return list(pool.map(work, directions))


def run(directions: list[Direction], arguments: argparse.Namespace) -> list[str]:
    """Train what is not trained; returns the kinds of models there are."""
    if arguments.plain:
        both(lambda d: train(d, "plain", arguments.plain, pairs_of(d)), directions)
        return ["plain"]
    both(lambda d: train(d, "teacher", arguments.teacher, pairs_of(d)), directions)
    output = arguments.work / f"diversified-{directions[0].name}-{arguments.seed}.jsonl"
    if not output.exists():
        ahead, back = (str(direction.model("teacher")) for direction in directions)
        nmt(["diversify", ahead, "--back", back, "-o", str(output), "--threads", "2"], threads=2)
    corpus = ["--corpus", str(output)]
    both(lambda d: train(d, "student", arguments.student, corpus), directions)
    return ["teacher", "student"]


def main() -> None:
    """Run both directions and print their scores."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, help="folder of models and translations")
    parser.add_argument("--languages", default="de-en")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--teacher", default="25m", help="time for each teacher")
    parser.add_argument("--student", default="1h25m", help="time for each student")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE")
    parser.add_argument("--plain", metavar="TIME", help="no students, but models of this time")
    parser.add_argument("--test", action="store_true", help="score the test set, too")
    arguments = parser.parse_args()
    if arguments.work is None or not CORPORA.is_dir():
        print("skipped: takes hours; say where to keep models, by --work DIR (and NMT_CORPORA)")
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    source, target = arguments.languages.split("-")
    settings = (*BASE, *arguments.set)
    directions = [
        Direction(arguments.work, *sides, arguments.seed, settings)
        for sides in ((source, target), (target, source))
    ]
    began = time.monotonic()
    kinds = run(directions, arguments)
    minutes = round((time.monotonic() - began) / 60, 1)
    for kind in kinds:
        for name in [VALID, *[TEST] * arguments.test]:
            for direction, result in zip(
                directions, both(lambda d, k=kind, n=name: score(d, k, n), directions), strict=True
            ):
                line = {"direction": direction.name, "seed": arguments.seed, **result}
                line |= {"settings": settings, "minutes": minutes, "machine": machine()}
                text = json.dumps(line)
                print(text, flush=True)
                with (arguments.work / "results.jsonl").open("a", encoding="utf-8") as file:
                    file.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
