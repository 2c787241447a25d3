"""BLEU of models on a test set as people really write it: in capitals, with slips of the key ...

Perturbs the source of a test set, and the reference where a user would expect it (capitals are
translated into capitals), translates with each model, and prints a table: a row for each
perturbation, a column for each model, and the difference to the first.

    python benchmarks/robustness.py MODEL_DIR... [--source F --reference F] [--beam-size 5]

Without files it takes test_2016_flickr, German to English, of $NMT_CORPORA.
"""

import argparse
import os
from pathlib import Path

import nmt
from nmt.text.augmentation import perturb

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
BOTH_SIDES = ("upper_case", "title_case", "no_final_punctuation")
KINDS = ("upper_case", "title_case", "lower_case", "no_final_punctuation", "typos")
SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL_DIR")
    test = CORPORA / "multi30k"
    parser.add_argument("--source", type=Path, default=test / "test_2016_flickr.de")
    parser.add_argument("--reference", type=Path, default=test / "test_2016_flickr.en")
    parser.add_argument("--beam-size", type=int, default=5)
    arguments = parser.parse_args()
    sources, references = (
        path.read_text(encoding="utf-8").split("\n")[:-1]
        for path in (arguments.source, arguments.reference)
    )
    translators = [nmt.load(model) for model in arguments.models]
    print(f"{'test set':<22}" + "".join(f"{model.name:>14}" for model in arguments.models))
    for kind in (None, *KINDS):
        texts, wanted = sources, references
        if kind:
            texts = perturb(sources, kind, SEED)
            wanted = perturb(references, kind, SEED) if kind in BOTH_SIDES else references
        scores = []
        for translator in translators:
            translations = translator.translate(texts, beam_size=arguments.beam_size)
            hypotheses = [translation.text for translation in translations]
            scores.append(nmt.evaluate(hypotheses, wanted).bleu.score)
        row = "".join(f"{score:>7.2f}{score - scores[0]:>+7.2f}" for score in scores)
        print(f"{kind or 'as it is':<22}{row}", flush=True)


if __name__ == "__main__":
    main()
