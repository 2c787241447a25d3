"""Data diversification: models of both directions translate their training data, then learn more.

Nguyen et al. 2020, "Data diversification": models f of one direction and models g of the other are
trained on the corpus D = (x, y); a student learns from D, from (x, f(x)) of each f, which is
sequence-level distillation (Kim and Rush 2016), and from (g(y), y) of each g, which is
back-translation (Sennrich et al. 2016). No other text is used. Two models at a time are trained,
each on one thread (of students `--at-once`, which share the cores):

    python benchmarks/diversification.py --work DIR [--languages de-en] [--teachers 1 2]
        [--students 1 2 3] [--only en-de] [--teacher-time 20m] [--student-time 32m] [--at-once 2]
        [--set SECTION.KEY=VALUE ...] [--student-set SECTION.KEY=VALUE ...] [--test]

The numbers are seeds. All students have the same teachers. Without `--students` there are none: the
teachers are then plain models of these seeds. Scores are of the validation set; the test set is for
the final report (`--test`). They are added to DIR/results.jsonl. A step that is done (its file is
there) is not made again.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from runs import machine, nmt
from sacrebleu.metrics import BLEU, CHRF

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data")) / "multi30k"
VALID, TEST = "val", "test_2016_flickr"
BASE = [
    "tokenizer.vocabulary_size=6000",
    "model.hidden_size=256",
    "training.validation_interval=500",
]

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Direction:
    """One of the two: which side of the corpus is translated into which."""

    work: Path
    source: str
    target: str

    @property
    def name(self) -> str:
        """Such as de-en."""
        return f"{self.source}-{self.target}"


@dataclass(frozen=True, slots=True)
class Model:
    """One model of a direction: how it is trained."""

    direction: Direction
    kind: str  # teacher or student
    seed: int
    budget: str
    settings: tuple[str, ...]
    corpus: tuple[str, ...]  # the options that name its training corpus

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.direction.work / f"{self.kind}-{self.direction.name}-{self.seed}"


def train(model: Model) -> None:
    """Train a model, if it is not there.

    Raises:
        SystemExit: one is there that was trained otherwise.
    """
    direction, done = model.direction, model.folder / "done"
    how = json.dumps([model.budget, model.settings, model.corpus])
    if done.exists():
        if done.read_text(encoding="utf-8") != how:
            raise SystemExit(f"{model.folder} was trained otherwise: choose another --work")
        return
    defaults = direction.work / "defaults.toml"  # a file, so that no recipe for the size is taken
    defaults.write_text('name = "diversification"\n', encoding="utf-8")
    valid = [str(CORPORA / f"{VALID}.{side}") for side in (direction.source, direction.target)]
    files = [*model.corpus, "--languages", direction.name]
    files += ["--valid-source", valid[0], "--valid-target", valid[1]]
    changes = [part for setting in model.settings for part in ("--set", setting)]
    length = ["--time-budget", model.budget, "--seed", str(model.seed), "--threads", "1"]
    output = ["-o", str(model.folder), "--overwrite"]
    nmt(["train", str(defaults), *files, *changes, *length, *output], threads=1)
    done.write_text(how, encoding="utf-8")


def pairs_of(direction: Direction) -> tuple[str, ...]:
    """The options that name the training corpus."""
    sides = [str(CORPORA / f"train.{side}") for side in (direction.source, direction.target)]
    return "--source", sides[0], "--target", sides[1]


def score(model: Model, name: str) -> dict[str, object]:
    """Scores of the translation of a set with beam 5."""
    direction = model.direction
    source = str(CORPORA / f"{name}.{direction.source}")
    output, _ = nmt(["translate", str(model.folder), source, "--threads", "1"], threads=1)
    hypotheses = output.removesuffix("\n").split("\n")
    reference = (CORPORA / f"{name}.{direction.target}").read_text("utf-8")
    references = reference.removesuffix("\n").split("\n")
    result = scores(hypotheses, references, direction.target)
    about = {"direction": direction.name, "kind": model.kind, "seed": model.seed, "set": name}
    conditions = {"budget": model.budget, "settings": model.settings, "corpus": model.corpus[1]}
    conditions["machine"] = machine()
    return {**about, **result, **conditions}


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


def side_by_side(work: Callable[[Model], R], models: list[Model], at_once: int = 2) -> list[R]:
    """Do something for all models in order, some at the same time."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(work, models))


