"""The model card of a run: README.md in a model directory."""

from pathlib import Path

from nmt import __version__
from nmt.atomic import write_atomically
from nmt.config import Config
from nmt.evaluation.metrics import bleu_signature
from nmt.settings import ModelSettings
from nmt.text.bleu_tokenizer import bleu_tokenizer
from nmt.training.output import CARD_FILE, load_experiment
from nmt.training.state import Progress


def describe_architecture(settings: ModelSettings) -> str:
    """An architecture in a sentence: both sides with their layers and cells, size, attention."""
    sides = (
        ("Encoder", settings.encoder, settings.encoder_layers, settings.encoder_cell),
        ("decoder", settings.decoder, settings.decoder_layers, None),
    )
    parts = []
    for side, kind, layers, cell in sides:
        cells = "" if kind == "transformer" else f" of {cell or settings.cell} cells"
        parts.append(f"{side} `{kind}`, {layers} layer{'s' * (layers > 1)}{cells}")
    feeding = " with input feeding" * settings.input_feeding
    attention = f"{settings.attention} attention{feeding}"
    return f"{'; '.join(parts)}; hidden size {settings.hidden_size:,}; {attention}"


def save_card(folder: Path, config: Config, progress: Progress) -> None:
    """Write README.md: what the model is, from which data, by which recipe, how good, how dear."""
    experiment = load_experiment(folder)
    files = "\n".join(f"- `{e['file']}`, SHA-256 `{e['sha256']}`" for e in experiment["data"])
    score = "Not validated yet." if config.data.valid else "Not validated: no validation corpus."
    if progress.best_bleu >= 0:
        signature = bleu_signature(bleu_tokenizer(config.target_language))
        score = (
            f"Validation BLEU {progress.best_bleu:.2f} (greedy) at step {progress.best_step:,}; "
            f"sacreBLEU `{signature}`."
        )
    base = f"\nIt began from the model `{experiment['base']}`.\n" if experiment["base"] else ""
    text = f"""# {config.name}

A translation model from {config.source_language} to {config.target_language}, trained
with nmt {__version__}. Translate with `nmt translate MODEL_DIR INPUT`.
{base}
## Data
{experiment["pairs"]["kept"]:,} sentence pairs of {experiment["pairs"]["read"]:,} read:

{files}

The licence of the model follows from that of the data, which the trainer of the model knows.

## Recipe
{describe_architecture(config.model)}; {config.tokenizer.kind} tokens. `experiment.json` holds every
setting.

## Score
{score}

## Cost
{progress.step:,} steps in {progress.seconds / 60:.1f} minutes on
{experiment["environment"]["threads"]} threads ({experiment["environment"]["platform"]}).
"""
    content = text.encode("utf-8", "backslashreplace")
    write_atomically(folder / CARD_FILE, lambda path: path.write_bytes(content))
