"""The demo: train on the phrasebook for about three minutes, score, translate, look inside.

`make demo` generates the corpus and runs this. It needs no network and no corpus but the
project's own (`data/phrasebook/`).
"""

import argparse
import sys
from pathlib import Path

import nmt
from nmt.cli.display import TrainingDisplay
from nmt.config import load_config
from nmt.errors import NmtError
from nmt.evaluation.metrics import Evaluation
from nmt.report.attention import save_heat_map
from nmt.training.run import RunOptions

DATA = Path(__file__).parent
CORPUS = DATA / "prepared" / "phrasebook"
UNSEEN = DATA / "phrasebook" / "unseen.tsv"
CONFIG = DATA.parent / "configs" / "phrasebook-de-en.toml"


def main() -> None:
    """Run the demo; --time-budget shortens or lengthens the training."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=DATA / "models" / "phrasebook-de-en")
    parser.add_argument("--time-budget", default="3m", help="of the training (default: 3m)")
    arguments = parser.parse_args()

    config = load_config(CONFIG, [f'training.time_budget="{arguments.time_budget}"'])
    with TrainingDisplay(arguments.output) as display:
        nmt.train(config, arguments.output, RunOptions(overwrite=True), listener=display.show)

    translator = nmt.load(arguments.output)
    print_scores(score_test_set(translator))
    heat_map = arguments.output / "attention.png"
    translate_unseen(translator, heat_map)
    print_next_steps(arguments.output, heat_map)


def score_test_set(translator: nmt.Translator) -> Evaluation:
    """Translate the held-out test set, whose sentences training has not seen on either side."""
    sources = (CORPUS / "test.de").read_text(encoding="utf-8").splitlines()
    references = (CORPUS / "test.en").read_text(encoding="utf-8").splitlines()
    translations = translator.translate(sources, attention=False)
    return nmt.evaluate([translation.text for translation in translations], references)


def print_scores(scores: Evaluation) -> None:
    """BLEU and chrF with their signatures."""
    print(f"\nHeld-out test set, {scores.sentences} sentences:")
    print(f"  BLEU {scores.bleu.score:5.2f}   {scores.bleu.signature}")
    print(f"  chrF {scores.chrf.score:5.2f}   {scores.chrf.signature}")


def translate_unseen(translator: nmt.Translator, heat_map: Path) -> None:
    """Translate sentences written by hand, and draw the attention of the longest."""
    pairs = [line.split("\t") for line in UNSEEN.read_text(encoding="utf-8").splitlines()]
    translations = translator.translate([source for source, _ in pairs])
    print("\nSentences that are not in the corpus:")
    for translation, (source, reference) in zip(translations, pairs, strict=True):
        print(f"  German       {source}")
        print(f"  reference    {reference}")
        print(f"  translation  {translation.text}\n")
    longest = max(translations, key=lambda translation: len(translation.source_pieces))
    save_heat_map(longest, heat_map)


def print_next_steps(model: Path, heat_map: Path) -> None:
    """The commands to try next, as they can be typed."""
    model, heat_map = (_relative(path) for path in (model, heat_map))
    test = _relative(CORPUS / "test")
    command = _relative(Path(sys.executable).parent / "nmt")
    print(f"The attention of the longest of them: {heat_map}\n")
    print("Try next:")
    print(f'  echo "Entschuldigung, wo ist der Bahnhof?" | {command} translate {model}')
    print(f"  {command} translate {model} {test}.de --n-best 3 --format jsonl")
    print(f"  {command} evaluate {model} --source {test}.de --reference {test}.en")
    print(f"  {command} info {model}")
    print(f"  {command} train --help     # on a corpus of your own")


def _relative(path: Path) -> Path:
    """The path as seen from here, when it lies below."""
    here = Path.cwd()
    return path.absolute().relative_to(here) if path.absolute().is_relative_to(here) else path


if __name__ == "__main__":
    try:
        main()
    except NmtError as error:
        sys.exit(f"demo: error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