def precision() -> str:
    """The one that this machine translates in fastest."""
    from nmt.engine.backend import has_fast_bfloat16

    return "bfloat16" if has_fast_bfloat16("cpu") else "float32"


def diversify(directions: list[Direction], teachers: list[Model]) -> Path:
    """The corpus with the translations of all teachers."""
    seeds = "-".join(str(seed) for seed in dict.fromkeys(model.seed for model in teachers))
    output = directions[0].work / f"diversified-{directions[0].name}-{seeds}.jsonl"
    if not output.exists():
        ahead = [str(model.folder) for model in teachers if model.direction == directions[0]]
        turned = [str(model.folder) for model in teachers if model.direction != directions[0]]
        back = [part for folder in turned for part in ("--back", folder)]
        began = time.monotonic()
        options = ["-o", str(output), "--precision", precision(), "--threads", "2"]
        nmt(["diversify", *ahead, *back, *options], threads=2)
        print(f"{output.name}: {(time.monotonic() - began) / 60:.1f} minutes", flush=True)
    return output


def train_all(directions: list[Direction], arguments: argparse.Namespace) -> list[Model]:
    """Train what is not trained; returns the models."""
    settings, budget = (*BASE, *arguments.set), arguments.teacher_time
    teachers = [
        Model(direction, "teacher", seed, budget, settings, pairs_of(direction))
        for seed in arguments.teachers
        for direction in directions
    ]
    side_by_side(train, teachers)
    if not arguments.students:
        return teachers
    corpus = ("--corpus", str(diversify(directions, teachers)))
    settings, budget = (*settings, *arguments.student_set), arguments.student_time
    students = [
        Model(direction, "student", seed, budget, settings, corpus)
        for seed in arguments.students
        for direction in directions
        if arguments.only in (None, direction.name)
    ]
    side_by_side(train, students, arguments.at_once)
    return teachers + students


def main() -> None:
    """Run both directions and print their scores."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, help="folder of models and translations")
    parser.add_argument("--languages", default="de-en")
    parser.add_argument("--teachers", type=int, nargs="+", default=[1], metavar="SEED")
    parser.add_argument("--students", type=int, nargs="+", default=[], metavar="SEED")
    parser.add_argument("--only", metavar="LANGUAGES", help="students of this direction alone")
    parser.add_argument("--teacher-time", default="20m", help="for each, on one core")
    parser.add_argument("--student-time", default="32m", help="for each, on one thread")
    parser.add_argument("--at-once", type=int, default=2, help="students trained at a time")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE")
    parser.add_argument("--student-set", action="append", default=[], metavar="SECTION.KEY=VALUE")
    parser.add_argument("--test", action="store_true", help="score the test set, too")
    arguments = parser.parse_args()
    if arguments.work is None or not CORPORA.is_dir():
        print("skipped: takes hours; say where to keep models, by --work DIR (and NMT_CORPORA)")
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    source, target = arguments.languages.split("-")
    sides = ((source, target), (target, source))
    directions = [Direction(arguments.work, *names) for names in sides]
    if arguments.only not in (None, *(direction.name for direction in directions)):
        parser.error(f"--only {arguments.only}: is neither direction of --languages")
    models = train_all(directions, arguments)
    for name in [VALID, *[TEST] * arguments.test]:
        for result in side_by_side(partial(score, name=name), models):
            text = json.dumps(result)
            print(text, flush=True)
            with (arguments.work / "results.jsonl").open("a", encoding="utf-8") as file:
                file.write(text + "\n")


if __name__ == "__main__":
    main()
